"""The learning rate finder is fastai's: the same curve as lr_find, and suggestions by fastai's own functions."""

import inspect
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from sota_core.recipes import Recipe
from sota_core.settings import Settings
from sota_core.train.stepper.messages import FIRST_LR, LAST_LR, N_RATES

pytestmark = pytest.mark.slow


def found(recipe: Recipe, settings: Settings, **more: Any) -> tuple[list[dict], dict]:
    from sota_core.train.stepper.lr_finder import find

    told: list[Any] = []
    find(recipe, settings, told.append, **more)
    return [m for m in told if m["kind"] == "rate"], told[-1]


def test_the_curve_and_suggestions_are_fastai_s(
    tiny_recipe_of: Callable[..., Recipe], settings: Settings, tmp_path: Path
):
    recipe = tiny_recipe_of(precision="fp32")
    rates, last = found(recipe, settings)
    import torch
    from fastai.vision import all as fastai

    from sota_core.train.fit import seed_everything
    from sota_core.train.prepare import make_dls, prepare

    def ignore(event: object) -> None: ...

    data = prepare(recipe, settings, ignore, lambda: False)
    seed_everything(recipe.seed)
    dls = make_dls(recipe, data, 0, ignore)
    net = fastai.xresnet18(n_out=3, widen=0.25)
    learn = fastai.Learner(dls, net, loss_func=fastai.CrossEntropyLossFlat(), path=tmp_path)
    with learn.no_bar():
        learn.lr_find(show_plot=False)
    n = 40  # here the rate is below 2e-4; later, rounding grows with each step
    assert [r["lr"] for r in rates[:n]] == pytest.approx(learn.recorder.lrs[:n])
    assert [r["loss"] for r in rates[:n]] == pytest.approx([float(x) for x in learn.recorder.losses[:n]], abs=1e-3)
    lrs, losses = (torch.tensor([r[k] for r in rates][N_RATES // 10 : -5]) for k in ("lr", "loss"))
    for name, suggests in (("valley", fastai.valley), ("steep", fastai.steep)):
        assert last[name] == pytest.approx(suggests(lrs, losses, N_RATES)[0])
    assert last["kind"] == "found" and not last["is_late"] and not list((settings.home / "steppers").glob("find-*"))


@pytest.mark.parametrize("n", [7, 40])  # too few points for fastai's functions; enough points, but misleading ones
def test_it_ends_in_time_and_suggests_nothing_from_half_a_curve(tiny_recipe: Recipe, settings: Settings, n: int):
    seconds = iter(range(1000))
    rates, last = found(tiny_recipe, settings, within_s=n + 1, clock=lambda: float(next(seconds)))
    assert len(rates) == n and last == {"kind": "found", "valley": None, "steep": None, "is_late": True}


def test_what_is_said_of_lr_find_is_so_in_its_source():
    from fastai.callback import schedule
    from fastai.learner import Learner

    default = {k: v.default for k, v in inspect.signature(Learner.lr_find).parameters.items()}
    assert (default["start_lr"], default["end_lr"], default["num_it"]) == (FIRST_LR, LAST_LR, N_RATES)
    source = inspect.getsource(schedule.LRFinder)
    assert "SchedExp(start_lr, end_lr)" in source and "self.smooth_loss > 4*self.best_loss" in source
    assert "self.learn.load" in source
    assert "longest valley" in inspect.getsource(schedule.valley) and "grads.argmin" in inspect.getsource(
        schedule.steep
    )
