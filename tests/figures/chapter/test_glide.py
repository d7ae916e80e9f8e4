"""The printed curves between equal epochs and equal seconds: the printed numbers at both ends, a mix of the two in
between.
"""

import itertools
import re

import numpy as np
import pytest

from sota_core.figures.chapter import glide
from sota_core.figures.chapter.glide import AXES, EPOCHS, SECONDS, WAY
from sota_core.figures.frames import along, now
from sota_core.published import FIRST, SHORT, experiments
from tests.figures.templates import slots_of

ALL = tuple(SHORT)
LAST_EPOCH = max(len(experiments()[i].rows) for i in ALL)
LAST_SECOND = max(experiments()[i].seconds for i in ALL)


def stands(shown: dict[str, str], i: str) -> list[float]:
    """The positions of an experiment's marks along the axis, as shares of its length."""
    k = ALL.index(i)
    return [float(shown[f"x{k}_{j}"]) * AXES.x[1] for j in range(len(experiments()[i].rows))]


@pytest.mark.parametrize("i", ALL)
def test_at_both_ends_every_mark_stands_where_its_table_says(i: str) -> None:
    rows = experiments()[i].rows
    epochs, seconds = np.arange(1, len(rows) + 1), np.cumsum([row.seconds for row in rows])
    assert seconds[-1] == experiments()[i].seconds
    assert stands(glide.lines(ALL, EPOCHS), i) == pytest.approx(epochs / LAST_EPOCH, abs=2e-4)
    assert stands(glide.lines(ALL, SECONDS), i) == pytest.approx(seconds / LAST_SECOND, abs=2e-4)


@pytest.mark.parametrize("step", range(len(WAY)))
def test_on_the_way_a_mark_stands_between_its_places_and_its_line_goes_through_it(step: int) -> None:
    t, shown = step / (len(WAY) - 1), dict(glide.lines(ALL, WAY[step]))
    for k, i in enumerate(ALL):
        rows = experiments()[i].rows
        seconds = np.cumsum([row.seconds for row in rows])
        expected = (1 - t) * np.arange(1, len(rows) + 1) / LAST_EPOCH + t * seconds / LAST_SECOND
        assert stands(shown, i) == pytest.approx(expected, abs=2e-4)
        corners = np.array([int(n) for n in re.findall(r"-?\d+", shown[f"d{k}"])]).reshape(-1, 2).cumsum(axis=0)
        assert corners[:, 0] / 1000 * AXES.x[1] == pytest.approx(expected, abs=2e-3)
        low, high = AXES.y
        assert high - corners[:, 1] / 1000 * (high - low) == pytest.approx([r.accuracy for r in rows], abs=1e-3)


def test_the_template_has_each_printed_row_with_its_size_and_time() -> None:
    marks = re.findall(r'title="([^"]+)"', glide.template())
    assert len(marks) == sum(len(experiments()[i].rows) for i in ALL)
    assert sum(mark.startswith("progressive (leaks): ") for mark in marks) == 10
    assert "progressive (leaks): 79.50\u00a0%, 128 px, epoch 4, 1:24" in marks


def test_on_the_way_short_epochs_move_to_the_left_as_is_said() -> None:
    assert "short epochs move to the left" in glide.reading("35 %")["reading"]
    for i in ALL:
        seconds = np.cumsum([row.seconds for row in experiments()[i].rows])
        is_short = seconds / LAST_SECOND < np.arange(1, len(seconds) + 1) / LAST_EPOCH
        moved = np.array(stands(glide.lines(ALL, SECONDS), i)) - stands(glide.lines(ALL, EPOCHS), i)
        assert ((moved < 0) == is_short)[np.abs(moved) > 1e-3].all()


def test_the_axis_is_named_at_its_ends_and_says_nothing_between() -> None:
    titles = {by: glide.axis(by) for by in WAY}
    assert (titles[EPOCHS]["x_title"], titles[SECONDS]["x_title"]) == ("epoch", "time (min:s)")
    assert (titles[EPOCHS]["epochs_seen"], titles[EPOCHS]["seconds_seen"]) == ("1", "0")
    assert (titles[SECONDS]["epochs_seen"], titles[SECONDS]["seconds_seen"]) == ("0", "1")
    assert titles["50 %"]["epochs_seen"] == titles["50 %"]["seconds_seen"] == "0"
    assert [titles[EPOCHS][f"y_tick{k}"] for k in range(5)] == [
        "20\u00a0%",
        "40\u00a0%",
        "60\u00a0%",
        "80\u00a0%",
        "100\u00a0%",
    ]


@pytest.mark.parametrize("ids", [ALL, tuple(FIRST), ("notes/baseline-fp16",), ()])
def test_its_numbers_stand_where_they_belong(ids: tuple[str, ...]) -> None:
    shown, ends = glide.ticks(ids), [(len(experiments()[i].rows), experiments()[i].seconds) for i in ids] or [(5, 60)]
    last = {"epoch": max(n for n, _ in ends), "second": max(s for _, s in ends)}
    for of, n in (("epoch", glide.N_EPOCH_TICKS), ("second", glide.N_SECOND_TICKS)):
        words = [shown[f"{of}_tick{k}"] for k in range(n)]
        assert words[0] in ("0", "0:00") and len([w for w in words if w]) >= 2
        for k, word in enumerate(words):
            if word:
                minutes, _, rest = word.rpartition(":")
                value = int(rest) + 60 * int(minutes or 0)
                assert float(shown[f"{of}_tick{k}_x"]) * AXES.x[1] == pytest.approx(value / last[of], abs=2e-4)


def test_the_numbers_at_the_ends_are_those_of_the_key() -> None:
    shown = glide.lines(tuple(FIRST), EPOCHS)
    numbers = {i: shown[f"number{k}"] for k, i in enumerate(ALL)}
    assert {i: n for i, n in numbers.items() if n} == {i: f"{k}" for k, i in enumerate(FIRST, 1)}
    assert [shown[f"seen{k}"] == "visible" for k in range(len(ALL))] == [i in FIRST for i in ALL]
    assert glide.key(FIRST)[0] == "**1** baseline, fp16: 82.41\u00a0% after 5 epochs, 2:46"


@pytest.mark.parametrize("by", WAY)
def test_numbers_of_curves_that_end_together_do_not_lie_on_one_another(by: str) -> None:
    shown = glide.lines(ALL, by)
    ends = [(float(shown[f"end{k}_x"]) * 1.05, 0.2 + 0.8 * float(shown[f"end{k}_y"])) for k in range(len(ALL))]
    for (x, y), (x2, y2) in itertools.combinations(ends, 2):
        assert abs(x - x2) >= 0.0595 or abs(y - y2) >= 0.0445  # the size of four digits, as shares of the figure


def test_no_experiment_chosen_is_an_empty_frame_that_says_so() -> None:
    shown = now({"ids": (), "by": EPOCHS}, (*glide.VIEWS, glide.told))
    assert {shown[f"seen{k}"] for k in range(len(ALL))} == {"hidden"} and "None chosen" in shown["said_curves"]


def test_every_slot_is_filled_and_only_what_moves_is_sent_along() -> None:
    from pages.parts.overview.printed_results import BY

    at = {"ids": tuple(FIRST), "by": EPOCHS}
    shown = now(at, (*glide.VIEWS, glide.told))
    assert slots_of(glide.template()) | slots_of(glide.READING) <= set(shown)
    moved = along(BY, at, glide.VIEWS)
    assert {len(column) for column in moved.values()} == {len(WAY)} and "seen0" not in moved and "d4" in moved
