"""A whole validation set under every setting of test-time augmentation, worked out once for a run's predictions."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sota_core.functional.tta import combine, rescued_and_broken
from sota_core.inference.predictions import Growth, Stored, growths

Setting = float | None  # β; None, the maximum, which has none


@dataclass(frozen=True, slots=True)
class Balance:
    """What the combination makes of the set: the share that is right, and how many it set right and spoilt."""

    accuracy: float
    n_rescued: int
    n_broken: int


@dataclass(frozen=True, slots=True, eq=False)
class Sweep:
    """The set under every setting.

    plain     accuracy of the plain view alone
    balances  by n and setting
    growths   accuracy by number of views, by setting
    """

    n_pictures: int
    n_views: int
    plain: float
    balances: Mapping[tuple[int, Setting], Balance]
    growths: Mapping[Setting, Sequence[Growth]]

    def balance(self, n: int, beta: float, use_max: bool) -> Balance:
        """With the first n views; with all there are, where they are fewer."""
        return self.balances[min(n, self.n_views), None if use_max else beta]

    def growth(self, beta: float, use_max: bool) -> Sequence[Growth]:
        return self.growths[None if use_max else beta]


def sweep(stored: Stored, betas: Sequence[float], most: int) -> Sweep:
    """Every n up to `most` with every β, and the maximum. Blocking: some tenths of a second for 500 pictures."""
    settings: list[Setting] = [*betas, None]
    found: dict[tuple[int, Setting], Balance] = {}
    for n in range(1, min(most, stored.n_views) + 1):
        # the mean (or maximum) of n views stands for all of them: combine treats it as one view
        mean, largest = stored.views[:n].mean(0)[None], stored.views[:n].max(0)[None]
        for beta in settings:
            both = combine(stored.plain, mean, beta) if beta is not None else combine(stored.plain, largest, 0, True)
            rescued, broken = rescued_and_broken(stored.plain, both, stored.labels)
            found[n, beta] = Balance(stored.accuracy(both), len(rescued), len(broken))
    grown = dict(zip(betas, growths(stored, betas), strict=True))
    curves = {**grown, None: growths(stored, [0.0], use_max=True)[0]}
    return Sweep(len(stored), stored.n_views, stored.accuracy(stored.plain), found, curves)
