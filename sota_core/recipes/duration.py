"""How long a run will take, part by part, learned from the runs this machine has finished. Pure.

The net's time is computed from two numbers, seconds per picture and seconds per multiply-add. They are fitted to the
known runs, with the measured or assumed throughput as a weak prior (_PRIOR). Recipes are still scaled by the
throughput (`scaling.scaled`): so two learners who ask for a minute get the same recipe, whoever asks first.
"""

import statistics
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from sota_core.recipes.recipe import Recipe
from sota_core.recipes.scaling import TRAIN_FACTOR, macs, n_quick, parts_of
from sota_core.recipes.throughput import Throughput

MOST = 20  # only so many runs count, the latest: a machine changes
MOST_CORNERED = 500  # validation pictures that are also predicted from centre and corners: five passes over these
START_S = 0.5  # of a process that has imported fastai already
DECODE_S = 0.9e-3  # per picture, once for each set and size
EXPORT_S = 2.0  # of the small net; the exporter's own imports are most of it
_PRIOR = 0.1  # the throughput counts as a tenth of a run
_ROUNDS = 8
_PREDICTED = 3  # pictures that are only predicted take as long as one that is trained on; each is opened all the same


@dataclass(frozen=True, slots=True)
class Duration:
    """Seconds of each part.

    reading     starting the process, listing the pictures, decoding them once
    training    the epochs without validation
    validation  the one after each epoch, and the last one on all pictures
    tta         the augmented views, and centre and corners of some pictures
    export      writing the files to keep
    """

    reading: float
    training: float
    validation: float
    tta: float
    export: float

    @property
    def total(self) -> float:
        return self.reading + self.training + self.validation + self.tta + self.export

    @property
    def fit(self) -> float:
        """About what `summary.seconds` counts, the epochs and their validation; here the last one is included too."""
        return self.training + self.validation


@dataclass(frozen=True, slots=True)
class Past:
    """The seconds a finished run took for its parts, with n_train pictures an epoch and n_valid in the last pass.

    answers  the last validation and all TTA views, centre and corners included
    """

    recipe: Recipe
    n_train: int
    n_valid: int
    reading: float
    fit: float
    answers: float
    export: float


@dataclass(frozen=True, slots=True)
class _Work:
    """The work that seconds are computed from: pictures (only predicted: 1 / _PREDICTED each), multiply-adds."""

    pictures: float
    macs: float

    def seconds(self, image_s: float, mac_s: float) -> float:
        return self.pictures * image_s + self.macs * mac_s


def expect(recipe: Recipe, throughput: Throughput, past: Sequence[Past], *, n_train: int, n_valid: int) -> Duration:
    """How long the recipe will take on a set with n_train and n_valid pictures in its parts (as scaling.parts_of).

    past  finished runs, newest first, of any net, size and set. Runs on another device (the CPU beside a card, or the
          card) never count. Runs by another loader, which is several times faster or slower, count only if there is
          none by this one
    """
    there = [p for p in past if throughput.is_elsewhere(p.recipe) == throughput.is_elsewhere(recipe)]
    throughput = throughput.of(recipe)
    alike = [p for p in there if p.recipe.loader == recipe.loader][:MOST]
    known = alike or there[:MOST]
    opening_s = 0.0 if alike else throughput.opening_s(recipe)
    n_train, n_valid = parts_of(recipe, n_train=n_train, n_valid=n_valid)
    n_train = max(1, round(n_train * recipe.subset))
    image_s, mac_s = _fitted(
        ((_fit_work(p.recipe, p.n_train, p.n_valid, throughput), p.fit) for p in known), throughput
    )
    train, valid = _parts(recipe, n_train, n_valid, throughput)
    one_pass = _pass(recipe, n_valid, throughput)
    answer = n_valid * opening_s + one_pass.seconds(image_s, mac_s) * _ratio(
        (
            p.answers,
            (1 + more_passes(p.recipe, p.n_valid)) * _pass(p.recipe, p.n_valid, throughput).seconds(image_s, mac_s),
        )
        for p in alike
    )
    same_set = [p.reading for p in alike if (p.recipe.source, p.recipe.presize) == (recipe.source, recipe.presize)]
    decodes = recipe.loader == "cache"
    unread = START_S + ((n_train / recipe.subset + n_valid) * DECODE_S if decodes else 0.0)
    return Duration(
        reading=min(same_set, default=unread),
        training=train.seconds(image_s, mac_s) + train.pictures * opening_s,
        validation=valid.seconds(image_s, mac_s) + _PREDICTED * valid.pictures * opening_s + answer,
        tta=more_passes(recipe, n_valid) * answer,
        export=statistics.median([p.export for p in known]) if known else EXPORT_S,
    )


def more_passes(recipe: Recipe, n_valid: int) -> float:
    """Passes over all validation pictures after the plain one: augmented views, and centre and corners.

    Centre and corners, five passes over MOST_CORNERED pictures at most, count by the share of these in all.

    >>> more_passes(Recipe(tta_n=4), 5000), more_passes(Recipe(tta_n=0), 5000)
    (4.5, 0.0)
    """
    return float(recipe.tta_n and recipe.tta_n + 5 * min(MOST_CORNERED, n_valid) / max(n_valid, 1))


def _parts(recipe: Recipe, n_train: int, n_valid: int, throughput: Throughput) -> tuple[_Work, _Work]:
    """The work of training and that of validation, over all epochs."""
    speedup = 1.0 if recipe.precision == "fp32" else throughput.mixed_speedup
    quick = n_quick(recipe, n_valid)
    trained = answered = trained_macs = answered_macs = 0.0
    for phase in recipe.phases:
        each = macs(recipe.arch, recipe.width, phase.size) / speedup
        trained += phase.total_epochs * n_train
        answered += phase.total_epochs * quick / _PREDICTED
        trained_macs += phase.total_epochs * n_train * TRAIN_FACTOR * each
        answered_macs += phase.total_epochs * quick * each
    return _Work(trained, trained_macs), _Work(answered, answered_macs)


def _fit_work(recipe: Recipe, n_train: int, n_valid: int, throughput: Throughput) -> _Work:
    train, valid = _parts(recipe, n_train, n_valid, throughput)
    return _Work(train.pictures + valid.pictures, train.macs + valid.macs)


def _pass(recipe: Recipe, n_valid: int, throughput: Throughput) -> _Work:
    """One pass over all validation pictures, in fp32."""
    return _Work(n_valid / _PREDICTED, n_valid * macs(recipe.arch, recipe.width, recipe.phases[-1].size))


def _ratio(pairs: Iterable[tuple[float, float]]) -> float:
    """The median of taken / expected; 1 if nothing is known."""
    found = [taken / expected for taken, expected in pairs if taken > 0 and expected > 0]
    return statistics.median(found) if found else 1.0


def _fitted(runs: Iterable[tuple[_Work, float]], throughput: Throughput) -> tuple[float, float]:
    """Seconds per picture and per multiply-add: least squares of relative errors; a run far from the rest counts less.

    The prior, where the fit also starts, is the throughput's two numbers, both times the runs' median ratio.
    """
    image_s, mac_s = throughput.image_s, 1 / throughput.macs_per_s
    known = [(work, seconds) for work, seconds in runs if seconds > 0]
    if not known:
        return image_s, mac_s
    scale = _ratio((seconds, work.seconds(image_s, mac_s)) for work, seconds in known)
    start = image_s, mac_s = scale * image_s, scale * mac_s
    for _ in range(_ROUNDS):
        rows = [((_PRIOR) ** 0.5, 0.0, _PRIOR**0.5), (0.0, _PRIOR**0.5, _PRIOR**0.5)]
        for work, seconds in known:
            error = abs(work.seconds(image_s, mac_s) / seconds - 1)
            weight = 1 / max(1.0, error / 0.1) ** 0.5  # Huber's: an error of up to a tenth counts in full
            rows.append((
                weight * work.pictures * start[0] / seconds, weight * work.macs * start[1] / seconds, weight
            ))  # fmt: skip
        a, b = _least_squares(rows)
        image_s, mac_s = a * start[0], b * start[1]
    return image_s, mac_s


def _least_squares(rows: Sequence[tuple[float, float, float]]) -> tuple[float, float]:
    """a, b ≥ 0 with a·row[0] + b·row[1] nearest to row[2] over all rows."""
    xx, xy, yy = (sum(r[i] * r[j] for r in rows) for i, j in ((0, 0), (0, 1), (1, 1)))
    xz, yz = (sum(r[i] * r[2] for r in rows) for i in (0, 1))
    determinant = xx * yy - xy * xy
    a, b = (yy * xz - xy * yz) / determinant, (xx * yz - xy * xz) / determinant
    if a < 0:
        return 0.0, yz / yy
    if b < 0:
        return xz / xx, 0.0
    return a, b
