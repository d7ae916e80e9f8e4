"""Reliability diagram of a run: how often it is right where it is so sure; and what two runs' numbers say, in words."""

from collections.abc import Sequence

import altair as alt

from sota_core import words
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.figures.runs.comparison_table import differing
from sota_core.functional.calibration import N_BINS
from sota_core.functional.smoothing import optimal_logit_gap
from sota_core.inference.calibration import Calibration, change
from sota_core.language import cached, tr, tr_n
from sota_core.recipes import FIELDS, Recipe
from sota_core.recipes.traits import inside

HEIGHT, COUNTS_HEIGHT = 250, 140  # with their axes
SOFTENERS = ("label_smoothing", "mixup_alpha", "cutmix_alpha")  # those techniques that make targets softer
_MARGIN = 46  # of both figures' y axis, so that their bins stand over one another


def reliability_diagram(of: Calibration) -> Figure:
    """Accuracy of each bin of confidence against the diagonal; the gap between them is what ECE adds up."""
    rows = _rows(of)
    gaps = [row | {"y0": min(row["sure"], row["right"]), "y1": max(row["sure"], row["right"])} for row in rows]
    told = "; ".join(tr("{bin}: {share} right", bin=row["bin"], share=row["share"]) for row in rows)
    return Figure(
        _diagram(),
        {"bins": rows, "gaps": gaps, "diagonal": [{"low": 0.0, "right": 0.0}, {"low": 1.0, "right": 1.0}]},
        tr_n(
            "Reliability diagram of {n} answer, accuracy by confidence in {n_bins} bins: {told}.",
            "Reliability diagram of {n} answers, accuracy by confidence in {n_bins} bins: {told}.",
            len(of),
            n_bins=N_BINS,
            told=told,
        ),
    )


def confidence_counts(of: Calibration) -> Figure:
    """How many answers are in each bin."""
    rows = _rows(of)
    told = "; ".join(f"{row['bin']}: {words.count(row['n'])}" for row in rows)
    text = tr("Answers by confidence, in each bin: {told}.", told=told)
    return Figure(_histogram(int(of.counts.max())), {"counts": rows}, text)


def table(found: Sequence[tuple[str, Calibration]]) -> str:
    """A row for each run; the names are markdown."""
    head = tr("| | pictures | accuracy | mean confidence | ECE | by chance alone | logit gap |")
    head += "\n|:--|--:|--:|--:|--:|--:|--:|"
    rows = [
        f"| {name} | {words.count(len(of))} | {words.percent(of.accuracy)} | {words.percent(of.confidence)} "
        f"| **{words.percent(of.ece)}** | "
        + tr("up to {share}", share=words.percent(of.chance_ece))
        + f" | {_gap(of)} |"
        for name, of in found
    ]
    return "\n".join([head, *rows])


def verdict(of: Calibration) -> str:
    """Is it as often right as it is sure?"""
    said = {
        "apart": words.points(abs(_excess(of))).lstrip("+"),
        "pictures": tr_n("{n} picture", "{n} pictures", len(of)),
        "band": f"± {words.number(100 * of.chance, 1)}",
    }
    if abs(of.excess) <= of.chance and of.ece > of.chance_ece:
        return tr(
            "on average as sure as it is right: the difference of {apart} is within what {pictures} leave to "
            "chance ({band}). Bin by bin it is further off: an ECE of {ece}, where chance alone leaves up to "
            "{most}",
            ece=words.percent(of.ece),
            most=words.percent(of.chance_ece),
            **said,
        )
    if abs(of.excess) <= of.chance:
        return tr(
            "as sure as it is right: the difference of {apart} is within what {pictures} leave to chance ({band})",
            **said,
        )
    if of.excess > 0:
        return tr("surer than it is right, by {apart} ({band}, {pictures})", **said)
    return tr("less sure than it is right, by {apart} ({band}, {pictures})", **said)


def what_it_does(recipes: Sequence[Recipe], found: Sequence[Calibration], *, is_paired: bool) -> str:
    """What two runs' numbers say of the techniques that soften the targets, where the runs differ in one.

    is_paired  both were asked about the same pictures, in the same order
    """
    one, two = recipes
    names = [name for name in SOFTENERS if getattr(one, name) != getattr(two, name)]
    if not names:
        shared = [f"{tr(FIELDS[n].label)} {words.number(getattr(one, n), 2)}" for n in SOFTENERS if getattr(one, n)]
        if not shared:
            return tr(
                "These two do not differ in how soft their targets are: neither has label smoothing, mixup or CutMix."
            )
        both = tr(" and ").join(shared)
        return tr("These two do not differ in how soft their targets are: both have {techniques}.", techniques=both)
    moved, band = change(found[0], found[1], is_paired=is_paired)
    what = ", ".join(
        f"{tr(FIELDS[n].label)} {words.number(getattr(one, n), 2)} → {words.number(getattr(two, n), 2)}" for n in names
    )
    if is_paired:
        of = tr_n("the same {n} picture in both", "the same {n} pictures in both", len(found[1]))
    else:
        of = tr_n(
            "{others} and {n} picture, not the same",
            "{others} and {n} pictures, not the same",
            len(found[1]),
            others=words.count(len(found[0])),
        )
    goes = tr(
        "**{what}**: confidence minus accuracy goes from {before} to {after}, by {change} (± {band}: {pictures})",
        what=what,
        before=words.signed(100 * _excess(found[0]), 1),
        after=words.points(_excess(found[1])),
        change=words.points(words.change(_excess(found[0]), _excess(found[1]))),
        band=words.number(100 * band, 1),
        pictures=of,
    )
    verdict = (
        tr("that is within chance.") if abs(moved) <= band else tr("counting pictures alone does not explain that.")
    )
    gaps = tr(
        "The logit gap goes from {before} to {after}. One run each: another seed moves both too.",
        before=_gap(found[0]),
        after=_gap(found[1]),
    )
    told = f"{goes}; {verdict} {gaps}"
    knobs = differing([one, two])
    others = [label for label in knobs if label not in {FIELDS[n].label for n in names} | {"Seed"}]
    if others:
        told += " " + tr(
            "They differ in {knobs} as well, so softer targets alone do not explain it.",
            knobs=", ".join(inside(label) for label in others),
        )
    return told


def asked_gap(recipe: Recipe, n_classes: int) -> str:
    """A sentence on the logit gap that meets the smoothed target; '' if targets are mixed too, or not smoothed."""
    if not recipe.label_smoothing or recipe.mixup_alpha or recipe.cutmix_alpha:
        return ""
    gap = optimal_logit_gap(n_classes, recipe.label_smoothing)
    return tr(
        "ε {eps} asks for a logit gap of {gap} between {n_classes} classes, and no more.",
        eps=words.number(recipe.label_smoothing, 2),
        gap=words.number(gap, 2),
        n_classes=n_classes,
    )


def _gap(of: Calibration) -> str:
    gap = words.number(of.gap, 2)
    return tr("at least {gap}", gap=gap) if of.is_gap_least else gap


def _excess(of: Calibration) -> float:
    """Confidence less accuracy, as the table writes the two."""
    return words.change(of.accuracy, of.confidence)


def _rows(of: Calibration) -> list[dict]:
    return [
        {
            "low": m / N_BINS,
            "high": (m + 1) / N_BINS,
            "n": int(n),
            "sure": float(of.sure[m]),
            "right": float(of.right[m]),
            "bin": tr(
                "{low} to {high}\u00a0% sure", low=f"{100 * m / N_BINS:.0f}", high=f"{100 * (m + 1) / N_BINS:.0f}"
            ),
            "share": words.percent(float(of.right[m])),
            "mean": words.percent(float(of.sure[m])),
        }
        for m, n in enumerate(of.counts)
        if n
    ]


def _x(title: str | None) -> alt.X:
    axis = alt.Axis(
        title=title,
        format=".0%",
        values=[0, 0.2, 0.4, 0.6, 0.8, 1],
        labels=title is not None,
        grid=False,
        labelFlush=True,
    )
    return alt.X("low:Q", scale=alt.Scale(domain=[0, 1], nice=False), axis=axis)


def _tip() -> list[alt.Tooltip]:
    return [
        alt.Tooltip("bin:N", title=" "),
        alt.Tooltip("n:Q", title=tr("pictures"), format=","),
        alt.Tooltip("share:N", title=tr("right")),
        alt.Tooltip("mean:N", title=tr("mean confidence")),
    ]


@cached(None)
def _diagram() -> dict:
    axis = alt.Axis(
        title=tr("right"), format=".0%", values=[0, 0.25, 0.5, 0.75, 1], minExtent=_MARGIN, maxExtent=_MARGIN
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    x, x2 = _x(None), alt.X2("high:Q")
    bars = named("bins", "valid").mark_rect(opacity=0.45, xOffset=1, x2Offset=-1)
    gaps = named("gaps", "wrong").mark_rect(opacity=0.75, xOffset=1, x2Offset=-1)
    line = named("diagonal", "published").mark_line(strokeWidth=1.5, strokeDash=[5, 4])
    chart = alt.layer(
        bars.encode(
            x=x, x2=x2, y=alt.Y("right:Q", scale=scale, axis=axis), y2=alt.datum(0), color=colour(), tooltip=_tip()
        ),
        gaps.encode(x=x, x2=x2, y=alt.Y("y0:Q", scale=scale, axis=axis), y2="y1:Q", color=colour(), tooltip=_tip()),
        line.encode(x=x, y=alt.Y("right:Q", scale=scale, axis=axis), color=colour()),
    )
    return spec_of(chart.properties(width="container", height=HEIGHT))


@cached(32)
def _histogram(most: int) -> dict:
    axis = alt.Axis(
        title=tr("pictures"),
        format=",d",
        values=sorted({0, most}),
        minExtent=_MARGIN,
        maxExtent=_MARGIN,
        titleFontSize=11,
    )
    y = alt.Y("n:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=axis)
    bars = named("counts", "train").mark_rect(opacity=0.7, xOffset=1, x2Offset=-1)
    chart = bars.encode(x=_x(tr("sure")), x2="high:Q", y=y, y2=alt.datum(0), color=colour(), tooltip=_tip())
    return spec_of(chart.properties(width="container", height=COUNTS_HEIGHT))
