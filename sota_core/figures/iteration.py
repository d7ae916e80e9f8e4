"""Iteration speed: does a cheap experiment put recipes in the order in which the dear one puts them?

Reads what benchmarks/iteration_speed.py measured (assets/iteration_speed.json); measures nothing itself.
"""

import functools
import itertools
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from statistics import mean

import altair as alt

from sota_core.figures import palette, words
from sota_core.figures.figure import Figure, colour, named, spec_of

FILE = Path(__file__).parents[1] / "assets" / "iteration_speed.json"
TITLES = {"whole": "all pictures, 48 px", "tenth": "a tenth of them", "small": "all, at 32 px"}
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
    """What was measured, where and when; `ways[0]` is the dear one."""

    date: str
    device: str
    seeds: tuple[int, ...]
    n_valid: int
    n_epochs: int
    ways: tuple[Way, ...]


@functools.cache
def study() -> Study | None:
    """The shipped measurement; None where there is none."""
    return read_study(FILE) if FILE.is_file() else None


def read_study(path: Path) -> Study:
    data = json.loads(path.read_text(encoding="utf-8"))
    runs = data["runs"]

    def way(name: str) -> Way:
        of = [run for run in runs if run["way"] == name]
        by_recipe = {
            recipe: tuple(run["accuracy"] for run in sorted(of, key=lambda run: run["seed"]) if run["recipe"] == recipe)
            for recipe in data["recipes"]
        }
        return Way(name, TITLES[name], mean(run["cpu_s"] for run in of), of[0]["n_train"], by_recipe)

    epochs = next(int(change.partition("=")[2]) for change in data["common"] if change.startswith("n_epochs="))
    return Study(
        date=data["date"],
        device=data["device"],
        seeds=tuple(sorted({run["seed"] for run in runs})),
        n_valid=runs[0]["n_valid"],
        n_epochs=epochs,
        ways=tuple(way(name) for name in data["ways"]),
    )


def pairs_kept(cheap: Way, dear: Way) -> tuple[int, int]:
    """Of all pairs of recipes, how many the cheap way orders as the dear one does (by mean), and how many there are."""
    a, b = cheap.means, dear.means
    pairs = list(itertools.combinations(a, 2))
    return sum((a[x] - a[y]) * (b[x] - b[y]) > 0 for x, y in pairs), len(pairs)


def rank_lines(of: Study) -> Figure:
    """Each recipe's accuracy in each way of running it, joined by a line: where lines cross, the order changes."""
    recipes = list(of.ways[0].accuracies)
    rows = [
        {"way": way.title, "recipe": name, "mean": mean(found), "low": min(found), "high": max(found)}
        for way in of.ways
        for name, found in way.accuracies.items()
    ]
    said = "; ".join(
        f"{way.title}: " + ", ".join(f"{name} {words.percent(way.means[name])}" for name in way.ranking)
        for way in of.ways
    )
    return Figure(
        _spec(tuple(way.title for way in of.ways), tuple(recipes)),
        {"rows": rows, "ends": [row for row in rows if row["way"] == of.ways[-1].title]},
        f"Accuracy of {len(recipes)} recipes, mean of {words.plural(len(of.seeds), 'seed')}. {said}.",
    )


@functools.lru_cache(maxsize=4)
def _spec(ways: tuple[str, ...], recipes: tuple[str, ...]) -> dict:
    # one more, empty step to the right: room for the names
    x = alt.X(
        "way:N",
        scale=alt.Scale(domain=[*ways, " "], padding=0.25),
        axis=alt.Axis(title=None, labelAngle=0, labelLimit=130, labelFontSize=12),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    y = alt.Y("mean:Q", scale=scale, axis=alt.Axis(title="accuracy", values=[0, 0.25, 0.5, 0.75, 1], format=".0%"))
    dash = alt.StrokeDash(
        "recipe:N", scale=alt.Scale(domain=list(recipes), range=[list(d) for d in DASHES[: len(recipes)]]), legend=None
    )
    rows = named("rows", "valid")
    tip = [
        alt.Tooltip("recipe:N"),
        alt.Tooltip("mean:Q", title="accuracy, mean", format=".1%"),
        alt.Tooltip("low:Q", title="lowest seed", format=".1%"),
        alt.Tooltip("high:Q", title="highest seed", format=".1%"),
    ]
    chart = alt.layer(
        rows.mark_rule(strokeWidth=5, opacity=0.25).encode(
            x=x, y=alt.Y("low:Q", scale=scale), y2="high:Q", color=colour()
        ),
        rows.mark_line(strokeWidth=1.6).encode(x=x, y=y, strokeDash=dash, detail="recipe:N", color=colour()),
        rows.mark_point(shape=palette.ROLES["valid"].marker, filled=True, size=70, opacity=1).encode(
            x=x, y=y, color=colour(), tooltip=tip
        ),
        named("ends", "valid").mark_text(align="left", dx=12).encode(x=x, y=y, text="recipe:N", color=colour()),
    )
    return spec_of(chart.properties(width="container", height=280))
