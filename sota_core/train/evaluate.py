"""The last validation, on every validation picture: plain, then test-time augmentation view by view.

fastai's `Learner.tta` gives one result at the end; here the same passes are made one at a time, so that the accuracy
can be watched view by view, and every view's probabilities are kept. Imports torch.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import nn

from sota_core.functional.projection import principal_components
from sota_core.functional.tta import combine
from sota_core.recipes import Recipe
from sota_core.train import events
from sota_core.train.callbacks import CancelFitException, valid_ce
from sota_core.train.events import Emit

N_FEATURED = 500  # pictures whose features are kept: on a map of more, points cannot be told apart
N_COMPONENTS = 50  # principal components kept of them: 50 kB a run in float16; xresnet50's 2,048 features are 2 MB


@dataclass(frozen=True, slots=True)
class Featured:
    """The last layer's input for some of the validation pictures, along its principal components.

    Shapes
        index       (M,)    int64, which of the validation pictures, evenly spaced
        components  (M, K)  float16, in units of the pictures' root mean square distance from their mean
        share       (K,)    float32, each component's share of the features' variance
    """

    index: np.ndarray
    components: np.ndarray
    share: np.ndarray


@dataclass(frozen=True, slots=True)
class Cornered:
    """Probabilities of some validation pictures, predicted from their centre and corners (view.corner_view_boxes).

    Shapes
        index  (M,)       int64, which of the validation pictures, evenly spaced
        probs  (5, M, N)  float32
    """

    index: np.ndarray
    probs: np.ndarray


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
    featured: Featured | None = None
    cornered: Cornered | None = None

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
    index = spaced(len(dl.dataset))
    with dl.dataset.set_split_idx(1), last_inputs(learn.model, index) as kept:
        logits, labels = learn.get_preds(dl=dl, act=nn.Identity())  # logits: probabilities can be rounded to 0
    labels = labels.long()
    plain, ce = logits.softmax(-1), float(valid_ce(logits, labels))
    found = Predictions(plain.numpy(), np.empty((0, *plain.shape), np.float32), labels.numpy(), featured(index, kept))
    plain_accuracy = found.accuracy(found.plain)
    emit(events.tta_pass(k=0, n=len(labels), accuracy=plain_accuracy, view_accuracy=plain_accuracy))
    for k in range(1, recipe.tta_n + 1):
        try:
            with dl.dataset.set_split_idx(0):
                view = learn.get_preds(dl=dl)[0].numpy()
        except CancelFitException:
            break
        found = Predictions(found.plain, np.concatenate([found.views, view[None]]), found.labels, found.featured)
        emit(
            events.tta_pass(
                k=k,
                n=len(labels),
                accuracy=found.accuracy(found.combined(recipe)),
                view_accuracy=found.accuracy(view),
            )
        )
    return found, ce


def predict_corners(learn: Any, index: np.ndarray, dls: Iterable[Any]) -> Cornered | None:
    """One pass over each loader; each shows the pictures of `index` once. None if stopped before the end."""
    try:
        probs = [learn.get_preds(dl=dl)[0].numpy() for dl in dls]
    except CancelFitException:
        return None
    return Cornered(index, np.stack(probs).astype(np.float32))


def spaced(n: int, most: int = N_FEATURED) -> np.ndarray:
    """At most `most` of 0 … n − 1, evenly spaced: a listing is sorted by class, so its first ones would be of one
    class. (M,) int64."""
    m = min(n, most)
    return np.arange(m, dtype=np.int64) * n // max(m, 1)


@contextmanager
def last_inputs(model: nn.Module, index: np.ndarray) -> Iterator[list[torch.Tensor]]:
    """Record what enters the last linear layer while the model predicts all pictures in order.

    Yields a list to which each batch adds its pictures of `index`, (m, F) float32 on the CPU, in their order. It stays
    empty for a model that has no linear layer.
    """
    layers = [layer for layer in model.modules() if isinstance(layer, nn.Linear)]
    kept: list[torch.Tensor] = []
    seen = 0

    def keep(_: nn.Module, inputs: tuple[torch.Tensor, ...]) -> None:
        nonlocal seen
        x = inputs[0].detach()
        own = index[(seen <= index) & (index < seen + len(x))] - seen
        seen += len(x)
        if len(own):
            kept.append(x[torch.from_numpy(own).to(x.device)].float().cpu())

    handle = layers[-1].register_forward_pre_hook(keep) if layers else None
    try:
        yield kept
    finally:
        if handle is not None:
            handle.remove()


def featured(index: np.ndarray, kept: list[torch.Tensor]) -> Featured | None:
    """Principal components of the features of these pictures; None where there are fewer than two, or not finite."""
    x = torch.cat(kept).numpy().astype(np.float64) if kept else np.empty((0, 0))
    if len(x) < 2 or len(x) != len(index) or not np.isfinite(x).all():
        return None
    z, share = principal_components(x, N_COMPONENTS)
    spread = np.sqrt(((x - x.mean(0)) ** 2).sum(1).mean())
    return Featured(index, (z / (spread or 1.0)).astype(np.float16), share.astype(np.float32))
