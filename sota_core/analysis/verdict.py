"""Three sentences a teacher would say about a finished run, from its numbers alone."""

from sota_core import words
from sota_core.analysis.noise import are_few, chance_apart, chance_of
from sota_core.analysis.series import EpochRow, Series, TtaPass
from sota_core.language import tr, tr_n
from sota_core.recipes import Recipe
from sota_core.recipes.traits import known_before

OVERFIT = 0.15  # share of the training loss by which the validation loss must lie above it
LEAST = 0.05  # and at least by so much: near 0 a share of the loss is smaller than what one picture makes


def sentences(series: Series, recipe: Recipe) -> list[str]:
    """What the epochs did, how train and validation loss compare, what TTA did and cost.

    Fewer than three where the run has not got that far; never a claim the numbers do not carry.
    """
    said = []
    if series.epochs:
        said += [" ".join(filter(None, (_epochs(series, recipe), _on_all(series)))), _gap(series.epochs[-1], recipe)]
    if len(series.tta) > 1:
        said.append(_tta(series, recipe))
    return said


def _epochs(series: Series, recipe: Recipe) -> str:
    rows = series.epochs
    best = max(range(len(rows)), key=lambda i: (rows[i].accuracy, i))  # the last of equals: nothing was lost since
    n = rows[best].n_valid or series.n_valid or 0
    chance = chance_of(rows[best].accuracy, n)
    is_whole = len(rows) >= recipe.total_epochs
    told = {
        "right": tr_n(
            "{accuracy} of {n} validation picture right",
            "{accuracy} of {n} validation pictures right",
            n,
            accuracy=words.percent(rows[best].accuracy),
        ),
        "chance": words.number(100 * chance, 1),
    }
    if len(rows) == 1:
        start = (
            tr("The first epoch ended with {right}, give or take {chance} points", **told)
            if recipe.total_epochs > 1
            else tr("The only epoch ended with {right}, give or take {chance} points", **told)
        )
        return tr("{best}; one epoch shows no trend.", best=start)
    equals = [i for i, row in enumerate(rows) if row.accuracy == rows[best].accuracy]
    if best == len(rows) - 1:
        start = tr("Of {n} epochs the last was best, with {right}, give or take {chance} points", n=len(rows), **told)
    elif len(equals) > 1:
        start = tr(
            "Of {n} epochs numbers {some}, counted from 1, were the best, with {right}, give or take {chance} points",
            n=len(rows),
            some=tr(" and ").join([", ".join(str(i + 1) for i in equals[:-1]), str(best + 1)]),
            **told,
        )
    else:
        # the table beside it counts from 0, each phase anew, as fastai does
        start = tr(
            "Of {n} epochs the best was number {best}, counted from 1, with {right}, give or take {chance} points",
            n=len(rows),
            best=best + 1,
            **told,
        )
    if best == len(rows) - 1 and not is_whole:
        return tr("{best}; the schedule had not ended, and accuracy usually rises as its rate falls.", best=start)
    if best == len(rows) - 1:
        rise = rows[-1].accuracy - rows[-2].accuracy
        if rise == 0:
            return tr("{best}, as good as the one before.", best=start)
        if len(equals) > 1:
            return tr("{best}; number {earlier}, counted from 1, was as good.", best=start, earlier=equals[-2] + 1)
        if last_rise(series) > 0:
            return tr(
                "{best}. At the end accuracy rose by {rise} points, as usual when the schedule's rate falls: "
                "whether more epochs reach more, only a longer run can show, since its schedule is another one.",
                best=start,
                rise=_points(rise),
            )
        return tr(
            "{best}. At the end accuracy rose by {rise} points, as usual when the schedule's rate falls, but "
            "chance alone could explain that.",
            best=start,
            rise=_points(rise),
        )
    fall = rows[best].accuracy - rows[-1].accuracy
    lower = _points(fall)
    if fall <= chance:
        return tr(
            "{best}; the last one lies {fall} points lower, which chance alone could explain.", best=start, fall=lower
        )
    return tr("{best}; the last one lies {fall} points lower, more than chance explains.", best=start, fall=lower)


def _points(difference: float) -> str:
    """A difference above 0 in percentage points; one picture of many is less than a tenth, yet must not read 0.0."""
    return words.number(100 * difference, 1) if difference >= 0.0005 else words.short(100 * difference, 1)


def _on_all(series: Series) -> str:
    """Why the last epoch and the result differ: counted on a part of the pictures, or in fewer bits."""
    last, result = series.epochs[-1], series.tta[0] if series.tta else None
    if result is None or not last.n_valid:
        return ""
    accuracy = words.percent(result.accuracy)
    if last.n_valid < result.n:
        return tr(
            "Epochs are counted on {n} of the {of} validation pictures; on all of them the finished net gets "
            "{accuracy}.",
            n=words.count(last.n_valid),
            of=words.count(result.n),
            accuracy=accuracy,
        )
    if accuracy != words.percent(last.accuracy) and series.precision in ("bf16", "fp16"):
        return tr(
            "At the end the same pictures are validated once more, in fp32 instead of {precision}: {accuracy}, "
            "since rounding flips answers that are nearly ties.",
            precision=series.precision,
            accuracy=accuracy,
        )
    return ""


def _gap(row: EpochRow, recipe: Recipe) -> str:
    if row.train_loss is None or row.valid_loss is None:
        return tr("The loss stopped being a number: the learning rate is too high for this net.")
    pair = {"train": words.loss(row.train_loss), "valid": words.loss(row.valid_loss)}
    why = _why_not_comparable(recipe)
    plain = words.loss(row.valid_ce) if recipe.label_smoothing and row.valid_ce else ""  # else it is the loss itself
    if why and plain:
        return tr(
            "Do not compare training loss {train} and validation loss {valid}: {why}; plain cross-entropy on the "
            "validation pictures is {plain}.",
            **pair,
            why=why,
            plain=plain,
        )
    if why:
        return tr("Do not compare training loss {train} and validation loss {valid}: {why}.", **pair, why=why)
    gap = row.valid_loss - row.train_loss
    if is_overfit(row, recipe):
        meaning = tr("the net knows its training pictures better than new ones")
    elif leaked := trained_on(recipe, row.phase):
        meaning = tr(
            "but about {share} of these validation pictures had been trained on in an earlier phase",
            share=words.share(leaked),
        )
    elif known := known_before(recipe):
        meaning = tr(
            "but the net that this run started from had already been trained on about {share} of these validation "
            "pictures",
            share=words.share(known),
        )
    elif gap < -0.05 * row.train_loss:
        meaning = tr(
            "this is normal, since the training loss is a running mean over augmented, harder pictures, so it "
            "lags behind and lies above; dropout, which can do the same, is off in these nets"
        )
    elif recipe.label_smoothing:
        meaning = tr("both are smoothed, so both have the same floor above 0")
    else:
        meaning = tr("the net does about as well on new pictures as on the augmented training ones")
    said = tr(
        "Training loss {train} and validation loss {valid} lie {gap} apart: {meaning}.",
        **pair,
        gap=words.loss(abs(round(row.valid_loss, 3) - round(row.train_loss, 3))),  # as a reader subtracts
        meaning=meaning,
    )
    if not plain:
        return said
    return f"{said} " + tr(
        "Plain cross-entropy on the validation pictures, the loss to compare with other runs, is {plain}.", plain=plain
    )


def is_overfit(row: EpochRow, recipe: Recipe) -> bool:
    """Does the net know its training pictures clearly better than new ones? False if the losses are not comparable."""
    if row.train_loss is None or row.valid_loss is None or _why_not_comparable(recipe):
        return False
    return row.valid_loss - row.train_loss > max(LEAST, OVERFIT * row.train_loss)


def trained_on(recipe: Recipe, phase: int) -> float:
    """The share of this phase's validation pictures that an earlier phase trained on: above 0 only with `resplit`.

    Each phase draws its split anew (`split_items`), so an earlier one trained on a picture with a chance of four
    fifths, times the share of the training pictures that the recipe takes.

    >>> leak = Recipe(split="random20", resplit=True)
    >>> trained_on(leak, 0), round(trained_on(leak, 1), 2), round(trained_on(leak, 2), 2)
    (0.0, 0.8, 0.96)
    """
    return 1 - (1 - 0.8 * recipe.subset) ** phase if recipe.resplit else 0.0


def last_rise(series: Series) -> float:
    """How much accuracy rose in the last epoch, if that is the best one and it rose by more than chance; else 0."""
    rows = series.epochs
    if len(rows) < 2 or max(row.accuracy for row in rows[:-1]) >= rows[-1].accuracy:
        return 0.0
    rise = rows[-1].accuracy - rows[-2].accuracy
    return rise if rise > chance_of(rows[-1].accuracy, rows[-1].n_valid or series.n_valid or 0) else 0.0


def _why_not_comparable(recipe: Recipe) -> str:
    if recipe.mixup_alpha:
        return tr("mixup blends the training pictures and their targets, never the validation ones")
    if recipe.cutmix_alpha:
        return tr("CutMix cuts up the training pictures and their targets, never the validation ones")
    if recipe.label_noise:
        return tr("{share} of the training labels are wrong on purpose", share=words.asked_share(recipe.label_noise))
    return ""


def _tta(series: Series, recipe: Recipe) -> str:
    plain, last = series.tta[0], series.tta[-1]
    change = last.accuracy - plain.accuracy
    pictures = round(change * last.n)
    views, n_passes = tr_n("{n} augmented view", "{n} augmented views", last.k), last.k + 1
    before, after, of = words.percent(plain.accuracy), words.percent(last.accuracy), words.count(last.n)
    if before == after:
        before, after = words.percent(plain.accuracy, 2), words.percent(last.accuracy, 2)
    if pictures == 0:
        return tr(
            "{views} changed nothing on balance ({accuracy}), at the cost of {n_passes} passes over the "
            "pictures instead of one.",
            views=views,
            accuracy=after,
            n_passes=n_passes,
        )
    if recipe.tta_use_max:
        views = tr_n("{n} augmented view by their maximum", "{n} augmented views by their maximum", last.k)
    if change > 0:
        return tr(
            "{views} raised accuracy from {before} to {after}, {right}, at the cost of {n_passes} passes over "
            "the pictures instead of one.",
            views=views,
            before=before,
            after=after,
            right=tr_n("{n} more picture of {of} right", "{n} more pictures of {of} right", pictures, of=of)
            + _doubt(plain, last),
            n_passes=n_passes,
        )
    return tr(
        "{views} lowered accuracy from {before} to {after}, {right}, at the cost of {n_passes} passes over the "
        "pictures instead of one.",
        views=views,
        before=before,
        after=after,
        right=tr_n("{n} fewer picture of {of} right", "{n} fewer pictures of {of} right", -pictures, of=of)
        + _doubt(plain, last),
        n_passes=n_passes,
    )


def _doubt(plain: TtaPass, last: TtaPass) -> str:
    """A clause that the change may be chance; "" if it is more than that.

    A run does not keep how many pictures went from wrong to right and how many back. So, unless the change is of few
    pictures, all that can be said is that it need not be more than chance.
    """
    change = abs(last.accuracy - plain.accuracy)
    if are_few(round(change * last.n)):
        return ", " + tr("too few to tell from chance")
    if change <= chance_apart(plain.accuracy, last.accuracy, last.n):
        return ", " + tr("which may be no more than chance")
    return ""
