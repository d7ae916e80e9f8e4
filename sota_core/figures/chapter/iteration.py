"""Iteration speed: does a cheap experiment rank recipes as the expensive one does?

Reads what benchmarks/training/iteration_speed.py measured (assets/iteration_speed*.json); measures nothing itself.
"""

import itertools
import json
import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import altair as alt

from sota_core import paths, words
from sota_core.figures import palette
from sota_core.figures.figure import NARROW_PX, Figure, colour, named, spec_of
from sota_core.language import N_, cached, tr, tr_n

FILES = {"imagenette": "iteration_speed_imagenette.json", "sample": "iteration_speed.json"}
# Each way's title, which says what it changes; the first of each study is the expensive one, named in full.
TITLES = {
    "imagenette": {"whole": "xresnet34, 48 px", "net": "xresnet18", "small": "32 px", "tenth": N_("a tenth")},
    "sample": {"whole": N_("all, at 48 px"), "tenth": N_("a tenth"), "small": N_("all, at 32 px")},
}
RECIPES = (N_("rate .0003"), N_("rate .003"), N_("rate .003, mixup .4"), N_("rate .03"))
DASHES = ([1, 0], [7, 4], [2, 3], [9, 3, 2, 3])


@dataclass(frozen=True, slots=True)
class Way:
    """One way to run the same recipes. `accuracies`: recipe → one share for each seed, in the seeds' order."""

    id: str
    title: str
    cpu_s: float
    n_train: int
    accuracies: Mapping[str, tuple[float, ...]]

    @property
    def means(self) -> dict[str, float]:
        return {name: mean(found) for name, found in self.accuracies.items()}

    @property
    def ranking(self) -> tuple[str, ...]:
        """Recipes, best mean first."""
        means = self.means
        return tuple(sorted(means, key=lambda name: -means[name]))


@dataclass(frozen=True, slots=True)
class Study:
    """What was measured, where, when and on which pictures; `ways[0]` is the expensive one."""

    source: str
    date: str
    device: str
    seeds: tuple[int, ...]
    n_valid: int
    n_epochs: int
    ways: tuple[Way, ...]


@cached(None)
def studies() -> dict[str, Study]:
    """The shipped measurements, real pictures first."""
    return {name: read_study(paths.ASSETS / file) for name, file in FILES.items() if (paths.ASSETS / file).is_file()}


def read_study(path: Path) -> Study:
    data = json.loads(path.read_text(encoding="utf-8"))
    whole = len(data["ways"]) * len(data["recipes"])
    counts = Counter(run["seed"] for run in data["runs"])
    runs = [run for run in data["runs"] if counts[run["seed"]] == whole]  # a seed cut short would skew the means

    def way(name: str) -> Way:
        of = [run for run in runs if run["way"] == name]
        by_recipe = {
            tr(recipe): tuple(
                run["accuracy"] for run in sorted(of, key=lambda run: run["seed"]) if run["recipe"] == recipe
            )
            for recipe in data["recipes"]
        }
        return Way(
            name, tr(TITLES[data["source"]][name]), mean(run["cpu_s"] for run in of), of[0]["n_train"], by_recipe
        )

    epochs = next(int(change.partition("=")[2]) for change in data["common"] if change.startswith("n_epochs="))
    return Study(
        source=data["source"],
        date=data["date"],
        device=data["device"],
        seeds=tuple(sorted({run["seed"] for run in runs})),
        n_valid=runs[0]["n_valid"],
        n_epochs=epochs,
        ways=tuple(way(name) for name in data["ways"]),
    )


def pairs_kept(cheap: Way, dear: Way) -> tuple[int, int]:
    """Of all pairs of recipes, how many the cheap way orders as the expensive one does (by mean), and of how many."""
    n = math.comb(len(cheap.accuracies), 2)
    return n - len(swapped(cheap, dear)), n


def swapped(cheap: Way, dear: Way) -> list[tuple[str, str]]:
    """The pairs of recipes that the cheap way does not order as the expensive one does (by mean)."""
    a, b = cheap.means, dear.means
    return [(x, y) for x, y in itertools.combinations(a, 2) if (a[x] - a[y]) * (b[x] - b[y]) <= 0]


def rank_lines(of: Study) -> Figure:
    """Each recipe's rank in each way of running it, joined by a line: where lines cross, the order changes.

    Beside each mark its accuracy in percent, the mean over seeds ± half the distance between the extremes; where there
    is no room for both, the mean.
    """
    rows = [
        {
            "way": way.title,
            "recipe": name,
            "rank": way.ranking.index(name) + 1,
            "mean": mean(found),
            "low": min(found),
            "high": max(found),
            "short": words.number(100 * mean(found), 1),
            "text": f"{words.number(100 * mean(found), 1)} ± {words.number(50 * (max(found) - min(found)), 1)}",
        }
        for way in of.ways
        for name, found in way.accuracies.items()
    ]
    said = "; ".join(
        f"{way.title}: " + ", ".join(f"{name} {words.percent(way.means[name])}" for name in way.ranking)
        for way in of.ways
    )
    return Figure(
        _spec(tuple(way.title for way in of.ways), of.ways[0].ranking),
        {"rows": rows},
        tr_n(
            "Recipes by accuracy, best first, mean of {n} seed. {ways}.",
            "Recipes by accuracy, best first, mean of {n} seeds. {ways}.",
            len(of.seeds),
            ways=said,
        ),
    )


@cached(4)
def _spec(ways: tuple[str, ...], ranking: tuple[str, ...]) -> dict:
    n = len(ranking)
    x = alt.X(
        "way:N",
        scale=alt.Scale(domain=list(ways), padding=0.35),
        axis=alt.Axis(
            title=None,
            labelAngle=0,
            labelFontSize=12,
            orient="top",
            labelLimit=130,
            labelOverlap=False,
            labelExpr=f"width < {NARROW_PX} ? split(datum.label, /[, ]+/) : datum.label",
        ),
    )
    # the recipes' names stand at their ranks in the expensive way; json writes them as a literal into the expression
    names = alt.Axis(
        title=None,
        values=list(range(1, n + 1)),
        labelExpr=f"{json.dumps(list(ranking))}[datum.value - 1]",
        grid=False,
        labelFontSize=13,
        labelLimit=150,
    )
    y = alt.Y("rank:Q", scale=alt.Scale(domain=[0.4, n + 0.4], reverse=True, nice=False), axis=names)
    dash = alt.StrokeDash(
        "recipe:N", scale=alt.Scale(domain=list(ranking), range=[list(d) for d in DASHES[:n]]), legend=None
    )
    rows = named("rows", "valid")
    tip = [
        alt.Tooltip("recipe:N", title=tr("recipe")),
        alt.Tooltip("mean:Q", title=tr("accuracy, mean"), format=".1%"),
        alt.Tooltip("low:Q", title=tr("lowest seed"), format=".1%"),
        alt.Tooltip("high:Q", title=tr("highest seed"), format=".1%"),
    ]
    chart = alt.layer(
        rows.mark_line(strokeWidth=1.6, opacity=0.8).encode(
            x=x, y=y, strokeDash=dash, detail="recipe:N", color=colour()
        ),
        rows.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=90, opacity=1).encode(
            x=x, y=y, color=colour(), tooltip=tip
        ),
        rows.transform_calculate(told=f"width < {NARROW_PX} ? datum.short : datum.text")
        .mark_text(dy=-15, fontSize=12)
        .encode(x=x, y=y, text="told:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=58 * n))
