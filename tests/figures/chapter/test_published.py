"""The chapter's figures have the printed numbers and no others, and call noise what is noise."""

import pytest

from sota_core.figures.chapter.published import bought, changes, epoch_seconds, noise_of_runs
from sota_core.published import SHORT, experiments


def test_every_printed_experiment_can_be_picked_by_a_name_of_its_own() -> None:
    assert set(SHORT) == set(experiments()) and len(set(SHORT.values())) == len(SHORT)


def test_normalizations_gain_is_a_loss_of_two_and_four_pictures_inside_the_noise() -> None:
    found = {b.title: b for b in bought()}
    assert found["Normalization, book"].pictures == -2 and found["Normalization, notes"].pictures == -4
    assert found["Normalization, book"].is_noise and found["Normalization, notes"].is_noise
    # two runs at 82 % on 2,678 pictures: 1.96 · √(2 · .82 · .18 / 2678)
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


def test_only_changes_between_two_runs_are_counted_against_chance() -> None:
    small = [b.title for b in bought() if abs(b.after - b.before) < 0.0204]
    # TTA asks the same net, so there is no chance between two runs
    assert len(small) == 6 and {"TTA, book", "TTA, notes"} < set(small)
    assert noise_of_runs() == (4, 6)


def test_every_difference_is_a_whole_number_of_pictures() -> None:
    for b in bought():
        assert (b.after - b.before) * 2678 == pytest.approx(b.pictures, abs=0.02)


def test_mixed_precision_halves_an_epoch_as_printed() -> None:
    assert [round(row["s"]) for row in epoch_seconds().datasets["rows"]] == [60, 33]


@pytest.mark.parametrize("width", [210, 330])
def test_the_seconds_stand_beside_the_longest_bar_and_not_grey_on_grey_within_it(width: int) -> None:
    figure = epoch_seconds()
    _, most = figure.spec["layer"][0]["encoding"]["x"]["scale"]["domain"]
    row = max(figure.datasets["rows"], key=lambda row: row["s"])
    assert width * row["s"] / most + 10 + 0.56 * 12 * len(row["text"]) < width
