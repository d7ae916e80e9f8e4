"""What is said of a run when it is over: the summary kept with the row, and the model's card. No torch."""

import datetime
import math
from collections.abc import Mapping, Sequence
from typing import Any, TypedDict, cast

from sota_core.data.pictures.listing import Listing
from sota_core.recipes import Recipe
from sota_core.train.events import Epoch, TtaPass
from sota_core.train.predict_script import view_of


class Summary(TypedDict, total=False):
    """The figures of a run, as they are kept with it; {} until there are any.

    accuracy        the final one on all `n_valid` pictures, None if the run was stopped before
    valid_ce        plain cross-entropy on the same pictures
    tta_accuracy    after the last of `tta_views` views; None without views
    best_accuracy   the best epoch's, on `n_quick` pictures, with its number counted over all phases from 1
    last_accuracy   the last epoch's, on `n_quick` pictures
    seconds         of training, with the validation within it
    telemetry_cpu_s  processor seconds the worker spent on telling all this
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
    images_per_s: float | None
    telemetry_cpu_s: float


def read_summary(values: Mapping[str, Any]) -> Summary:
    """A summary as it was kept, by this version or another: what should be a number and is none is left out."""
    return cast(
        Summary, {k: v for k, v in values.items() if k not in Summary.__annotations__ or v is None or _is_number(v)}
    )


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


def summarize(epochs: Sequence[Epoch], tta: Sequence[TtaPass], *, fit_s: float, valid_ce: float | None) -> Summary:
    """The summary of what these events say."""
    plain = next((e for e in tta if e["k"] == 0), None)
    views = [e for e in tta if e["k"] > 0]
    best = max(range(len(epochs)), key=lambda i: epochs[i]["accuracy"], default=None)
    return {
        "accuracy": plain["accuracy"] if plain else None,
        "n_valid": plain["n"] if plain else None,
        "valid_ce": valid_ce,
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


def model_card(
    recipe: Recipe,
    listing: Listing,
    *,
    loader: str,
    stats: tuple[list[float], list[float]] | None,
    summary: Summary,
    versions: dict[str, str],
    device: str,
    precision: str,
    stopped: bool,
) -> dict[str, Any]:
    """model.json: the statistics and classes travel with the model, as the chapter warns they must.

    view       how a picture becomes the input, in one sentence; view_steps the same in steps; predict.py does it
    mean, std  what the input is normalized with, after dividing by 255; None: the net takes pictures in [0, 1]
    """
    mean, std = stats if stats else (None, None)
    said, steps = view_of(recipe, loader)
    return {
        "format": 1,
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
        "recipe": recipe.to_dict(),
        "summary": summary,
        "stopped_early": stopped,
        "device": device,
        "precision": precision,
        "versions": versions,
        "date": datetime.datetime.now(datetime.UTC).isoformat(timespec="seconds"),
    }
