"""seven: the chapter's experiments as printed, one run each, beside the printed accuracies.

The printed ones are of full Imagenette; on pictures that were brought to 224 × 224 px beforehand less is reached.
"""

import dataclasses
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.gpu.lab import TINY, Lab
from benchmarks.rows import row
from benchmarks.training.recordings import file_id
from sota_core.data.pictures.view import load_presized, valid_view
from sota_core.inference import load_model, probabilities
from sota_core.inference.predictions import PREDICTIONS, load_stored
from sota_core.published import CHANCE_APART, experiments
from sota_core.recipes import PUBLISHED_IDS, Phase, Recipe, preset
from sota_core.runs.recordings.recording import record
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.files import write_atomically
from sota_core.train.fit import run_recipe
from sota_core.train.summary import Outcome

NAMES = ("baseline_fp16", "normalize", "progressive", "mixup", "label_smoothing", "all", "baseline")
SECONDS, FARTHEST, N_ASKED = 150, 1e-3, 48


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_seven_NAME` accuracies, `gpu_seven_seconds` of fitting if all ended, `gpu_onnx_vs_stored` of the first."""
    for name in NAMES:
        if lab.has_time(f"gpu_seven_{name}", 40):
            with tempfile.TemporaryDirectory() as out:
                yield from _trained(lab, name, Path(out))
    if len(lab.fits) == len(NAMES):
        total, budget = sum(seconds for seconds, *_ in lab.fits.values()), None if lab.smoke else SECONDS
        yield row("gpu_seven_seconds", [total], unit="s", budget=budget, device=lab.words, note="fitting")


def _trained(lab: Lab, name: str, out: Path) -> Iterator[dict[str, Any]]:
    heard: list[dict[str, Any]] = []

    def hear(event: Any) -> None:
        heard.append({**event, "t": time.time()})

    start, recipe = time.perf_counter(), _recipe(lab, name)
    outcome = run_recipe(recipe, lab.settings, emit=hear, should_stop=lambda: time.monotonic() > lab.ends, out_dir=out)
    wall_s = time.perf_counter() - start
    if outcome.stopped:
        lab.missed.append(f"gpu_seven_{name}")
        return
    started = next(event for event in heard if event["kind"] == "started")
    if lab.recordings is not None:
        _keep(lab, recipe, heard, lab.recordings / f"{file_id(recipe, started['device'])}.json")
    found: dict[str, Any] = dict(outcome.summary)
    lab.fits[name] = found["seconds"], started["n_train"], started["n_valid"]
    printed = experiments()[PUBLISHED_IDS[name]].accuracy
    note = f"printed {printed:.4f}; {found['seconds']:.1f} s, {wall_s:.1f} with TTA; {started['precision']}"
    if found["tta_accuracy"] is not None:
        note += f"; TTA {found['tta_accuracy']:.4f}"
    yield row(
        f"gpu_seven_{name}",
        [found["accuracy"]],
        unit="share",
        better="higher",
        budget=None if lab.smoke else printed - CHANCE_APART,
        device=lab.words,
        note=note,
    )
    if name == NAMES[0]:
        yield _onnx(lab, outcome, out)


def _keep(lab: Lab, recipe: Recipe, heard: list[dict[str, Any]], file: Path) -> None:
    """A recording of what was heard, as `train` would have left one: a row of its own, its events with their times."""
    now = time.time()
    with Store(lab.settings) as store:
        submitted = store.queue.submit(recipe, owner="cli", state=State.STARTING)
    run = dataclasses.replace(submitted, state=State.FINISHED, ended_at=now)
    made = record(run, [*heard, {"kind": "ended", "state": "finished", "t": now}], id=file.stem)
    file.parent.mkdir(parents=True, exist_ok=True)
    write_atomically(file, made.to_json())


def _recipe(lab: Lab, name: str) -> Recipe:
    recipe = preset(name).replace(source=str(lab.listing.root))
    if not lab.smoke:
        return recipe
    phases = tuple(Phase(32, 16, 1, phase.lr, phase.method) for phase in recipe.phases)
    return recipe.replace(**TINY, device=lab.device.type, subset=0.05, valid_limit=16, tta_n=1, phases=phases)


def _onnx(lab: Lab, outcome: Outcome, out: Path) -> dict[str, Any]:
    """The largest difference between what the exported net says of validation pictures here and what was stored."""
    assert outcome.export is not None
    start = time.perf_counter()
    outcome.export()
    took, model, stored = time.perf_counter() - start, load_model(out), load_stored(out / PREDICTIONS)
    views = [
        valid_view(load_presized(lab.listing.root / name, model.presize), model.size) for name in stored.names[:N_ASKED]
    ]
    apart = float(np.abs(probabilities(model, np.stack(views)) - stored.plain[:N_ASKED]).max())
    note = f"{len(views)} pictures; exported in {took:.1f} s"
    return row("gpu_onnx_vs_stored", [apart], unit="", budget=FARTHEST, device=lab.words, note=note) | {"value": apart}
