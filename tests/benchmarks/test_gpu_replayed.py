"""A figure of replayed steps is one of steps that were replayed; where recording was refused, it says so and fails."""

import contextlib
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback.core import CancelTrainException  # pyright: ignore[reportAttributeAccessIssue]
from PIL import Image

from benchmarks.gpu import lab as lab_module
from benchmarks.gpu import ways
from benchmarks.gpu.check import measured
from benchmarks.gpu.lab import Lab, Timed
from benchmarks.rows import is_met, row, table
from sota_core.data.pictures.listing import list_pictures
from sota_core.settings import load

pytestmark = pytest.mark.long  # has a Learner, which needs fastai

WHY = "operation not permitted when stream is capturing"


@pytest.fixture(autouse=True, scope="module")
def one_thread() -> Iterator[None]:
    """These nets are too small for several threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture
def lab(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """A lab without a card, of one size, with 24 batches of 8."""
    monkeypatch.setattr(Lab, "sizes", ((24, 8),))
    rng = np.random.default_rng(0)
    for part, n in (("train", 96), ("val", 4)):
        for name in "ab":
            (tmp_path / part / name).mkdir(parents=True)
            for i in range(n):
                pixels = rng.integers(0, 255, (32, 32, 3), np.uint8)
                Image.fromarray(pixels).save(tmp_path / part / name / f"{i}.png")
    settings = load({"SOTA_HOME": str(tmp_path / "home")})
    return Lab(torch.device("cpu"), settings, list_pictures(tmp_path), smoke=True, ends=float("inf"))


def refuse() -> Any:
    def record(work: Any) -> Any:
        raise RuntimeError(WHY)

    return record


def test_what_compares_launched_with_launched_is_no_success(lab: Lab, monkeypatch: pytest.MonkeyPatch):
    """That all is met where steps are replayed, test_gpu.py shows."""
    monkeypatch.setattr(ways, "Anew", refuse)
    rows, broken = measured(lab, ("ways",))
    assert len(rows) == 4 and not broken and not any(map(is_met, rows))
    assert all(f"refused: The training step is not recorded as a CUDA graph: {WHY}" in r["note"] for r in rows)


@pytest.fixture
def on_a_card(lab: Lab, monkeypatch: pytest.MonkeyPatch) -> Lab:
    """The lab with a card on which no step is recorded, nor taken."""
    lab.device = torch.device("cuda")
    monkeypatch.setattr(Lab, "words", "a card")
    monkeypatch.setattr(lab_module, "finish", lambda device: None)
    monkeypatch.setattr(lab_module, "build_learner", lambda *_: SimpleNamespace(fit_one_cycle=lambda *_: None))
    return lab


def test_a_step_that_should_be_replayed_as_runs_do_says_if_it_was_not(on_a_card: Lab):
    recipe = on_a_card.recipe(24, 8)
    assert on_a_card.step_s(recipe, None, "bf16") == Timed(0.0, "no step was recorded")
    assert on_a_card.step_s(recipe, None, "bf16", is_launched=True) == Timed(0.0, "")


@pytest.mark.parametrize("part", ["steps", "model_only", "stock", "waits"])
def test_every_part_hands_it_on(on_a_card: Lab, monkeypatch: pytest.MonkeyPatch, part: str):
    monkeypatch.setattr(Lab, "sizes", ((24, 8), (20, 8)))
    monkeypatch.setattr(Lab, "step_s", lambda *_, **__: Timed(1.0, WHY))
    monkeypatch.setattr(Lab, "fit", lambda *_, **__: WHY)
    monkeypatch.setattr(Lab, "dls", lambda *_: SimpleNamespace(train=NoLoader(), valid=None))
    monkeypatch.setattr("benchmarks.gpu.stock.DataLoaders", lambda *_, **__: None)
    monkeypatch.setattr("benchmarks.gpu.model_only.DataLoaders", lambda *_, **__: None)
    monkeypatch.setattr("benchmarks.gpu.model_only.bare_s", lambda *_, **__: 1.0)
    monkeypatch.setattr("benchmarks.gpu.waits.profile", lambda **_: SimpleNamespace(events=list))
    rows, broken = measured(on_a_card, (part,))
    assert rows and not broken and not any(map(is_met, rows)) and all(WHY in r["note"] for r in rows)


@pytest.mark.parametrize(("n_batches", "refused"), [(24, "gpu_kernels_"), (10, "gpu_"), (8, "gpu_")])
def test_a_watch_that_saw_nothing_is_no_success(
    on_a_card: Lab, monkeypatch: pytest.MonkeyPatch, n_batches: int, refused: str
):
    """A profiler without the driver's part sees no kernel; in a short epoch the watch does not even begin."""

    def fit(lab: Lab, recipe: Any, dls: Any, precision: str, cbs: list[Any], *_: Any) -> str:
        window = cbs[-1]
        for i in range(n_batches):
            window.learn = SimpleNamespace(iter=i)
            with contextlib.suppress(CancelTrainException):
                window.before_batch()
        window.after_fit()
        return ""

    monkeypatch.setattr(Lab, "fit", fit)
    monkeypatch.setattr(Lab, "dls", lambda *_: None)
    monkeypatch.setattr(torch.cuda, "set_sync_debug_mode", lambda mode: None)
    watch = SimpleNamespace(__enter__=lambda: None, __exit__=lambda *_: None, events=list)
    monkeypatch.setattr("benchmarks.gpu.waits.profile", lambda **_: watch)
    rows, broken = measured(on_a_card, ("waits",))
    assert len(rows) == 6 and not broken
    assert all(is_met(r) is not r["name"].startswith(refused) for r in rows)


class NoLoader:
    def __iter__(self) -> Any:
        return iter([(torch.zeros(1), torch.zeros(1))] * 8)

    def new(self, **_: Any) -> "NoLoader":
        return self


def test_a_figure_that_is_not_what_it_is_called_fails_without_a_bar_too():
    found = row("gpu_step", [2.0], unit="ms", budget=None, device="a card", note="batches of 64", refused=WHY)
    assert not is_met(found) and f"| – | **no** | a card | refused: {WHY}; batches of 64 |" in table([found])
