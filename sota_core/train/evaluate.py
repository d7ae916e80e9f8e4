"""The last validation, on every validation picture: plain, then test-time augmentation view by view.

fastai's `Learner.tta` gives one result at the end; here the same passes are made one at a time, so that a learner
watches the accuracy grow and every view's probabilities are kept. Brings torch.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch.nn.functional as F

from sota_core.functional.tta import combine
from sota_core.recipes import Recipe
from sota_core.train import events
from sota_core.train.callbacks import CancelFitException
from sota_core.train.events import Emit


@dataclass(frozen=True, slots=True)
class Predictions:
    """Probabilities of every validation picture.

    Shapes
        plain   (B, N)     float32
        views   (V, B, N)  float32, V augmented views, possibly 0
        labels  (B,)       int64, the true ones
    """

    plain: np.ndarray
    views: np.ndarray
    labels: np.ndarray

    def combined(self, recipe: Recipe, n_views: int | None = None) -> np.ndarray:
        """(B, N): plain and the first n_views (all by default) as fastai's tta combines them."""
        views = self.views[:n_views]
        if not len(views):
            return self.plain
        return np.asarray(combine(self.plain, views, recipe.tta_beta, recipe.tta_use_max))

    def accuracy(self, probs: np.ndarray) -> float:
        return float((probs.argmax(1) == self.labels).mean())


def predict_views(learn: Any, dl: Any, recipe: Recipe, emit: Emit) -> tuple[Predictions, float]:
    """All passes over `dl`; emits one `tta_pass` each. Returns the predictions and the plain cross-entropy.

    `dl` holds the validation pictures; `dl.dataset.set_split_idx(0)` puts it under the training transforms, as
    `Learner.tta` does. A stop request during the views keeps the complete ones; during the plain pass it is passed
    on as CancelFitException, since then there is nothing to keep.
    """
    with dl.dataset.set_split_idx(1):
        plain, labels = learn.get_preds(dl=dl)
    labels = labels.long()
    ce = float(F.nll_loss(plain.clamp_min(1e-12).log(), labels))
    found = Predictions(plain.numpy(), np.empty((0, *plain.shape), np.float32), labels.numpy())
    plain_accuracy = found.accuracy(found.plain)
    emit(events.tta_pass(k=0, n=len(labels), accuracy=plain_accuracy, view_accuracy=plain_accuracy))
    for k in range(1, recipe.tta_n + 1):
        try:
            with dl.dataset.set_split_idx(0):
                view = learn.get_preds(dl=dl)[0].numpy()
        except CancelFitException:
            break
        found = Predictions(found.plain, np.concatenate([found.views, view[None]]), found.labels)
        emit(
            events.tta_pass(
                k=k,
                n=len(labels),
                accuracy=found.accuracy(found.combined(recipe)),
                view_accuracy=found.accuracy(view),
            )
        )
    return found, ce
