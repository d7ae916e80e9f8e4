"""The loss against the right class's logit: optimum, floor, and where the prediction stands."""

import altair as alt
import pytest

from sota_core.figures.label_smoothing.loss_by_logit import LOGITS, loss_by_logit
from sota_core.figures.label_smoothing.smoothed import smoothed
from sota_core.functional.smoothing import soft_cross_entropy


@pytest.mark.parametrize(("n", "eps"), [(2, 0.5), (10, 0.1), (1000, 0.1)])
def test_the_curve_is_lowest_at_the_marked_point_and_touches_the_floor(n: int, eps: float) -> None:
    what = smoothed(n, 1, eps, 3.0)
    data = loss_by_logit(what).datasets
    (best,) = data["best"]
    assert best["logit"] == what.best_logit and best["loss"] == what.floor == data["floor"][0]["loss"]
    assert min(row["loss"] for row in data["smoothed"]) >= what.floor - 1e-12
    lowest = min(data["smoothed"], key=lambda row: row["loss"])
    assert lowest["logit"] == pytest.approx(what.best_logit, abs=(LOGITS[1] - LOGITS[0]) / 180)


def test_every_point_of_the_curve_is_the_maths() -> None:
    what = smoothed(10, 3, 0.1, 3.0)
    data = loss_by_logit(what).datasets
    for row in data["smoothed"][::30]:
        assert row["loss"] == pytest.approx(soft_cross_entropy(row["logit"] * what.one_hot[None], what.target[None])[0])
    assert data["now"] == [{"logit": 3.0, "loss": what.loss, "word": f"{what.loss:.3f}"}]


def test_without_smoothing_nothing_is_lowest() -> None:
    figure = loss_by_logit(smoothed(10, 0, 0.0, 3.0))
    assert figure.datasets["best"] == figure.datasets["floor"] == []
    assert "falling for ever" in figure.alt_text


def test_the_words_name_optimum_floor_and_both_losses() -> None:
    figure = loss_by_logit(smoothed(10, 3, 0.1, 3.0))
    assert "lowest at a logit of 4.51, where it is 0.500" in figure.alt_text
    assert "plain cross-entropy 0.370" in figure.alt_text
    alt.Chart.from_dict(dict(figure.spec))
