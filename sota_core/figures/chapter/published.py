"""The printed tables as figures: what each technique bought, what fp16 saved. Their curves: glide.py.

Numbers come from published.py, the widths of chance from noise.py.
"""

from dataclasses import dataclass

import altair as alt

from sota_core import words
from sota_core.analysis.noise import chance_apart
from sota_core.figures import palette
from sota_core.figures.figure import Figure, beside, colour, named, spec_of
from sota_core.language import cached, tr
from sota_core.published import N_VALID, experiments


@dataclass(frozen=True, slots=True)
class Bought:
    """One printed before and after. `chance`: how far apart two equal runs lie by chance (95 %), as a share; None
    where both are one net's answers to the same pictures, to which this chance does not apply."""

    title: str
    before: float
    after: float
    chance: float | None
    leaks: bool = False

    @property
    def pictures(self) -> int:
        return round((self.after - self.before) * N_VALID)

    @property
    def is_noise(self) -> bool:
        return self.chance is not None and abs(self.after - self.before) <= self.chance


def bought() -> tuple[Bought, ...]:
    """The printed comparisons: pairs of runs that differ in a technique, and one net's answers without and with TTA.

    The runs with progressive resizing also train more epochs than those they are compared with.
    """
    e = experiments()

    def two_runs(title: str, before: str, after: str) -> Bought:
        a, b = e[before], e[after]
        return Bought(title, a.accuracy, b.accuracy, chance_apart(a.accuracy, b.accuracy, N_VALID), b.leaks)

    def views(title: str, of: str) -> Bought:
        return Bought(title, e[of].accuracy, e[of].tta_accuracy or 0.0, None, e[of].leaks)

    return (
        two_runs(tr("Mixed precision, notes"), "notes/baseline-fp32", "notes/baseline-fp16"),
        two_runs(tr("Normalization, book"), "book/baseline", "book/normalize"),
        two_runs(tr("Normalization, notes"), "notes/baseline-fp16", "notes/normalize"),
        two_runs(tr("Progressive, book"), "book/normalize", "book/progressive"),
        two_runs(tr("Progressive, notes"), "notes/normalize", "notes/progressive"),
        views(tr("TTA, book"), "book/progressive"),
        views(tr("TTA, notes"), "notes/progressive"),
        two_runs(tr("Smoothing against mixup"), "notes/mixup", "notes/label-smoothing"),
    )


def noise_of_runs() -> tuple[int, int]:
    """Of the changes between two runs, how many chance alone could make, and how many there are."""
    runs = [b for b in bought() if b.chance is not None]
    return sum(b.is_noise for b in runs), len(runs)


def changes() -> Figure:
    """What each step changed, in points and in pictures, over the band that chance alone fills."""
    rows = [
        {
            "title": b.title,
            "change": 100 * (b.after - b.before),
            "low": -100 * (b.chance or 0),
            "high": 100 * (b.chance or 0),
            "text": _pictures(b),
            "what": f"{words.number(b.before, 4)} → {words.number(b.after, 4)}",
        }
        for b in bought()
    ]
    said = "; ".join(
        tr("{title} {change}, {n} pictures", title=r["title"], change=r["what"], n=r["text"]) for r in rows
    )
    return Figure(
        _changes_spec(tuple(r["title"] for r in rows)),
        {"rows": rows},
        tr("Changes of accuracy as printed: {said}.", said=said),
    )


def _pictures(b: Bought) -> str:
    """How many more pictures are right, and whether the comparison leaks."""
    n = f"{b.pictures:+d}".replace("-", "−")
    return tr("{n} · leaks", n=n) if b.leaks else n


def epoch_seconds() -> Figure:
    """Seconds of one epoch in single and in mixed precision, the same net and card."""
    e = experiments()
    rows = [
        {
            "name": name,
            "s": run.seconds / len(run.rows),
            "text": tr("{seconds} s an epoch", seconds=words.number(run.seconds / len(run.rows), 0)),
        }
        for name, run in ((tr("32 bits"), e["notes/baseline-fp32"]), (tr("mixed"), e["notes/baseline-fp16"]))
    ]
    said = "; ".join(f"{row['name']} {row['text']}" for row in rows)
    return Figure(_seconds_spec(), {"rows": rows}, tr("Published seconds of an epoch at 224 px: {said}.", said=said))


@cached(4)
def _changes_spec(titles: tuple[str, ...]) -> dict:
    y = alt.Y(
        "title:N",
        scale=alt.Scale(domain=list(titles)),
        axis=alt.Axis(title=None, labelLimit=170, minExtent=130),
    )
    scale = alt.Scale(domain=[-3, 10], nice=False)
    x = alt.X(
        "change:Q", scale=scale, axis=alt.Axis(title=tr("change in points"), values=[-2, 0, 2, 4, 6, 8], grid=True)
    )
    rows = named("rows", "published")
    tip = [
        alt.Tooltip("title:N", title=tr("title")),
        alt.Tooltip("what:N", title=tr("accuracy")),
        alt.Tooltip("text:N", title=tr("pictures")),
    ]
    chart = alt.layer(
        rows.mark_bar(height=18, opacity=0.22, cornerRadius=3).encode(
            y=y, x=alt.X("low:Q", scale=scale), x2="high:Q", color=colour()
        ),
        rows.mark_rule(opacity=0.5).encode(x=alt.datum(0, scale=scale), color=colour()),
        rows.mark_point(shape=palette.ROLES["published"].marker, filled=True, size=80, opacity=1).encode(
            y=y, x=x, color=colour(), tooltip=tip
        ),
        rows.mark_text(**beside("change", 10)).encode(y=y, x=x, text="text:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=34 * len(titles)))


@cached(None)
def _seconds_spec() -> dict:
    y = alt.Y(
        "name:N", scale=alt.Scale(domain=[tr("32 bits"), tr("mixed")]), axis=alt.Axis(title=None, labelFontSize=13)
    )
    scale = alt.Scale(domain=[0, 130], nice=False)  # room for the words right of the longest bar, half of it on a phone
    x = alt.X("s:Q", scale=scale, axis=None)
    rows = named("rows", "published")
    chart = alt.layer(
        rows.mark_bar(height=20, opacity=0.55, cornerRadiusEnd=3).encode(y=y, x=x, color=colour()),
        rows.mark_text(**beside("s", 8)).encode(y=y, x=x, text="text:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=90))
