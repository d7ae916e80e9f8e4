"""A whole validation set under every setting of test-time augmentation, worked out once for a run's predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from sota_core.functional.tta import rescued_and_broken
from sota_core.inference.arrays import arrays_of
from sota_core.inference.predictions import MAXIMUM, N_ORDERS, RULES, Growth, Stored, growths

SWEEP = "sweep.npz"
TRAINED = 1.0  # the strength of a run's own views


@dataclass(frozen=True, slots=True)
class Balance:
    """What the combination makes of the set: its accuracy, and how many pictures it set right and spoilt."""

    accuracy: float
    n_rescued: int
    n_broken: int


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The set under every setting.

    plain      accuracy of the plain view alone
    strengths  of the augmentations, rising; a run's own views are of strength 1

    Shapes
        rescued, broken  (S, 3, n, β)     int, by strength, rule, number of views up to `most`, and β
        grown            (S, 3, β, V, 3)  float, accuracy with 1 … V views: mean, lowest and highest over orders
    """

    n_pictures: int
    plain: float
    betas: tuple[float, ...]
    strengths: tuple[float, ...]
    rescued: np.ndarray
    broken: np.ndarray
    grown: np.ndarray

    @property
    def n_views(self) -> int:
        return self.grown.shape[3]

    def has(self, strength: float) -> bool:
        return strength in self.strengths

    def balance(self, n: int, beta: float, rule: str, strength: float = TRAINED) -> Balance:
        """With the first n views, or all if there are fewer; at the run's own strength if this one was not computed."""
        at = *self._of(rule, strength), min(n, self.rescued.shape[2]) - 1, self.betas.index(beta)
        rescued, broken = int(self.rescued[at]), int(self.broken[at])
        n_right = round(self.plain * self.n_pictures) + rescued - broken
        return Balance(n_right / self.n_pictures, rescued, broken)

    def growth(self, beta: float, rule: str, strength: float = TRAINED) -> list[Growth]:
        """Accuracy by number of views, 0 … V; at the run's own strength if this one was not computed."""
        rows = self.grown[*self._of(rule, strength), self.betas.index(beta)].tolist()
        return [Growth(0, self.plain, self.plain, self.plain), *(Growth(k, *row) for k, row in enumerate(rows, 1))]

    def _of(self, rule: str, strength: float) -> tuple[int, int]:
        return self.strengths.index(strength if self.has(strength) else TRAINED), RULES.index(rule)


def sweep(
    stored: Stored, betas: Sequence[float], most: int, stretched: Mapping[float, np.ndarray] | None = None
) -> Sweep:
    """Work out every n up to `most`, every β and rule. Blocking: half a second a strength for 500 pictures, 12 views.

    stretched  strength → (V, B, N), views of other strengths than the run's own
    """
    by_strength = dict(sorted({**(stretched or {}), TRAINED: stored.views}.items()))
    of = [stored.seen_as(views) for views in by_strength.values()]
    counts = np.stack([[_counts(one, betas, most, rule) for rule in RULES] for one in of])
    grown = np.stack([[_grown(one, betas, rule) for rule in RULES] for one in of])
    plain = stored.accuracy(stored.plain)
    return Sweep(len(stored), plain, tuple(betas), tuple(by_strength), counts[..., 0], counts[..., 1], grown)


def _counts(stored: Stored, betas: Sequence[float], most: int, rule: str) -> np.ndarray:
    """Rescued and broken. (n, β, 2)"""

    @cache
    def at(n: int, beta: float) -> tuple[int, int]:
        found = rescued_and_broken(stored.plain, stored.combined(n, beta, rule), stored.labels)
        return len(found[0]), len(found[1])

    ns = range(1, min(most, stored.n_views) + 1)
    return np.array([[at(n, 0.0 if rule == MAXIMUM else beta) for beta in betas] for n in ns], np.int64)


def _grown(stored: Stored, betas: Sequence[float], rule: str) -> np.ndarray:
    """(β, V, 3)"""
    curves = growths(stored, [0.0] if rule == MAXIMUM else betas, rule)
    rows = np.array([[(g.mean, g.low, g.high) for g in curve[1:]] for curve in curves])
    return np.broadcast_to(rows, (len(betas), *rows.shape[1:]))


def save(path: Path, swept: Sweep) -> None:
    """Store a sweep, so that nobody has to wait for it."""
    arrays = {name: getattr(swept, name) for name in ("n_pictures", "plain", "betas", "strengths")}
    arrays |= {"rescued": swept.rescued.astype(np.int16), "broken": swept.broken.astype(np.int16)}
    in_counts = np.rint(swept.grown * swept.n_pictures * N_ORDERS).astype(np.int32)  # whole: means over orders
    np.savez_compressed(path, **arrays, grown=in_counts)


def load(path: Path) -> Sweep:
    """Read what `save` wrote. Blocking, some milliseconds; reads no pickle.

    Raises
        DataError  the file holds something else.
    """
    arrays = arrays_of(
        path,
        "a set under test-time augmentation",
        n_pictures="",
        plain="",
        betas="β",
        strengths="S",
        rescued="S 3 n β",
        broken="S 3 n β",
        grown="S 3 β V 3",
    )
    n_pictures = int(arrays["n_pictures"])
    return Sweep(
        n_pictures=n_pictures,
        plain=float(arrays["plain"]),
        betas=tuple(arrays["betas"].tolist()),
        strengths=tuple(arrays["strengths"].tolist()),
        rescued=arrays["rescued"],
        broken=arrays["broken"],
        grown=arrays["grown"] / (n_pictures * N_ORDERS),
    )
