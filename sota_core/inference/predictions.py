"""What a run predicted, read back: every view's probabilities of every validation picture, recombined at will.

No inference here. The maths is functional/tta.py's.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from sota_core.data.pictures.view import N_CORNER_VIEWS
from sota_core.errors import DataError
from sota_core.functional.smoothing import log_probs
from sota_core.functional.tta import accuracy, combine, combine_logits
from sota_core.inference.arrays import arrays_of, refused
from sota_core.language import tr

PREDICTIONS = "predictions.npz"
MEAN, LOG_ODDS, MAXIMUM = RULES = ("mean", "log-odds", "maximum")
N_ORDERS = 12  # random orders of the views, for the accuracy by their number
SEEN = ("squish", "pad")
"""Other ways to resize the same validation pictures. Only some files have predictions for them, among them the
shipped model's."""
_MAYBE = dict.fromkeys(SEEN, "B N") | {
    **{"featured": "M", "component_share": "K", "components": "M K"},
    **{"cornered": "C", "corners": f"{N_CORNER_VIEWS} C N"},
}


@dataclass(frozen=True, slots=True, eq=False)
class Features:
    """What the last layer was given for M of the pictures, along K principal components.

    Shapes
        index       (M,)    int64, which of the pictures
        components  (M, K)  float32; the root mean square distance from their mean is 1, less what K components miss
        share       (K,)    each component's share of the features' variance
    """

    index: np.ndarray
    components: np.ndarray
    share: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Cornered:
    """Probabilities of M of the pictures, predicted from their centre and corners.

    Shapes
        index  (M,)       int64, which of the pictures
        probs  (5, M, N)
    """

    index: np.ndarray
    probs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Stored:
    """Probabilities of B validation pictures.

    Shapes
        plain    (B, N)
        views    (V, B, N)  augmented views, possibly none
        labels   (B,)       int64
        names    B paths below the data set's folder
        classes  N folder names
        others   squish and pad (B, N): only where the file has them
        features  of some of the pictures; None if the run kept none, as older runs did
        cornered  the same
    """

    plain: np.ndarray
    views: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    classes: tuple[str, ...]
    others: dict[str, np.ndarray] = field(default_factory=dict)
    features: Features | None = None
    cornered: Cornered | None = None

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def n_views(self) -> int:
        return len(self.views)

    def seen_as(self, views: np.ndarray) -> "Stored":
        """The same pictures, with other augmented views (V, B, N)."""
        return replace(self, views=views)

    def combined(self, n: int, beta: float, rule: str = MEAN) -> np.ndarray:
        """Plain and the first n views, combined; plain alone for n = 0.

        Shapes
            returns  (B, N)
        """
        if not n:
            return self.plain
        return combined(self.plain, self.views[:n], beta, rule)

    def accuracy(self, probs: np.ndarray) -> float:
        return accuracy(probs, self.labels)


@dataclass(frozen=True, slots=True)
class Growth:
    """Accuracy with k views, over several random choices of which views they are."""

    k: int
    mean: float
    low: float
    high: float


def rule_of(use_max: bool, log_odds: bool = False) -> str:
    """One of RULES: the maximum if use_max, else the mean of log-odds if log_odds, else fastai's mean."""
    return MAXIMUM if use_max else LOG_ODDS if log_odds else MEAN


def combined(plain: np.ndarray, views: np.ndarray, beta: float, rule: str) -> np.ndarray:
    """Combine the plain prediction with those of V views by one of RULES.

    Shapes
        plain    (B, N)
        views    (V, B, N)
        returns  (B, N)
    """
    return combine_logits(plain, views, beta) if rule == LOG_ODDS else combine(plain, views, beta, rule == MAXIMUM)


def load_stored(path: Path) -> Stored:
    """Read predictions.npz. Blocking, some milliseconds; reads no pickle.

    Raises
        DataError  not what a run writes: an array is missing, or shapes disagree; or the net diverged, whose answers
                   are no numbers.
    """
    what = "the predictions of a run"
    arrays = arrays_of(
        path, what, plain="B N", views="V B N", labels="B", names="text B", classes="text N", maybe=_MAYBE
    )
    stored = Stored(
        plain=arrays["plain"],
        views=arrays["views"],
        labels=arrays["labels"].astype(np.int64),
        names=tuple(arrays["names"].tolist()),
        classes=tuple(arrays["classes"].tolist()),
        others={name: arrays[name] for name in SEEN if name in arrays},
        features=_features(arrays),
        cornered=_cornered(arrays),
    )
    if not (np.isfinite(stored.plain).all() and np.isfinite(stored.views).all()):
        raise DataError(tr("The run's loss stopped being a number, so it has no probabilities."))
    for name, of in (("components", stored.features), ("corners", stored.cornered)):
        if of is not None and not ((of.index >= 0) & (of.index < len(stored))).all():
            raise refused(path, what, f"{name} must be of pictures in [0, {len(stored)})")
    if (at := stored.cornered) is not None and at.probs.shape[1] != len(at.index):
        raise refused(path, what, f"corners without cornered must be of all {len(stored)} pictures")
    return stored


def _features(arrays: dict[str, np.ndarray]) -> Features | None:
    if not {"featured", "components", "component_share"} <= arrays.keys():
        return None
    index, share = arrays["featured"].astype(np.int64), arrays["component_share"]
    return Features(index, arrays["components"].astype(np.float32), share)


def _cornered(arrays: dict[str, np.ndarray]) -> Cornered | None:
    """None if there are none; without `cornered` they are of all pictures."""
    if "corners" not in arrays:
        return None
    index = arrays["cornered"] if "cornered" in arrays else np.arange(len(arrays["labels"]))
    return Cornered(index.astype(np.int64), arrays["corners"])


def growth(stored: Stored, beta: float, rule: str = MEAN, *, n_orders: int = N_ORDERS, seed: int = 0) -> list[Growth]:
    """Accuracy by number of views, 0 … V: mean, lowest and highest over random orders of the stored views.

    Which views come first is chance; one order alone would show its luck as if it were a law.
    """
    return growths(stored, [beta], rule, n_orders=n_orders, seed=seed)[0]


def growths(
    stored: Stored, betas: Sequence[float], rule: str = MEAN, *, n_orders: int = N_ORDERS, seed: int = 0
) -> list[list[Growth]]:
    """The same for each β, all with the same orders of the views."""
    plain = stored.accuracy(stored.plain)
    rng = np.random.default_rng(seed)
    # the leading class of combined log p is that of the softmax which combine_logits makes of it
    scores = [log_probs(p) if rule == LOG_ODDS else p for p in (stored.plain, stored.views)]
    use_max = rule == MAXIMUM
    reached = np.empty((len(betas), n_orders, stored.n_views))
    for i in range(n_orders if stored.n_views else 0):
        views = scores[1][rng.permutation(stored.n_views)]
        # the first k views' mean (or maximum) stands for these k views: combine takes it as one view; the values of
        # all k go in at once, as that many more pictures
        counts = np.arange(1, stored.n_views + 1, dtype=views.dtype)[:, None, None]
        so_far = np.maximum.accumulate(views) if use_max else np.cumsum(views, axis=0) / counts
        plains = np.broadcast_to(scores[0], so_far.shape).reshape(-1, so_far.shape[-1])
        for j, beta in enumerate(betas):
            combined = combine(plains, so_far.reshape(1, *plains.shape), beta, use_max).reshape(so_far.shape)
            reached[j, i] = (combined.argmax(-1) == stored.labels).mean(-1)
    return [
        [Growth(0, plain, plain, plain)]
        + [Growth(k, *(float(f(column)) for f in (np.mean, np.min, np.max))) for k, column in enumerate(rows.T, 1)]
        for rows in reached
    ]
