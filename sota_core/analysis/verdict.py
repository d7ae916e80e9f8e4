"""Three sentences a teacher would say about a finished run, from its numbers alone."""

from sota_core import words
from sota_core.analysis.noise import chance_of
from sota_core.analysis.series import EpochRow, Series
from sota_core.recipes import Recipe

OVERFIT = 0.15  # of the training loss


def sentences(series: Series, recipe: Recipe) -> list[str]:
    """What the epochs did, how train and validation loss compare, what TTA did and cost.

    Fewer than three where the run has not got that far; never a claim the numbers do not carry.
    """
    said = []
    if series.epochs:
        said += [_epochs(series, recipe), _gap(series.epochs[-1], recipe)]
    if len(series.tta) > 1:
        said.append(_tta(series, recipe))
    return said


def _epochs(series: Series, recipe: Recipe) -> str:
    rows = series.epochs
    best = max(range(len(rows)), key=lambda i: rows[i].accuracy)
    n = rows[best].n_valid or series.n_valid or 0
    chance = chance_of(rows[best].accuracy, n)
    right = f"{words.percent(rows[best].accuracy)} of {words.plural(n, 'validation picture')} right"
    margin = f"give or take {100 * chance:.1f} points"
    is_whole = len(rows) >= recipe.total_epochs
    start = f"The best of {words.plural(len(rows), 'epoch')} was number {best + 1}, with {right}, {margin}"
    if len(rows) == 1:
        return start + "; one epoch shows no trend."
    if best == len(rows) - 1 and not is_whole:
        return f"{start}; the schedule had not ended, and where its rate falls accuracy usually rises."
    if best == len(rows) - 1:
        rise = rows[-1].accuracy - rows[-2].accuracy
        if last_rise(series) > 0:
            return (
                f"{start}. A rise at the end is what the schedule's falling rate makes: whether more epochs reach "
                "more, only a longer run can say, for it is another schedule."
            )
        return f"{start}; its last rise of {100 * rise:.1f} points is no more than chance can make."
    fall = rows[best].accuracy - rows[-1].accuracy
    meaning = "which chance alone could explain" if fall <= chance else "more than chance explains"
    return f"{start}; the last one lies {100 * fall:.1f} points lower, {meaning}."


def _gap(row: EpochRow, recipe: Recipe) -> str:
    if row.train_loss is None or row.valid_loss is None:
        return "The loss stopped being a number: the learning rate is too high for this net."
    pair = f"training loss {words.loss(row.train_loss)} and validation loss {words.loss(row.valid_loss)}"
    why = _why_not_comparable(recipe)
    if why:
        plain = (
            f"; plain cross-entropy on the validation pictures is {words.loss(row.valid_ce)}" if row.valid_ce else ""
        )
        return f"Do not compare {pair}: {why}{plain}."
    gap = row.valid_loss - row.train_loss
    if is_overfit(row, recipe):
        meaning = "the net knows its training pictures better than new ones"
    elif gap < -0.05 * row.train_loss:
        meaning = (
            "no fault, for the training loss is a running mean over augmented, harder pictures, so it lags behind and "
            "above; dropout, which can do the same, is off in these nets"
        )
    elif recipe.resplit and len(recipe.phases) > 1:
        meaning = "but most of these validation pictures had been trained on in an earlier phase"
    elif recipe.label_smoothing:
        meaning = "both are smoothed, so both stand on the same floor above 0"
    else:
        meaning = "the net does as well on new pictures as on the augmented training ones"
    return f"{pair[0].upper()}{pair[1:]} lie {abs(gap):.3f} apart: {meaning}."


def is_overfit(row: EpochRow, recipe: Recipe) -> bool:
    """Does the net know its training pictures clearly better than new ones? Never where the losses are two things."""
    if row.train_loss is None or row.valid_loss is None or _why_not_comparable(recipe):
        return False
    return row.valid_loss - row.train_loss > OVERFIT * row.train_loss


def last_rise(series: Series) -> float:
    """How far the last epoch lies above the one before, where it is the best and chance cannot make that; else 0."""
    rows = series.epochs
    if len(rows) < 2 or max(row.accuracy for row in rows[:-1]) >= rows[-1].accuracy:
        return 0.0
    rise = rows[-1].accuracy - rows[-2].accuracy
    return rise if rise > chance_of(rows[-1].accuracy, rows[-1].n_valid or series.n_valid or 0) else 0.0


def _why_not_comparable(recipe: Recipe) -> str:
    if recipe.mixup_alpha:
        return "mixup blends the training pictures and their targets, never the validation ones"
    if recipe.cutmix_alpha:
        return "CutMix cuts up the training pictures and their targets, never the validation ones"
    if recipe.label_noise:
        return f"{words.percent(recipe.label_noise, 0)} of the training labels are wrong on purpose"
    return ""


def _tta(series: Series, recipe: Recipe) -> str:
    plain, last = series.tta[0], series.tta[-1]
    change = last.accuracy - plain.accuracy
    pictures = round(change * last.n)
    views = words.plural(last.k, "augmented view")
    cost = f"at {last.k + 1} passes over the pictures instead of one"
    if pictures == 0:
        return f"{views[0].upper()}{views[1:]} changed nothing in sum ({words.percent(last.accuracy)}), {cost}."
    verb = "raised" if change > 0 else "lowered"
    more = (
        f"{words.plural(abs(pictures), 'picture')} {'more' if change > 0 else 'fewer'} right of {words.count(last.n)}"
    )
    how = " by their maximum" if recipe.tta_use_max else ""
    return (
        f"{views[0].upper()}{views[1:]}{how} {verb} accuracy from {words.percent(plain.accuracy)} "
        f"to {words.percent(last.accuracy)}, {more}, {cost}."
    )
