"""`stock` tells how fast fastai's loader is, whatever its workers had made ready when the clock began.

Loader, steps and time are stand-ins, so the ratio is known.
"""

from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch
from fastai.callback.core import CancelTrainException  # pyright: ignore[reportAttributeAccessIssue]

from benchmarks.gpu import lab as lab_module
from benchmarks.gpu import stock
from benchmarks.gpu.lab import Lab, StepClock
from sota_core.data.pictures.listing import list_pictures
from sota_core.settings import load
from tests.runs.conftest import Clock

pytestmark = pytest.mark.long  # lab has a Learner, which needs fastai

STEP_S = {64: 0.0166, 128: 0.0125}  # by batch size; an H200's: docs/performance.md
N_BATCHES = {64: 147, 128: 73}  # Imagenette's


class Loader:
    """Torch's order of work: `n` workers take turns, and `2 * n` batches at most are asked for and not yet taken."""

    def __init__(self, now: Clock, bs: int, batch_s: float, n: int = 0) -> None:
        self.now, self.bs, self.batch_s, self.n = now, bs, batch_s, n

    def new(self, num_workers: int) -> "Loader":
        return Loader(self.now, self.bs, self.batch_s * 16 / num_workers, num_workers)

    def __iter__(self) -> Iterator[int]:
        ready, asked = [self.now()] * self.n, [self.now()] * 2 * self.n
        for i in range(N_BATCHES[self.bs]):
            if self.n:
                ready[i % self.n] = max(ready[i % self.n], asked[i]) + self.n * self.batch_s
                self.now.pass_(max(0.0, ready[i % self.n] - self.now()))
                asked.append(self.now())
            yield i


@pytest.fixture
def now(monkeypatch: pytest.MonkeyPatch) -> Clock:
    clock = Clock()
    monkeypatch.setattr(lab_module, "time", SimpleNamespace(perf_counter=clock, monotonic=clock))
    return clock


@pytest.fixture
def lab(tmp_path: Path, now: Clock) -> Lab:
    for kind in "ab":
        (tmp_path / "data" / kind).mkdir(parents=True)
        (tmp_path / "data" / kind / "one.jpg").write_bytes(b"")
    listing = list_pictures(tmp_path / "data")
    return Lab(torch.device("cpu"), load({"SOTA_HOME": str(tmp_path)}), listing, smoke=False, ends=float("inf"))


@pytest.mark.parametrize("warm_s", [0.0, 0.5, 1.0, 2.0])
@pytest.mark.parametrize("over", [1.3, 2.7, 5.0])
def test_the_ratio_is_the_loaders_own_however_long_the_first_steps_take(
    lab: Lab, now: Clock, monkeypatch: pytest.MonkeyPatch, over: float, warm_s: float
) -> None:
    def fit(lab: Lab, recipe: Any, dls: Any, precision: str, cbs: list[Any], *more: Any, n_epochs: int = 1) -> str:
        (clock,) = (each for each in cbs if isinstance(each, StepClock))
        clock.learn = SimpleNamespace(training=True)
        n_seen, loader = 0, dls.train
        for _ in range(n_epochs):
            try:
                for _ in loader:
                    n_seen += 1
                    now.pass_(STEP_S[loader.bs] + (warm_s if n_seen == 4 else 0.0))  # the step is recorded there
                    clock.after_batch()
            except CancelTrainException:
                pass
            clock.after_train()
        return ""

    def dls(lab: Lab, recipe: Any) -> Any:
        bs = recipe.phases[0].bs
        return SimpleNamespace(train=Loader(now, bs, over * STEP_S[bs]), valid=None)

    monkeypatch.setattr(Lab, "fit", fit)
    monkeypatch.setattr(Lab, "dls", dls)
    monkeypatch.setattr(stock, "n_workers", lambda: 16)
    monkeypatch.setattr(stock, "DataLoaders", lambda train, valid, device: SimpleNamespace(train=train))
    assert [found["value"] for found in stock.measure(lab)] == pytest.approx([over, over], rel=0.02)
