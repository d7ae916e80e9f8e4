"""One net, the same pictures, several kinds of statistics: how much its answers depend on getting its own.

The wrong ones are mistakes that happen: forgotten, another data set's, ÷ 255 left out, applied twice.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sota_core.data.pictures.drawing import Drawn
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, Stats
from sota_core.inference.model import ExportedModel, probabilities
from sota_core.language import N_

NO_STATS: Stats = ((0.0,) * 3, (1.0,) * 3)
OWN, NONE, IMAGENET, RAW, TWICE, YOURS = "own", "none", "imagenet", "raw", "twice", "yours"
LABELS = {
    OWN: N_("its own"),
    NONE: N_("none at all"),
    IMAGENET: N_("ImageNet's"),
    TWICE: N_("its own, twice"),
    RAW: N_("÷ 255 forgotten"),
    YOURS: N_("yours, chosen above"),
}


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What the net said under one kind of statistics.

    Shapes
        probs     (B, N)  float32
        is_right  (B,)    bool
    """

    stats: Stats
    probs: np.ndarray
    is_right: np.ndarray

    @property
    def accuracy(self) -> float:
        return float(self.is_right.mean())


def own_stats(model: ExportedModel) -> Stats:
    """The model's statistics; (0, 0, 0) and (1, 1, 1), which change nothing, if it was trained without."""
    return NO_STATS if model.mean is None or model.std is None else (model.mean, model.std)


def alternatives(model: ExportedModel, yours: Stats | None = None) -> dict[str, Stats]:
    """Every kind worth trying on this model, its own first; those equal to its own are left out.

    Applied twice: ((x − m)/s − m)/s = (x − (m + s·m)) / s². Without ÷ 255: (255·x − m)/s = (x − m/255) / (s/255).
    """
    mean, std = own_stats(model)
    found: dict[str, Stats] = {
        OWN: (mean, std),
        NONE: NO_STATS,
        IMAGENET: (IMAGENET_MEAN, IMAGENET_STD),
        TWICE: (tuple(m + s * m for m, s in zip(mean, std, strict=True)), tuple(s**2 for s in std)),
        RAW: (tuple(m / 255 for m in mean), tuple(s / 255 for s in std)),
    }
    if yours is not None:
        found[YOURS] = yours
    return {key: stats for key, stats in found.items() if key == OWN or not _alike(stats, (mean, std))}


def examine(model: ExportedModel, drawn: Drawn, kinds: Mapping[str, Stats]) -> dict[str, Answers]:
    """Ask the net about the same B pictures under each kind. Blocking: one pass over the pictures a kind.

    If the net does not know a picture's class, its answer counts as wrong, whatever it is.
    """
    views = np.stack([model.view(picture) for picture in drawn.pictures])
    truth = np.array([drawn.names[label] for label in drawn.labels])
    names = np.array(model.names)
    found = {}
    for key, (mean, std) in kinds.items():
        probs = probabilities(model, views, mean, std)
        found[key] = Answers((mean, std), probs, names[probs.argmax(axis=1)] == truth)
    return found


def _alike(one: Stats, other: Stats) -> bool:
    return bool(np.allclose(one, other, atol=1e-3))
