"""What the net answered for each picture in the validation after each epoch, kept small, to show how it learns.

Taken from the pass that fastai makes anyway. Imports fastai.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from fastai.callback.core import Callback

from sota_core.functional.forgetting import learning_and_forgetting

MOST_EPOCHS = 40  # as many steps as a slider needs; 200 epochs keep every fifth or so
MOST_PICTURES = 5_000  # all of Imagenette's 3,925
BYTES_EACH = 6  # per picture and epoch: a class in uint16, two probabilities in float16
NOT_ASKED = np.iinfo(np.uint16).max


@dataclass(frozen=True, slots=True)
class EpochAnswers:
    """The answers for M validation pictures after each of E epochs; probabilities are float16.

    n_epochs  epochs made; E of them are kept, evenly spread, the first and the last among them
    n_asked   pictures each epoch was validated on; M of them are kept, evenly spread

    Shapes
        epochs     (E,)    int32, from 1 over all phases
        said       (E, M)  uint16, the class answered; NOT_ASKED where the phase was validated on other pictures
        p_said     (E, M)  its probability
        p_true     (E, M)  the true class's probability
        index      (M,)    int64, which pictures of the listing
        learnt     (M,)    int64, how often the answer turned right, from epoch to epoch of all n_epochs
        forgotten  (M,)    int64, how often it turned wrong again
    """

    epochs: np.ndarray
    said: np.ndarray
    p_said: np.ndarray
    p_true: np.ndarray
    index: np.ndarray
    learnt: np.ndarray
    forgotten: np.ndarray
    n_epochs: int
    n_asked: int


def spread(n: int, most: int) -> np.ndarray:
    """At most `most` of 0 … n − 1, evenly spread, the first and the last among them. int64.

    >>> spread(10, 4).tolist(), spread(3, 4).tolist()
    ([0, 3, 6, 9], [0, 1, 2])
    """
    return np.linspace(0, n - 1, min(n, most)).round().astype(np.int64) if n else np.empty(0, np.int64)


class KeepAnswers(Callback):
    """Keeps the answers of some epochs, and counts over all epochs how often a picture is learnt and forgotten.

    One instance lives through all phases. Nothing is fetched from a GPU before the end of a validation.
    """

    learn: Any
    order = 80  # after Telemetry (70)
    has_trained = False

    def __init__(self, total_epochs: int, n_pictures: int) -> None:
        self.planned = {int(i) + 1 for i in spread(total_epochs, MOST_EPOCHS)}
        self.n_epochs = 0
        self.rows: dict[int, np.ndarray] = {}  # epoch → (4, m): picture, class, its probability, the true class's
        self.was_right = np.zeros(n_pictures, bool)
        self.learnt, self.forgotten = np.zeros((2, n_pictures), np.int64)

    def enter_phase(self, items: np.ndarray) -> None:
        """`items`: which pictures of the listing this phase is validated on, in the loader's order. (B,)"""
        self.items = items
        self.places = spread(len(items), MOST_PICTURES)

    def before_epoch(self) -> None:
        self.has_trained = False
        self.batches: list[torch.Tensor] = []

    def before_train(self) -> None:
        self.has_trained = True  # a pass of get_preds never does

    def after_batch(self) -> None:
        if self.training or not self.has_trained:
            return
        labels = self.learn.yb[0].long()
        probs = self.learn.pred.detach().float().softmax(1)
        p, said = probs.max(1)
        own = probs.gather(1, labels[:, None])[:, 0]
        self.batches.append(torch.stack([said.float(), p, own, (said == labels).float()]))

    def after_epoch(self) -> None:
        """Keep the epoch's answers, unless its validation was cut short."""
        found = torch.cat(self.batches, 1).cpu().numpy() if self.batches else np.empty((4, 0), np.float32)
        self.batches = []
        if not self.has_trained or found.shape[1] != len(self.items):
            return
        self.n_epochs += 1
        is_right = found[3] == 1
        learnt, forgotten = learning_and_forgetting(np.stack([self.was_right[self.items], is_right]))
        self.learnt[self.items] += learnt
        self.forgotten[self.items] += forgotten
        self.was_right[self.items] = is_right
        if self.n_epochs - 1 not in self.planned:
            self.rows.pop(self.n_epochs - 1, None)  # it was kept only as the last one
        self.rows[self.n_epochs] = np.vstack([self.items[self.places], found[:3, self.places]])

    def kept(self) -> EpochAnswers | None:
        """What has been kept so far; None before the first epoch is whole."""
        if not self.rows:
            return None
        every = np.unique(np.concatenate([row[0] for row in self.rows.values()])).astype(np.int64)
        index = every[spread(len(every), MOST_PICTURES)]  # with a new split in each phase there can be more
        said = np.full((len(self.rows), len(index)), NOT_ASKED, np.uint16)
        p_said, p_true = np.zeros((2, *said.shape), np.float16)
        for i, (items, *values) in enumerate(self.rows.values()):
            at = np.isin(items, index)
            where = np.searchsorted(index, items[at])
            for to, value in zip((said, p_said, p_true), values, strict=True):
                to[i, where] = np.nan_to_num(value[at])  # a diverged net's probabilities are NaN
        return EpochAnswers(
            np.array(list(self.rows), np.int32),
            said,
            p_said,
            p_true,
            index,
            self.learnt[index],
            self.forgotten[index],
            self.n_epochs,
            len(self.items),
        )
