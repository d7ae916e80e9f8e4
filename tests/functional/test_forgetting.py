"""Learning and forgetting events: counts of pictures that turn right and wrong again."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RangeError, ShapeError
from sota_core.functional.forgetting import learning_and_forgetting

few = settings(max_examples=20, deadline=None)


def looks(seed: int, n_looks: int = 9, n: int = 20) -> np.ndarray:
    return np.random.default_rng(seed).random((n_looks, n)) < 0.5


# By hand


def test_each_turn_counts_once(make):
    learnt, forgotten = learning_and_forgetting(make([[0, 1, 1, 0], [1, 0, 1, 0], [0, 0, 1, 0], [1, 1, 1, 0]]))
    assert np.asarray(learnt).tolist() == [2, 1, 0, 0]
    assert np.asarray(forgotten).tolist() == [1, 1, 0, 0]


# Limit cases


@pytest.mark.parametrize("n_looks", [0, 1])
def test_fewer_than_two_looks_turn_nothing(n_looks: int):
    learnt, forgotten = learning_and_forgetting(np.ones((n_looks, 3), bool))
    assert learnt.tolist() == forgotten.tolist() == [0, 0, 0]


# Laws


@few
@given(st.integers(0, 2**32 - 1))
def test_from_nothing_known_what_is_learnt_and_not_forgotten_is_right_at_the_end(seed: int):
    is_right = looks(seed)
    learnt, forgotten = learning_and_forgetting(np.vstack([np.zeros((1, 20), bool), is_right]))
    assert (learnt - forgotten == is_right[-1]).all()


@few
@given(st.integers(0, 2**32 - 1))
def test_counted_look_by_look_it_is_the_same(seed: int):
    is_right = looks(seed)
    pairs = [learning_and_forgetting(is_right[i : i + 2]) for i in range(len(is_right) - 1)]
    for whole, parts in zip(learning_and_forgetting(is_right), zip(*pairs, strict=True), strict=True):
        assert (whole == np.sum(parts, axis=0)).all()


# What it refuses


def test_it_says_what_it_wants():
    with pytest.raises(ShapeError, match=r"is_right must have shape \(E, M\), got \(2,\)"):
        learning_and_forgetting([0, 1])
    with pytest.raises(RangeError, match="is_right must hold only 0 and 1, got 2"):
        learning_and_forgetting([[0, 2]])
    with pytest.raises(RangeError, match=r"is_right must hold only 0 and 1, got 0\.5; did you give probabilities"):
        learning_and_forgetting([[0, 1], [0.5, 1]])
