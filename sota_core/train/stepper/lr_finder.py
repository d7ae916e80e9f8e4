"""fastai's learning rate finder on a recipe: its curve point by point, and its suggestions. Imports fastai."""

import shutil
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from fastai.callback.core import Callback
from fastai.callback.schedule import steep, valley

from sota_core.recipes import Recipe
from sota_core.settings import Settings
from sota_core.train import device as devices
from sota_core.train.callbacks import StopOnRequest
from sota_core.train.fit import seed_everything
from sota_core.train.learner import build_learner
from sota_core.train.prepare import make_dls, prepare
from sota_core.train.stepper.messages import FIND_WITHIN_S, Message, Rate

_LEFT_AFTER_S = 3600.0


class TellRates(Callback):
    """Every batch's rate and smoothed loss, as fastai's Recorder has just noted them and its plot shows them."""

    order = 55  # after Recorder (50), before LRFinder (60), which may end the fit at this batch

    def __init__(self, tell: Callable[[Rate], None]) -> None:
        self.tell = tell

    def after_batch(self) -> None:
        if self.training:
            lr, loss = float(self.recorder.lrs[-1]), float(self.recorder.losses[-1])
            self.tell({"kind": "rate", "lr": lr, "loss": loss if loss == loss else None})


def find(
    recipe: Recipe,
    settings: Settings,
    tell: Callable[[Message], None],
    *,
    within_s: float = FIND_WITHIN_S,
    clock: Callable[[], float] = time.monotonic,
) -> None:
    """Run `Learner.lr_find` on the recipe's first phase, for at most `within_s` of training.

    Blocking. Seeds the global generators. fastai saves the weights to a file first, and loads them back at the end.

    Raises
        what run_recipe raises for recipes, pictures and disks.
    """
    data = prepare(recipe, settings, tell, lambda: False)
    seed_everything(recipe.seed)
    dls = make_dls(recipe, data, 0, tell)
    end = clock() + within_s
    limit = StopOnRequest(lambda: clock() >= end)
    cbs = [TellRates(tell), limit]
    learn: Any = build_learner(recipe, dls, data.listing.n_classes, data.precision, data.device, cbs)
    with tempfile.TemporaryDirectory(dir=_folder(settings), prefix="find-") as folder:
        learn.path = Path(folder)
        with devices.memory_in_words(recipe, recipe.phases[0], data.precision, data.device):
            suggested = _suggestions(learn, limit)
    tell({"kind": "found", "is_late": limit.has_stopped, **suggested})


def _suggestions(learn: Any, limit: StopOnRequest) -> dict[str, float | None]:
    """fastai's suggestions; None if time ran out: on a curve that is cut short they would be wrong."""
    try:
        found = learn.lr_find(show_plot=False, suggest_funcs=(valley, steep))
    except (IndexError, RuntimeError):  # too few points
        if not limit.has_stopped:
            raise
    return {name: None if limit.has_stopped else float(getattr(found, name)) for name in ("valley", "steep")}


def _folder(settings: Settings) -> Path:
    """The folder for the weights saved meanwhile; what finders that were killed left there is deleted."""
    folder = settings.home / "steppers"
    folder.mkdir(parents=True, exist_ok=True)
    for old in folder.glob("find-*"):
        if time.time() - old.stat().st_mtime > _LEFT_AFTER_S:
            shutil.rmtree(old, ignore_errors=True)
    return folder
