"""The losses of a printed experiment are drawn as printed."""

import altair as alt
import pytest

from sota_core.figures.chapter.printed_losses import printed_losses
from sota_core.published import experiments


@pytest.mark.parametrize("id", ["notes/mixup", "notes/label-smoothing"])
def test_both_losses_stand_there_as_printed(id: str) -> None:
    experiment = experiments()[id]
    figure = printed_losses(experiment)
    assert [row["loss"] for row in figure.datasets["train"]] == [row.train_loss for row in experiment.rows]
    assert [row["loss"] for row in figure.datasets["valid"]] == [row.valid_loss for row in experiment.rows]
    assert figure.datasets["floor"] == [] and "floor" not in figure.alt_text
    alt.Chart.from_dict(dict(figure.spec))


def test_a_floor_is_drawn_and_said() -> None:
    figure = printed_losses(experiments()["notes/label-smoothing"], floor=1.015)
    assert figure.datasets["floor"] == [{"loss": 1.015, "word": "floor 1.015"}]
    assert "neither can fall below 1.015" in figure.alt_text
