"""The Learner that a recipe becomes trains where it is told to."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import torch
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader

from benchmarks.gpu.ways import Anew
from sota_core.recipes import Phase, Recipe
from sota_core.train.callbacks import Telemetry
from sota_core.train.fit import run_recipe
from sota_core.train.learner import build_learner, fit_phase
from sota_core.train.step.graph import StepGraph
from sota_core.train.stepper.messages import small_recipe
from sota_core.train.stepper.steps import plain_learner

pytestmark = pytest.mark.long  # a Learner, so fastai

CPU = torch.device("cpu")
BS, N_BATCHES = 8, 4
RECIPE = Recipe(phases=(Phase(size=32, bs=BS, n_epochs=1),), arch="xresnet18", width=0.125)


def make_dls() -> Any:
    items = [(torch.randn(3, 32, 32), torch.tensor(i % 3)) for i in range(BS * N_BATCHES)]
    return DataLoaders(*(DataLoader(items, bs=BS, device=CPU) for _ in range(2)), device=CPU)


class TestADriverTooOld:
    """The driver's library reports a card, as it does to a forked worker, but CUDA does not start."""

    @pytest.fixture(autouse=True)
    def no_start(self, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
        def lazy_init() -> None:
            raise RuntimeError("The NVIDIA driver on your system is too old (found version 11040).\nPlease update")

        monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
        monkeypatch.setattr(torch.cuda, "_lazy_init", lazy_init)
        with pytest.raises(RuntimeError, match="too old"):
            torch.cuda.current_device()
        yield

    def test_a_run_on_the_cpu_trains(self):
        seen: list[Any] = []
        learn = build_learner(RECIPE, make_dls(), 3, "fp32", CPU, [Telemetry(seen.append, N_BATCHES)])
        fit_phase(learn, RECIPE.phases[0])
        assert [event["kind"] for event in seen].count("epoch") == 1

    @pytest.mark.slow
    def test_a_whole_run_goes_to_the_cpu_and_ends_with_its_export(self, tiny_recipe: Recipe, settings, tmp_path: Path):
        recipe, seen = tiny_recipe.replace(device="auto"), []
        outcome = run_recipe(recipe, settings, emit=seen.append, should_stop=lambda: False, out_dir=tmp_path)
        assert outcome.export is not None and "model.onnx" in outcome.export()
        (started,) = (event for event in seen if event["kind"] == "started")
        assert started["device"].startswith("CPU")

    def test_the_small_training_that_is_made_step_by_step_does_too(self):
        recipe = small_recipe("plain", 0)
        learn = plain_learner(recipe, make_dls(), 3, [])
        fit_phase(learn, recipe.phases[0])
        assert next(learn.model.parameters()).device == CPU


@pytest.mark.parametrize("graph", [None, StepGraph("bf16", Anew(), print)])
def test_a_net_that_breaks_leaves_no_autocast_whichever_learner_trains_it(graph):
    def full(*_: Any) -> None:
        raise torch.OutOfMemoryError("CUDA out of memory")

    learn = build_learner(RECIPE, make_dls(), 3, "bf16", CPU, [], graph)
    learn.model.register_forward_hook(full)
    with pytest.raises(torch.OutOfMemoryError):
        fit_phase(learn, RECIPE.phases[0])
    assert not torch.is_autocast_enabled("cpu")
