"""Stored answers of a run's epochs are read back: by hand on six pictures."""

from pathlib import Path

import numpy as np
import pytest

from sota_core.errors import DataError
from sota_core.inference.epochs import Epochs, load_epochs

NONE = np.iinfo(np.uint16).max
SAID = np.array(
    [
        [0, 1, 1, 1, 2, 2],
        [0, 0, 1, 2, 2, 0],
        [0, 1, 1, 1, 0, 2],
    ],
    np.uint16,
)
ARRAYS = {
    "epochs": np.array([1, 3, 6], np.int32),
    "said": SAID,
    "p_said": np.array([[0.5] * 6, [0.9, 0.5, 0.6, 0.8, 0.7, 0.8], [1.0] * 6], np.float16),
    "p_true": np.full((3, 6), 0.25, np.float16),
    "labels": np.array([0, 0, 1, 1, 2, 2]),
    "names": np.array([f"valid/{c}/{i}.jpg" for i, c in enumerate("aabbcc")]),
    "classes": np.array(["a", "b", "c"]),
    "learnt": np.array([1, 2, 1, 3, 1, 2]),
    "forgotten": np.array([0, 2, 0, 2, 1, 1]),
    "n_epochs": 6,
    "n_asked": 6,
}


def written(folder: Path, **changes: object) -> Path:
    np.savez_compressed(folder / "epochs.npz", **ARRAYS | changes)  # pyright: ignore[reportArgumentType]
    return folder / "epochs.npz"


@pytest.fixture
def of(tmp_path: Path) -> Epochs:
    return load_epochs(written(tmp_path))


def test_each_epoch_has_its_confusion_and_accuracy(of: Epochs):
    assert of.confusion(0).tolist() == [[1, 1, 0], [0, 2, 0], [0, 0, 2]]
    assert of.confusion(1).tolist() == [[2, 0, 0], [0, 1, 1], [1, 0, 1]]
    assert of.accuracy().tolist() == pytest.approx([5 / 6, 4 / 6, 4 / 6])


def test_what_has_turned_is_counted_from_the_kept_epoch_before(of: Epochs):
    changed = [tuple(each.tolist() for each in of.changed(i)) for i in range(3)]
    assert changed == [([], []), ([1], [3, 5]), ([3, 5], [1, 4])]


def test_the_surest_mistakes_come_first_and_of_equals_the_earlier(of: Epochs):
    assert of.surest_mistakes(1, 6) == [3, 5] and of.surest_mistakes(1, 1) == [3]
    assert of.surest_mistakes(2, 6) == [1, 4]


def test_the_most_forgotten_are_those_that_were_forgotten(of: Epochs):
    assert of.most_forgotten(3) == [1, 3, 4] and of.most_forgotten(9) == [1, 3, 4, 5]


def test_a_picture_that_was_not_asked_counts_nowhere(tmp_path: Path):
    said = SAID.copy()
    said[1, 3:] = NONE
    of = load_epochs(written(tmp_path, said=said))
    assert of.asked.sum(1).tolist() == [6, 3, 6] and of.accuracy()[1] == 1
    assert of.confusion(1).sum() == 3 and of.surest_mistakes(1, 6) == []
    assert [each.tolist() for each in of.changed(2)] == [[], [1]]


@pytest.mark.parametrize(
    "broken",
    [
        {"said": SAID[:, :5]},
        {"learnt": np.zeros(5)},
        {"said": np.full((3, 6), 3, np.uint16)},
        {"classes": np.array(["a", "b"])},
        {"epochs": np.array([1, 2])},
        {"said": SAID[:0], "p_said": SAID[:0], "p_true": SAID[:0], "epochs": np.empty(0, np.int32)},
    ],
)
def test_a_file_that_does_not_agree_with_itself_is_refused(tmp_path: Path, broken: dict[str, np.ndarray]):
    with pytest.raises(DataError, match="not the answers of a run's epochs"):
        load_epochs(written(tmp_path, **broken))


def test_what_is_no_such_file_is_refused(tmp_path: Path):
    (tmp_path / "epochs.npz").write_bytes(b"PK")
    with pytest.raises(DataError, match=r"epochs\.npz"):
        load_epochs(tmp_path / "epochs.npz")
