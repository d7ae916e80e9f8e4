"""The chapter's figures carry the printed numbers and no others, and call noise what is noise."""

import itertools

import pytest

from sota_core.figures.chapter.published import bought, changes, curves_key, epoch_seconds, printed_curves
from sota_core.published import FIRST, SHORT, experiments


def test_every_printed_experiment_can_be_picked_by_a_name_of_its_own() -> None:
    assert set(SHORT) == set(experiments()) and len(set(SHORT.values())) == len(SHORT)


@pytest.mark.parametrize("by_seconds", [False, True])
def test_a_curve_is_the_printed_table_row_by_row(by_seconds: bool) -> None:
    figure = printed_curves(["notes/progressive"], by_seconds=by_seconds)
    of = experiments()["notes/progressive"]
    points = figure.datasets["points"]
    assert [p["accuracy"] for p in points] == [row.accuracy for row in of.rows]
    assert points[-1]["x"] == (of.seconds if by_seconds else len(of.rows)) == (299 if by_seconds else 10)
    assert "128 px" in points[3]["what"] and "224 px" in points[4]["what"]


def test_numbers_at_the_ends_are_those_of_the_key() -> None:
    figure = printed_curves(FIRST)
    assert [end["number"] for end in figure.datasets["ends"]] == ["1", "2", "3", "4"]
    assert curves_key(FIRST)[0] == "**1** baseline, fp16: 82.41 % after 5 epochs, 2:46"


def test_numbers_of_curves_that_end_together_do_not_lie_on_one_another() -> None:
    ids = [i for i in SHORT if len(experiments()[i].rows) == 5]
    heights = sorted(end["at"] for end in printed_curves(ids).datasets["ends"])
    assert len(heights) >= 4 and all(b - a > 0.04 for a, b in itertools.pairwise(heights))


def test_no_experiment_chosen_is_an_empty_frame_that_says_so() -> None:
    figure = printed_curves([])
    assert figure.datasets["points"] == [] and "None chosen" in figure.alt_text


def test_normalizations_gain_is_a_loss_of_two_and_four_pictures_inside_the_noise() -> None:
    found = {b.title: b for b in bought()}
    assert found["Normalization, book"].pictures == -2 and found["Normalization, notes"].pictures == -4
    assert found["Normalization, book"].is_noise and found["Normalization, notes"].is_noise
    # two runs at 82 % on 2,678 pictures: 1.96 * sqrt(2 * .82 * .18 / 2678)
    assert found["Normalization, book"].chance == pytest.approx(0.0204, abs=2e-4)


def test_what_leaks_is_called_a_leak_and_tta_is_not_measured_against_two_runs_chance() -> None:
    found = {b.title: b for b in bought()}
    assert {title for title, b in found.items() if b.leaks} == {
        "Progressive, book",
        "Progressive, notes",
        "TTA, book",
        "TTA, notes",
    }
    assert found["TTA, notes"].chance is None and found["TTA, notes"].pictures == 13
    rows = {r["title"]: r["text"] for r in changes().datasets["rows"]}
    assert rows["Progressive, notes"] == "+146 · leaks" and rows["Normalization, notes"] == "−4"


def test_every_difference_is_a_whole_number_of_pictures() -> None:
    for b in bought():
        assert (b.after - b.before) * 2678 == pytest.approx(b.pictures, abs=0.02)


def test_mixed_precision_halves_an_epoch_as_printed() -> None:
    assert [round(row["s"]) for row in epoch_seconds().datasets["rows"]] == [60, 33]
