"""A run's curves: a fixed specification, growing data, and words that say the same."""

import dataclasses
import itertools

import altair as alt
import pytest

from sota_core.analysis.series import Batches, Series, fold
from sota_core.figures import palette
from sota_core.figures.figure import Figure
from sota_core.figures.runs import curves
from sota_core.published import experiments

FIGURES = {
    "loss": lambda s: curves.loss_curve(s, total_steps=30),
    "accuracy": lambda s: curves.accuracy_curve(s, n_epochs=3, n_views=4),
    "schedule": lambda s: curves.schedule_curve(s, total_steps=30),
}


def scales(spec: object, channel: str) -> list[dict]:
    """Every scale of one channel, at any depth of a specification."""
    found = []
    if isinstance(spec, dict):
        for key, value in spec.items():
            if key == channel and isinstance(value, dict) and "scale" in value:
                found.append(value["scale"])
            found += scales(value, channel)
    elif isinstance(spec, list):
        found = [s for part in spec for s in scales(part, channel)]
    return found


@pytest.mark.parametrize("total", [*range(1, 40), 735, 10_000])
def test_the_axis_of_batches_has_each_number_once(total: int) -> None:
    ticks = curves.whole_ticks(total)
    assert ticks == sorted(set(ticks)) and 2 <= len(ticks) <= 6 and ticks[0] == 0 and ticks[-1] <= total
    assert len({b - a for a, b in itertools.pairwise(ticks)}) == 1
    axis = next(
        found for found in _axes(curves.loss_curve(Series(), total_steps=total).spec) if found["title"] == "batch"
    )
    assert axis["values"] == ticks


def _axes(spec: object) -> list[dict]:
    if isinstance(spec, list):
        return [axis for part in spec for axis in _axes(part)]
    if not isinstance(spec, dict):
        return []
    own = [spec["axis"]] if isinstance(spec.get("axis"), dict) and "title" in spec["axis"] else []
    return [*own, *(axis for name, part in spec.items() if name != "config" for axis in _axes(part))]


@pytest.mark.parametrize("name", FIGURES)
def test_a_specification_does_not_change_while_a_run_goes_on(name: str, events: list[dict]) -> None:
    half, whole = (FIGURES[name](fold(Series(), events[:n])) for n in (20, len(events)))
    assert half.spec == whole.spec
    assert half.datasets != whole.datasets and half.alt_text != whole.alt_text
    assert half.still_text == whole.still_text != ""


@pytest.mark.parametrize("name", FIGURES)
def test_every_figure_is_vega_lite_and_uses_only_the_theme_s_colours(name: str, series: Series) -> None:
    figure: Figure = FIGURES[name](series)
    alt.Chart.from_dict({k: v for k, v in figure.spec.items()})  # validates against the schema
    assert "#" not in str({k: v for k, v in figure.spec.items() if k != "$schema"})
    assert all(scale == palette.colour_scale() for scale in scales(figure.spec, "color"))
    assert set(figure.datasets) >= {d["name"] for d in _named(figure.spec)}


def _named(spec: object) -> list[dict]:
    if isinstance(spec, dict):
        own = [spec["data"]] if isinstance(spec.get("data"), dict) and "name" in spec["data"] else []
        return own + [d for value in spec.values() for d in _named(value)]
    return [d for part in spec for d in _named(part)] if isinstance(spec, list) else []


def test_accuracy_is_shown_on_the_whole_axis(series: Series) -> None:
    figure = FIGURES["accuracy"](series)
    assert {tuple(s["domain"]) for s in scales(figure.spec, "y")} == {(0, 1)}


def test_tta_points_grow_to_the_right_of_the_last_epoch(series: Series) -> None:
    figure = FIGURES["accuracy"](series)
    x = [row["x"] for row in figure.datasets["tta"]]
    assert x == sorted(x) and x[0] > 3
    assert x[-1] <= scales(figure.spec, "x")[0]["domain"][1]
    assert [row["accuracy"] for row in figure.datasets["tta"]] == [p.accuracy for p in series.tta]
    assert "4 TTA views 62.0\u00a0%" in figure.alt_text


def test_the_last_batch_is_always_drawn_and_never_too_many(series: Series) -> None:
    n = 5000
    long = dataclasses.replace(
        series,
        batches=Batches(tuple(range(1, n + 1)), (1.0,) * n, (1.0,) * n, (1e-3,) * n, (0.9,) * n, (0,) * n),
    )
    rows = curves.loss_curve(long).datasets["batches"]
    assert len(rows) == curves.MAX_POINTS and rows[-1]["step"] == n


@pytest.mark.parametrize("id", list(experiments()))
def test_a_published_curve_is_drawn_exactly_as_printed(id: str, series: Series) -> None:
    printed = experiments()[id]
    figure = curves.accuracy_curve(series, n_epochs=3, published=printed)
    assert [row["accuracy"] for row in figure.datasets["published"]] == [row.accuracy for row in printed.rows]
    assert palette.ROLES["published"].dash and "strokeDash" in str(figure.spec)
    assert f"Published, {printed.source}" in figure.alt_text


def test_a_run_without_events_has_figures_too() -> None:
    for figure in FIGURES.values():
        assert figure(Series()).alt_text


def test_a_diverged_loss_leaves_a_gap_and_no_error(series: Series) -> None:
    broken = dataclasses.replace(series, batches=Batches((1,), (None,), (None,), (1.0,), (0.9,), (0,)))
    assert curves.loss_curve(broken).datasets["batches"][0]["smooth"] is None
