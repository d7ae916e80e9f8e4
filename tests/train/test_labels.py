"""Label noise changes the given share of labels, and only of training pictures."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sota_core.errors import RangeError
from sota_core.train.labels import add_label_noise


def rng(seed: int = 0) -> np.random.Generator:
    return np.random.default_rng(seed)


@given(st.floats(0, 1), st.integers(2, 12), st.integers(0, 5))
def test_the_share_of_wrong_labels_is_exact_and_validation_stays_true(share: float, n_classes: int, seed: int):
    labels = rng(seed).integers(0, n_classes, 60)
    train = np.arange(0, 60, 2)
    noisy = add_label_noise(labels, train, n_classes, share, rng(seed))
    assert (noisy[train] != labels[train]).sum() == round(share * len(train))
    assert (noisy[1::2] == labels[1::2]).all()
    assert noisy.min() >= 0 and noisy.max() < n_classes


def test_the_input_is_not_modified_and_a_seed_repeats():
    labels = rng().integers(0, 10, 100)
    before = labels.copy()
    first, second = (add_label_noise(labels, np.arange(100), 10, 0.5, rng(3)) for _ in range(2))
    assert (labels == before).all() and (first == second).all()


def test_wrong_classes_are_drawn_evenly():
    labels = np.zeros(9000, np.int64)
    counts = np.bincount(add_label_noise(labels, np.arange(9000), 10, 1.0, rng()), minlength=10)
    assert counts[0] == 0
    # 9 wrong classes with 1,000 expected each; 5 standard deviations of a binomial with p = 1/9 are 149
    assert abs(counts[1:] - 1000).max() < 149


@pytest.mark.parametrize(
    ("share", "n_classes", "text"), [(1.1, 10, "share must lie in"), (0.1, 1, "at least 2 classes")]
)
def test_impossible_noise_is_refused(share: float, n_classes: int, text: str):
    with pytest.raises(RangeError, match=text):
        add_label_noise(np.zeros(4, np.int64), np.arange(4), n_classes, share, rng())
