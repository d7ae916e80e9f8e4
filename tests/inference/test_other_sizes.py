"""Answers at other picture sizes: counted against the net's own size, and the shipped file has what the net answers."""

import doctest
from pathlib import Path

import numpy as np
import pytest

from benchmarks.training.sample_model import SHIPPED
from sota_core.errors import DataError, InputError
from sota_core.inference import load_model, other_sizes
from sota_core.inference.other_sizes import OTHER_SIZES, OtherSizes
from sota_core.inference.predictions import PREDICTIONS, Stored, load_stored
from tests.drawn_sample import draw_sample

# five pictures of the classes 0, 0, 1, 1, 2 at three sizes; the net's own size is 80
ANSWERS = np.array([[0, 1, 0, 0, 0], [0, 1, 1, 0, 2], [0, 0, 1, 1, 0]], np.uint8)
FEW = OtherSizes(80, (60, 80, 100), ANSWERS, np.array([0, 0, 1, 1, 2], np.uint8), "2026-11-26", "CPU")


@pytest.fixture(scope="module")
def shipped() -> OtherSizes:
    return other_sizes.load(SHIPPED / OTHER_SIZES)


def test_the_examples_of_the_docstrings_hold() -> None:
    found = doctest.testmod(other_sizes)
    assert found.attempted > 1 and found.failed == 0


def test_rescued_and_broken_are_counted_against_the_own_size() -> None:
    small, own, large = FEW.counted()
    assert [at.n_right for at in (small, own, large)] == [1, 3, 4]
    assert (small.n_rescued, small.n_broken, own.n_rescued, own.n_broken) == (0, 2, 0, 0)
    assert (large.n_rescued, large.n_broken) == (2, 1)
    assert large.gain == pytest.approx(1 / 5) and large.noise == pytest.approx(1.96 * 3**0.5 / 5)
    assert own.noise == 0 and FEW.best() == large


def test_of_equally_good_sizes_the_best_is_the_nearest_to_the_own() -> None:
    same = np.array([[0, 0, 1, 1, 2]] * 3, np.uint8)
    assert OtherSizes(80, FEW.sizes, same, FEW.labels, FEW.date, FEW.device).best().size == 80


def test_what_is_written_is_read_again(tmp_path: Path) -> None:
    other_sizes.save(tmp_path / OTHER_SIZES, FEW)
    found = other_sizes.load(tmp_path / OTHER_SIZES)
    assert found.counted() == FEW.counted() and (found.date, found.device) == (FEW.date, FEW.device)


@pytest.mark.parametrize("own", [80, 90])
def test_what_is_no_such_file_is_refused(own: int, tmp_path: Path) -> None:
    path = tmp_path / OTHER_SIZES
    other_sizes.save(path, OtherSizes(own, FEW.sizes, FEW.answers[: own == 90 and 3], FEW.labels, "", ""))
    with pytest.raises(DataError, match="not a net's answers at other sizes"):
        other_sizes.load(path)


def test_a_picture_that_is_not_there_is_named(tmp_path: Path) -> None:
    stored = Stored(np.ones((1, 10)), np.ones((0, 1, 10)), np.array([0]), ("valid/carp/1.png",), ())
    with pytest.raises(InputError, match=r"1 of 1 validation pictures .* 'valid/carp/1.png'"):
        other_sizes.ask(load_model(SHIPPED), stored, tmp_path)


def test_what_ships_is_of_the_net_that_ships(shipped: OtherSizes) -> None:
    stored, model = load_stored(SHIPPED / PREDICTIONS), load_model(SHIPPED)
    assert shipped.own == model.size and shipped.sizes == other_sizes.sizes_to_ask(model.size, model.presize)
    assert (shipped.sizes[0] / shipped.own, shipped.sizes[-1] / shipped.own) == (0.75, 1.5)
    np.testing.assert_array_equal(shipped.labels, stored.labels)
    own = shipped.answers[shipped.sizes.index(shipped.own)]
    np.testing.assert_array_equal(own, stored.plain.argmax(axis=1))


def test_the_net_answers_so_again(shipped: OtherSizes, tmp_path: Path) -> None:
    stored, items = load_stored(SHIPPED / PREDICTIONS), np.arange(0, 500, 50)
    some = Stored(
        stored.plain[items], stored.views[:, items], stored.labels[items], tuple(stored.names[i] for i in items), ()
    )
    again = other_sizes.ask(load_model(SHIPPED), some, draw_sample(tmp_path, some.names), (60, 92, 120))
    rows = [shipped.sizes.index(size) for size in again.sizes]
    # other machines may round a logit differently
    assert (again.answers == shipped.answers[rows][:, items]).mean() > 0.95


def test_the_shipped_net_is_better_on_somewhat_larger_pictures_by_more_than_chance(shipped: OtherSizes) -> None:
    best = shipped.best()
    assert (best.size, best.n_right, best.n_rescued, best.n_broken) == (92, 460, 42, 8)
    assert best.gain - best.noise > 0.03
    assert shipped.counted()[0].accuracy < 0.7 and shipped.counted()[-1].accuracy < 0.8
