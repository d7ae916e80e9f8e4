"""The small training itself: a real fastai Learner and its fit_one_cycle, paused before every batch. Imports fastai."""

from collections.abc import Callable
from typing import Any

import numpy as np
import torch
from fastai.callback.progress import ProgressCallback
from fastai.learner import Learner
from fastai.metrics import accuracy
from fastcore.basics import noop

from sota_core.data.loading.fastai_device import keep_fastai_on
from sota_core.data.loading.fastai_vision import xresnet
from sota_core.data.loading.files_loader import chapter_dls
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.pictures.names import shown
from sota_core.data.sets import sources
from sota_core.errors import BadPicturesError
from sota_core.language import N_
from sota_core.later import later
from sota_core.recipes import Recipe
from sota_core.settings import Settings
from sota_core.train import events
from sota_core.train.callbacks import Telemetry, valid_ce
from sota_core.train.fit import seed_everything
from sota_core.train.learner import build_loss, fit_phase, stages, technique_callbacks
from sota_core.train.stepper.messages import N_TRAIN, N_VALID, Message, small_recipe
from sota_core.train.stepper.watch import WaitForStep, Watch

CPU = torch.device("cpu")


def train(
    technique: str, seed: int, settings: Settings, tell: Callable[[Message], None], wait: Callable[[], bool]
) -> None:
    """Train `small_recipe`. `wait` is called before every batch, and may block; False ends the training.

    Blocking. Seeds the global generators. Unlike a run, it takes fastai's Adam and decodes every picture in this
    process: its numbers are those of the plain script, to the last digit.

    Raises
        BadPicturesError  a picture has gone meanwhile.
    """
    recipe = small_recipe(technique, seed)

    def drawing(done: int, total: int | None, _: str) -> None:
        tell(events.log(N_("Drawing the sample set"), stage="data", done=done, total=total))

    root = sources.ensure(recipe.source, settings, drawing, helps=True)
    listing = list_pictures(root)
    seed_everything(seed)
    train_items, valid_items = (evenly(listing, is_valid, n) for is_valid, n in ((False, N_TRAIN), (True, N_VALID)))
    phase = recipe.phases[0]
    dls = chapter_dls(listing, listing.labels, train_items, valid_items, recipe, phase, None, CPU)
    for loader in dls.loaders:
        loader.fake_l.num_workers = 0  # a paused training should hold no processes
    total_steps = phase.n_epochs * (len(train_items) // phase.bs)
    telemetry = Telemetry(lambda event: tell(event) if event["kind"] == "epoch" else None, total_steps)
    telemetry.enter_phase(0, stages(phase))
    learn = plain_learner(recipe, dls, listing.n_classes, [telemetry, WaitForStep(wait), Watch(tell, total_steps)])
    tell(
        {
            "kind": "ready",
            "classes": list(listing.display_names),
            "n_train": len(train_items),
            "n_valid": len(valid_items),
        }
    )
    try:
        fit_phase(learn, phase)
    except BadPicturesError as bad:  # it advises what a run's owner can do
        said = later(
            "pictures: {name} of the sample set can no longer be read; press “Start again”, which draws the set anew "
            "if it is gone",
            name=shown(bad.paths[0].relative_to(listing.root).as_posix()),
        )
        raise BadPicturesError(said, paths=bad.paths) from bad


def plain_learner(recipe: Recipe, dls: Any, n_classes: int, cbs: list[Any]) -> Learner:
    """The Learner the chapter's code makes, with the recipe's loss and technique, printing nothing."""
    keep_fastai_on(CPU)
    model = getattr(xresnet, recipe.arch)(n_out=n_classes, widen=recipe.width)
    cbs = [*technique_callbacks(recipe, "fp32", CPU), *cbs]
    learn = Learner(dls, model, loss_func=build_loss(recipe), metrics=[accuracy, valid_ce], cbs=cbs)
    learn.remove_cbs(ProgressCallback)
    learn.logger = noop
    return learn


def evenly(listing: Listing, is_valid: bool, n: int) -> np.ndarray:
    """(n,) indices into the listing: the first pictures of every class of one part, equally many of each."""
    assert listing.is_valid is not None
    part = np.flatnonzero(listing.is_valid == is_valid)
    each = n // listing.n_classes
    return np.sort(np.concatenate([part[listing.labels[part] == k][:each] for k in range(listing.n_classes)]))
