"""What is left of a run when it is over: its outcome, the summary kept with it, and the model's card. No torch."""

import datetime
import json
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypedDict, cast

from sota_core import __version__
from sota_core.data.pictures.listing import Listing
from sota_core.data.sets.sources import SOURCES, source_title
from sota_core.functional.normalize import Stats
from sota_core.recipes import Recipe
from sota_core.train.events import Epoch, TtaPass, finite
from sota_core.train.outside.predict_script import view_of


class Summary(TypedDict, total=False):
    """The figures of a run, as they are kept with it; {} until there are any.

    accuracy        the final one on all `n_valid` pictures, None if the run was stopped before
    valid_ce        plain cross-entropy on the same pictures; also None if training diverged and it is not finite
    tta_accuracy    after the last of `tta_views` views; None without views
    best_accuracy   the best epoch's, on `n_quick` pictures; `best_epoch` is its number, from 1 over all phases
    last_accuracy   the last epoch's, on `n_quick` pictures
    seconds         of training, with the validation after each epoch
    quickest_s      of all epochs, if each had taken as long as the quickest of its phase and stage
    peak_gpu_bytes  the most memory that training and validation held on a graphics card; absent without one
    n_train         training pictures of each epoch of the last phase
    prepare_s       before the first batch: pictures, loaders, net
    answers_s       the last validation and all views
    telemetry_cpu_s  processor seconds that the worker spent on reporting
    loader, precision  those in use, which may not be the recipe's (prepare.Data); absent in an older version
    """

    accuracy: float | None
    n_valid: int | None
    valid_ce: float | None
    tta_accuracy: float | None
    tta_views: int
    n_epochs: int
    best_accuracy: float | None
    best_epoch: int | None
    last_accuracy: float | None
    n_quick: int | None
    seconds: float
    quickest_s: float
    images_per_s: float | None
    peak_gpu_bytes: float
    n_train: int
    prepare_s: float
    answers_s: float
    telemetry_cpu_s: float
    loader: str
    precision: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What training leaves of a run.

    stopped  it was asked to end; summary and artifacts hold what was reached
    failure  what the last validation raised: the net is trained and among the artifacts, but not judged to the end
    export   writes the ONNX model, which a run can do without, and its script, and returns both by name; raises what
             the exporter raises. To be called once the rest is stored, because it takes long. None: nothing to export.
    """

    summary: Summary
    artifacts: dict[str, Path] = field(default_factory=dict)
    stopped: bool = False
    export: Callable[[], dict[str, Path]] | None = None
    failure: Exception | None = None


_TEXTS = ("loader", "precision")


def read_summary(values: Mapping[str, Any]) -> Summary:
    """A summary as it was kept, by this version or another; a value of another type than it should have is left out."""
    return cast(Summary, {k: v for k, v in values.items() if k not in Summary.__annotations__ or _fits(k, v)})


def gpu_seconds(summary: Summary) -> float | None:
    """How long the run held a graphics card, from its pictures to its last answer; None where it held none.

    >>> gpu_seconds({"peak_gpu_bytes": 1e9, "prepare_s": 4.0, "seconds": 90.0, "answers_s": 6.0})
    100.0
    >>> gpu_seconds({"seconds": 9.0}) is None
    True
    """
    if not summary.get("peak_gpu_bytes"):
        return None
    return summary.get("prepare_s", 0.0) + summary.get("seconds", 0.0) + summary.get("answers_s", 0.0)


def _fits(name: str, value: object) -> bool:
    if name in _TEXTS:
        return isinstance(value, str)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)
    return is_number or value is None


def summarize(epochs: Sequence[Epoch], tta: Sequence[TtaPass], *, fit_s: float, valid_ce: float | None) -> Summary:
    """The summary of what these events say."""
    plain = next((e for e in tta if e["k"] == 0), None)
    views = [e for e in tta if e["k"] > 0]
    best = max(range(len(epochs)), key=lambda i: epochs[i]["accuracy"], default=None)
    return {
        "accuracy": plain["accuracy"] if plain else None,
        "n_valid": plain["n"] if plain else None,
        "valid_ce": None if valid_ce is None else finite(valid_ce),
        "tta_accuracy": views[-1]["accuracy"] if views else None,
        "tta_views": len(views),
        "n_epochs": len(epochs),
        "best_accuracy": None if best is None else epochs[best]["accuracy"],
        "best_epoch": None if best is None else best + 1,
        "last_accuracy": epochs[-1]["accuracy"] if epochs else None,
        "n_quick": epochs[-1]["n_valid"] if epochs else None,
        "seconds": fit_s,
        "images_per_s": epochs[-1]["images_per_s"] if epochs else None,
    }


def quickest_s(epochs: Sequence[Epoch]) -> float:
    """Seconds of these epochs if each had taken as long as the quickest of its phase and stage."""
    by_stage: dict[tuple[int, str], list[float]] = {}
    for epoch in epochs:
        by_stage.setdefault((epoch["phase"], epoch["stage"]), []).append(epoch["seconds"])
    return sum(len(taken) * min(taken) for taken in by_stage.values())


def model_card(
    recipe: Recipe,
    listing: Listing,
    *,
    loader: str,
    stats: Stats | None,
    n_train: int,
    summary: Summary,
    versions: dict[str, str],
    device: str,
    precision: str,
    is_complete: bool,
    has_onnx: bool,
) -> dict[str, Any]:
    """model.json: the statistics and classes travel with the model, as the chapter warns they must.

    data       title, number of training pictures, and the terms that the pictures come with where they are known;
               `license` as the Hugging Face Hub names it, `hub_id` of the same set there. A folder of one's own is
               named by its last part, here and in the recipe: whoever gets the model need not know where it lay
    view       how a picture becomes the input, in one sentence; view_steps the same in steps; predict.py does it
    mean, std  what the input is normalized with, after dividing by 255; None: the net takes pictures in [0, 1]
    stopped_early  its last epoch is not the recipe's last
    has_onnx   the run went on to export it, which may still fail; a run that was stopped or not validated does not
    """
    mean, std = stats if stats else (None, None)
    said, steps = view_of(recipe, loader)
    title = source_title(recipe.source)
    return {
        "format": 1,
        "producer": "sota-lab",
        "producer_version": __version__,
        "classes": list(listing.classes),
        "class_names": list(listing.display_names),
        "mean": mean,
        "std": std,
        "size": recipe.phases[-1].size,
        "presize": recipe.presize,
        "resize": recipe.resize,
        "view": said,
        "view_steps": steps,
        "input": "pictures (B, 3, H, W) float32 RGB, divided by 255, then normalized",
        "output": "logits (B, N)",
        "data": {"title": title, "n_train": n_train, **_terms(recipe.source)},
        "recipe": (recipe if recipe.source in SOURCES else recipe.replace(source=title)).to_dict(),
        "summary": summary,
        "stopped_early": not is_complete,
        "has_onnx": has_onnx,
        "device": device,
        "precision": precision,
        "versions": versions,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }


def _terms(source: str) -> dict[str, str | None]:
    known = SOURCES.get(source)
    licence = known.licence if known else None
    return {
        "license": licence.id if licence else None,
        "license_name": licence.name if licence else None,
        "license_link": licence.link if licence else None,
        "terms": licence.said if licence else None,
        "hub_id": known.hub_id if known else None,
    }


_PROPERTIES = (
    "producer",
    "producer_version",
    "classes",
    "class_names",
    "mean",
    "std",
    "size",
    "presize",
    "resize",
    "view",
    "view_steps",
    "input",
    "output",
    "data",
    "recipe",
    "versions",
)


def onnx_properties(card: Mapping[str, Any]) -> dict[str, str]:
    """The parts of model.json that are written into model.onnx too: texts as they are, everything else as JSON."""
    license = card["data"]["license_name"] or card["data"]["license"] or "unknown"
    kept = {name: card[name] for name in _PROPERTIES} | {"task": "image-classification", "license": license}
    return {k: v if isinstance(v, str) else json.dumps(v, ensure_ascii=False) for k, v in kept.items()}
