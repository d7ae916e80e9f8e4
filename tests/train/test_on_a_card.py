"""Training on an NVIDIA GPU: every precision with every technique, through both phases of a run. Without a card one
case of each kind runs on the CPU, so that the test's own code is known to work.
"""

import random
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback.core import Callback, CancelFitException  # pyright: ignore[reportAttributeAccessIssue]

from benchmarks.meta import row_recipe
from sota_core.data.loading.cache import PictureCache
from sota_core.data.loading.loaders import get_dls, split_items
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import load_presized, valid_view
from sota_core.errors import GpuMemoryError
from sota_core.inference import load_model, probabilities
from sota_core.inference.predictions import PREDICTIONS, load_stored
from sota_core.recipes import Phase, Recipe
from sota_core.settings import Settings, load
from sota_core.train import device as devices
from sota_core.train import fit
from sota_core.train.callbacks import Telemetry
from sota_core.train.fit import run_recipe
from sota_core.train.learner import build_learner
from sota_core.train.step.graph import StepGraph, cuda_recorder
from sota_core.train.summary import Outcome

pytestmark = pytest.mark.long  # a Learner, so fastai

ON_A_CARD = [pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]
PRECISIONS = ("fp32", "bf16", "fp16")
TECHNIQUES: dict[str, dict[str, Any]] = {
    "plain": {},
    "mixup": {"mixup_alpha": 0.4},
    "cutmix": {"cutmix_alpha": 1.0},
    "smoothing": {"label_smoothing": 0.1},
    "mixup and smoothing": {"mixup_alpha": 0.4, "label_smoothing": 0.1},
}
PHASES = (Phase(size=24, bs=16, n_epochs=2, lr=5e-3), Phase(size=32, bs=12, n_epochs=1, lr=3e-3, method="fine_tune"))


def on_card(*values: Any) -> Any:
    return pytest.param("cuda", *values, marks=ON_A_CARD)


@pytest.fixture
def trained(
    tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[..., tuple[Outcome, list[Any], Path]]:
    """run(device, precision, **changes): a run of both phases, its events and its folder; on a card with a CUDA
    graph.
    """

    def run(device: str, precision: str, **changes: Any) -> tuple[Outcome, list[Any], Path]:
        if device == "cuda":  # the asked precision, even if the card would choose another
            monkeypatch.setattr(devices, "choose_precision", lambda wanted, where: (wanted, None))
        recipe = tiny_recipe.replace(device=device, precision=precision, phases=PHASES).replace(**changes)
        is_searched = changes.get("cutmix_alpha", 0) > 0 and precision == "fp16"  # takes 16 s on an H200, so only once
        events: list[Any] = []
        out = tmp_path / "out"
        out.mkdir(exist_ok=True)
        settings = graph_settings(tmp_path, is_searched=is_searched)
        return run_recipe(recipe, settings, emit=events.append, should_stop=lambda: False, out_dir=out), events, out

    return run


def graph_settings(home: Path, *, is_searched: bool) -> Settings:
    search = "1" if is_searched else "0"
    return load({"SOTA_HOME": str(home), "SOTA_CUDA_GRAPH": "1", "SOTA_CUDNN_BENCHMARK": search})


@pytest.mark.parametrize(
    ("device", "precision", "technique"),
    [
        pytest.param("cpu", "bf16", "mixup and smoothing", marks=pytest.mark.slow),
        *(on_card(precision, technique) for precision in PRECISIONS for technique in TECHNIQUES),
    ],
)
def test_both_phases_are_trained_and_judged(device, precision, technique, trained):
    outcome, events, _ = trained(device, precision, **TECHNIQUES[technique])
    batches = [e for e in events if e["kind"] == "batch"]
    assert batches and all(np.isfinite(e["loss"]) for e in batches)
    assert [(e["phase"], e["stage"]) for e in events if e["kind"] == "epoch"] == [
        *((0, "main"), (0, "main")),
        *((1, "frozen"), (1, "main")),
    ]
    assert outcome.summary["accuracy"] is not None
    assert ("peak_gpu_bytes" in outcome.summary) is (device == "cuda")
    replayed = [e for e in events if e["kind"] == "log" and "CUDA graph" in e["message"]]
    assert len(replayed) == (device == "cuda")
    assert all("is replayed" in e["message"] for e in replayed)


@pytest.mark.parametrize(
    ("device", "precision"),
    [pytest.param("cpu", "auto", marks=pytest.mark.slow), *(on_card(precision) for precision in PRECISIONS)],
)
def test_the_exported_net_answers_as_stored(device, precision, trained, tiny_folder):
    outcome, events, out = trained(device, precision, tta_n=0)
    assert device == "cpu" or next(e for e in events if e["kind"] == "started")["precision"] == precision
    outcome.export()
    model, stored = load_model(out), load_stored(out / PREDICTIONS)
    views = [valid_view(load_presized(tiny_folder / name, model.presize), model.size) for name in stored.names]
    assert np.abs(probabilities(model, np.stack(views)) - stored.plain).max() <= 1e-3


@pytest.mark.parametrize("device", [on_card()])
def test_a_run_that_finds_no_memory_says_so_and_the_next_one_trains(device, trained):
    torch.cuda.empty_cache()
    total = torch.cuda.mem_get_info()[1]
    torch.cuda.set_per_process_memory_fraction(min(1.0, (torch.cuda.memory_reserved() + 8 * 2**20) / total))
    try:
        with pytest.raises(GpuMemoryError, match="choose a smaller batch"):
            trained(device, "fp32", width=1.0)
    finally:
        torch.cuda.set_per_process_memory_fraction(1.0)
    outcome, _, _ = trained(device, "fp32")
    assert outcome.summary["accuracy"] is not None


@pytest.mark.parametrize(
    ("device", "precision"),
    [pytest.param("cpu", "bf16", marks=pytest.mark.slow), *(on_card(precision) for precision in PRECISIONS)],
)
def test_memory_that_runs_out_in_the_net_leaves_the_next_run_as_able_to_learn(device, precision, trained, monkeypatch):
    def full(*_: Any) -> None:
        if device == "cpu":
            raise torch.OutOfMemoryError("CUDA out of memory")
        torch.empty(2**50, dtype=torch.uint8, device=device)  # a petabyte

    def breaking(*args: Any) -> Any:
        learn = build_learner(*args)
        learn.model[0].register_forward_hook(full)
        return learn

    monkeypatch.setattr(devices, "choose_precision", lambda wanted, where: (wanted, None))
    with monkeypatch.context() as patched, pytest.raises(GpuMemoryError, match="choose a smaller batch"):
        patched.setattr(fit, "build_learner", breaking)
        trained(device, precision)
    assert not torch.is_autocast_enabled(device)
    _, events, _ = trained(device, precision)
    first, second, *_ = [e["train_loss"] for e in events if e["kind"] == "epoch"]
    assert second < 0.9 * first


class Watched(Callback):
    """Makes torch raise whenever the host waits for the card, from the eighth batch to the eighteenth; then ends the
    fit.
    """

    learn: Any
    order = -99  # before anything else in a batch

    def before_batch(self) -> None:
        if self.iter == 8:
            self.mode("error")
        elif self.iter == 18:
            self.mode("default")
            raise CancelFitException

    def mode(self, name: str) -> None:
        if torch.cuda.is_available():
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")  # torch warns once that it may miss some waits
                torch.cuda.set_sync_debug_mode(name)


@pytest.fixture
def debugged() -> Iterator[None]:
    yield
    if torch.cuda.is_available():
        torch.cuda.set_sync_debug_mode("default")


@pytest.mark.parametrize(
    ("device", "precision", "technique", "is_graph"),
    [
        ("cpu", "bf16", "mixup", False),
        *(
            on_card(precision, technique, is_graph)
            for precision in PRECISIONS
            for technique in ("plain", "mixup", "cutmix")
            for is_graph in (False, True)
        ),
    ],
)
def test_ten_steps_pass_without_a_wait(device, precision, technique, is_graph, debugged):
    place = torch.device(device)
    recipe = row_recipe(arch="xresnet18", width=0.25, size=32, bs=8, **TECHNIQUES[technique])
    dls = dls_of(recipe, place, n_batches=24)
    said: list[str] = []
    graph = StepGraph(precision, cuda_recorder, said.append) if is_graph else None
    watched, telemetry = Watched(), Telemetry(lambda event: None, 10**6, lambda: 0.0)
    learn = build_learner(recipe, dls, 10, precision, place, [telemetry, watched], graph)
    random.seed(0)
    learn.fit_one_cycle(1, 1e-3)
    assert telemetry.step == 18
    assert len(said) == is_graph and all("is replayed" in sentence for sentence in said)


def dls_of(recipe: Recipe, device: torch.device, n_batches: int) -> Any:
    """Loaders of square noise pictures, resident on the card where there is one."""
    n, side = 5 * (recipe.phases[0].bs * n_batches + 1) // 4 + 1, 40
    listing = Listing(Path("/"), tuple("abcdefghij"), tuple(Path(str(i)) for i in range(n)), np.arange(n) % 10, None)
    shape = np.full(n, side)
    pixels = np.random.default_rng(0).integers(0, 256, 3 * side * side * n, dtype=np.uint8)
    offsets = np.arange(n) * 3 * side * side
    cache = PictureCache(Path("/"), side, listing.classes, "noise", (), offsets, shape, shape, pixels)
    split = split_items(listing, recipe)
    return get_dls(listing, listing.labels, split, recipe, recipe.phases[0], device=device, cache=cache)
