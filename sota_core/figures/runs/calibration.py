"""Reliability diagram of a run: how often it is right where it is so sure; and what two runs' numbers say, in words."""

from collections.abc import Sequence

import altair as alt

from sota_core import words
from sota_core.figures.figure import Figure, colour, named, spec_of
from sota_core.figures.runs.comparison_table import differing
from sota_core.functional.calibration import N_BINS
from sota_core.functional.smoothing import optimal_logit_gap
from sota_core.inference.calibration import Calibration, change
from sota_core.language import cached
from sota_core.recipes import FIELDS, Recipe

HEIGHT, COUNTS_HEIGHT = 250, 140  # with their axes
SOFTENERS = ("label_smoothing", "mixup_alpha", "cutmix_alpha")  # those techniques that make targets softer
_MARGIN = 46  # of both figures' y axis, so that their bins stand over one another


def reliability_diagram(of: Calibration) -> Figure:
    """Accuracy of each bin of confidence against the diagonal; the gap between them is what ECE adds up."""
    rows = _rows(of)
    gaps = [row | {"y0": min(row["sure"], row["right"]), "y1": max(row["sure"], row["right"])} for row in rows]
    told = "; ".join(f"{row['bin']}: {row['share']} right" for row in rows)
    return Figure(
        _diagram(),
        {"bins": rows, "gaps": gaps, "diagonal": [{"low": 0.0, "right": 0.0}, {"low": 1.0, "right": 1.0}]},
        f"Reliability diagram of {words.plural(len(of), 'answer')}, accuracy by confidence in {N_BINS} bins: {told}.",
    )


def confidence_counts(of: Calibration) -> Figure:
    """How many answers are in each bin."""
    rows = _rows(of)
    told = "; ".join(f"{row['bin']}: {words.count(row['n'])}" for row in rows)
    return Figure(_histogram(int(of.counts.max())), {"counts": rows}, f"Answers by confidence, in each bin: {told}.")


def table(found: Sequence[tuple[str, Calibration]]) -> str:
    """A line a run, by its name in markdown."""
    head = "| | pictures | accuracy | mean confidence | ECE | by chance alone | logit gap |"
    head += "\n|:--|--:|--:|--:|--:|--:|--:|"
    rows = [
        f"| {name} | {words.count(len(of))} | {words.percent(of.accuracy)} | {words.percent(of.confidence)} "
        f"| **{words.percent(of.ece)}** | up to {words.percent(of.chance_ece)} | {of.gap:.2f} |"
        for name, of in found
    ]
    return "\n".join([head, *rows])


def verdict(of: Calibration) -> str:
    """Is it as often right as it is sure?"""
    n = words.plural(len(of), "picture")
    apart, band = words.points(abs(of.excess)).lstrip("+"), f"± {100 * of.chance:.1f}"
    if abs(of.excess) <= of.chance:
        return f"as sure as it is right: the {apart} between are within what {n} leave to chance ({band})"
    return f"{'surer than it is right' if of.excess > 0 else 'less sure than it is right'}, by {apart} ({band}, {n})"


def what_it_does(recipes: Sequence[Recipe], found: Sequence[Calibration], *, is_paired: bool) -> str:
    """What two runs' numbers say of the techniques that soften the targets, where the runs differ in one.

    is_paired  both were asked about the same pictures, in the same order
    """
    one, two = recipes
    names = [name for name in SOFTENERS if getattr(one, name) != getattr(two, name)]
    if not names:
        shared = [f"{FIELDS[n].label} {getattr(one, n):.2f}" for n in SOFTENERS if getattr(one, n)]
        both = f"both have {' and '.join(shared)}" if shared else "neither has label smoothing, mixup or CutMix"
        return f"These two do not differ in how soft their targets are: {both}."
    moved, band = change(found[0], found[1], is_paired=is_paired)
    what = ", ".join(f"{FIELDS[n].label} {getattr(one, n):.2f} → {getattr(two, n):.2f}" for n in names)
    n = words.plural(len(found[1]), "picture")
    of = f"the same {n} in both" if is_paired else f"{words.count(len(found[0]))} and {n}, not the same"
    told = (
        f"**{what}**: confidence less accuracy goes from {_signed(found[0].excess)} to "
        f"{words.points(found[1].excess)}, by {words.points(moved)} (± {100 * band:.1f}: {of}); "
        + ("that is within chance. " if abs(moved) <= band else "counting pictures alone does not explain that. ")
        + f"The logit gap goes from {found[0].gap:.2f} to {found[1].gap:.2f}. "
        "One run each: another seed moves both too."
    )
    knobs = differing([one, two])
    others = [label for label in knobs if label not in {FIELDS[n].label for n in names} | {"Seed"}]
    if others:
        told += f" They differ in {', '.join(label[0].lower() + label[1:] for label in others)} as well, so it is not "
        told += "the work of softer targets alone."
    return told


def asked_gap(recipe: Recipe, n_classes: int) -> str:
    """The gap at which a smoothed target would be met; '' where targets are mixed too, or not smoothed."""
    if not recipe.label_smoothing or recipe.mixup_alpha or recipe.cutmix_alpha:
        return ""
    gap = optimal_logit_gap(n_classes, recipe.label_smoothing)
    return f"ε {recipe.label_smoothing:.2f} asks for a logit gap of {gap:.2f} between {n_classes} classes, and no more."


def _signed(share: float) -> str:
    return words.points(share).removesuffix(" points")


def _rows(of: Calibration) -> list[dict]:
    return [
        {
            "low": m / N_BINS,
            "high": (m + 1) / N_BINS,
            "n": int(n),
            "sure": float(of.sure[m]),
            "right": float(of.right[m]),
            "bin": f"{100 * m / N_BINS:.0f} to {100 * (m + 1) / N_BINS:.0f}\u00a0% sure",
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
        alt.Tooltip("n:Q", title="pictures", format=","),
        alt.Tooltip("share:N", title="right"),
        alt.Tooltip("mean:N", title="mean confidence"),
    ]


@cached(None)
def _diagram() -> dict:
    axis = alt.Axis(title="right", format=".0%", values=[0, 0.25, 0.5, 0.75, 1], minExtent=_MARGIN, maxExtent=_MARGIN)
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
        title="pictures", format=",d", values=sorted({0, most}), minExtent=_MARGIN, maxExtent=_MARGIN, titleFontSize=11
    )
    y = alt.Y("n:Q", scale=alt.Scale(domain=[0, most], nice=False), axis=axis)
    bars = named("counts", "train").mark_rect(opacity=0.7, xOffset=1, x2Offset=-1)
    chart = bars.encode(x=_x("sure"), x2="high:Q", y=y, y2=alt.datum(0), color=colour(), tooltip=_tip())
    return spec_of(chart.properties(width="container", height=COUNTS_HEIGHT))
