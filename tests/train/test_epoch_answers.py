"""Answers kept for each epoch: the right ones, of a limited number of epochs and pictures, and counts over all
epochs.
"""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.train import export
from sota_core.train.epoch_answers import (
    BYTES_EACH,
    MOST_EPOCHS,
    MOST_PICTURES,
    NOT_ASKED,
    EpochAnswers,
    KeepAnswers,
    spread,
)

pytestmark = pytest.mark.long  # a Learner, so fastai

N_CLASSES = 3


def validate(keep: KeepAnswers, logits: np.ndarray, labels: np.ndarray, *, trains: bool = True, bs: int = 7) -> None:
    """Call the callback as fastai's loop does in an epoch in which the net gives these logits (B, N)."""
    keep.before_epoch()
    if trains:
        keep.before_train()
        keep.learn = SimpleNamespace(training=True)
        keep.after_batch()
    for i in range(0, len(logits), bs):
        pred, yb = torch.from_numpy(logits[i : i + bs]), (torch.from_numpy(labels[i : i + bs]),)
        keep.learn = SimpleNamespace(training=False, pred=pred, yb=yb)
        keep.after_batch()
    keep.after_epoch()


def drawn(n_epochs: int, n: int, seed: int = 0) -> tuple[np.ndarray, np.ndarray]:
    """Random logits (E, B, N) and labels (B,)."""
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n_epochs, n, N_CLASSES)).astype(np.float32), rng.integers(0, N_CLASSES, n)


def kept_of(logits: np.ndarray, labels: np.ndarray, total: int | None = None) -> EpochAnswers:
    keep = KeepAnswers(total or len(logits), len(labels))
    keep.enter_phase(np.arange(len(labels)))
    for each in logits:
        validate(keep, each, labels)
    found = keep.kept()
    assert found is not None
    return found


def test_what_is_kept_is_what_the_net_said():
    logits, labels = drawn(4, 30)
    found = kept_of(logits, labels)
    probs = np.exp(logits) / np.exp(logits).sum(2, keepdims=True)
    assert found.epochs.tolist() == [1, 2, 3, 4] and found.index.tolist() == list(range(30))
    assert (found.n_epochs, found.n_asked) == (4, 30)
    np.testing.assert_array_equal(found.said, logits.argmax(2))
    assert found.p_said.dtype == found.p_true.dtype == np.float16
    np.testing.assert_allclose(found.p_said, probs.max(2), rtol=1e-3)  # float16 has eleven bits
    np.testing.assert_allclose(found.p_true, probs[:, np.arange(30), labels], rtol=1e-3)


@pytest.mark.parametrize("n_epochs", [1, 39, 40, 41, 200])
def test_few_epochs_are_kept_the_first_and_the_last_among_them_and_all_are_counted(n_epochs: int):
    logits, labels = drawn(n_epochs, 5)
    found = kept_of(logits, labels)
    assert len(found.epochs) == min(n_epochs, MOST_EPOCHS)
    assert (found.epochs[0], found.epochs[-1], found.n_epochs) == (1, n_epochs, n_epochs)
    assert n_epochs <= MOST_EPOCHS or set(np.diff(found.epochs)) <= {n_epochs // 40, n_epochs // 40 + 1}
    is_right = np.vstack([np.zeros((1, 5), bool), logits.argmax(2) == labels])
    assert found.learnt.tolist() == (~is_right[:-1] & is_right[1:]).sum(0).tolist()
    assert found.forgotten.tolist() == (is_right[:-1] & ~is_right[1:]).sum(0).tolist()


def test_a_run_that_was_stopped_keeps_its_last_whole_epoch():
    logits, labels = drawn(13, 5)
    found = kept_of(logits, labels, total=200)
    planned = [int(i) + 1 for i in spread(200, MOST_EPOCHS) if i < 13]
    assert 13 not in planned and found.epochs.tolist() == [*planned, 13]
    np.testing.assert_array_equal(found.said[-1], logits[-1].argmax(1))


def test_neither_a_broken_off_validation_nor_a_pass_without_training_is_an_epoch():
    logits, labels = drawn(1, 30)
    keep = KeepAnswers(3, 30)
    keep.enter_phase(np.arange(30))
    assert keep.kept() is None
    validate(keep, logits[0], labels, trains=False)
    validate(keep, logits[0][:14], labels[:14])
    validate(keep, logits[0][:0], labels[:0])
    assert keep.kept() is None and keep.n_epochs == 0


def test_a_phase_that_validates_on_other_pictures_leaves_gaps():
    logits, labels = drawn(2, 4)
    keep = KeepAnswers(2, 10)
    for items, each in (([1, 3, 5, 7], logits[0]), ([3, 4, 7, 9], logits[1])):
        keep.enter_phase(np.array(items))
        validate(keep, each, labels)
    found = keep.kept()
    assert found is not None and found.index.tolist() == [1, 3, 4, 5, 7, 9]
    first, second = logits.argmax(2).tolist()
    assert found.said.tolist() == [
        [first[0], first[1], NOT_ASKED, first[2], first[3], NOT_ASKED],
        [NOT_ASKED, second[0], second[1], NOT_ASKED, second[2], second[3]],
    ]


def test_probabilities_that_are_no_numbers_are_none():
    logits, labels = drawn(1, 6)
    logits[0, 2] = np.nan
    found = kept_of(logits, labels)
    assert found.p_said[0, 2] == found.p_true[0, 2] == 0 and np.isfinite(found.p_said).all()


@pytest.fixture
def many(tiny_folder) -> Listing:
    return list_pictures(tiny_folder)


def test_the_file_stays_within_its_bound(many: Listing, tmp_path):
    """Random answers cannot be compressed, so apart from the pictures' names no file is larger."""
    n = 7_000
    rng = np.random.default_rng(0)
    keep = KeepAnswers(50, n)
    keep.enter_phase(np.arange(n))
    for _ in range(50):
        validate(keep, rng.normal(size=(n, N_CLASSES)).astype(np.float32), rng.integers(0, N_CLASSES, n), bs=n)
    found = keep.kept()
    assert found is not None
    assert found.said.shape == (MOST_EPOCHS, MOST_PICTURES) and found.n_asked == n
    each = (found.said, found.p_said, found.p_true)
    assert sum(a.nbytes for a in each) == BYTES_EACH * MOST_EPOCHS * MOST_PICTURES == 1_200_000
    few = replace(found, index=found.index % len(many))
    path = export.write_epochs(tmp_path / "epochs.npz", few, many)
    assert path.stat().st_size < 1_300_000
    with np.load(path, allow_pickle=False) as stored:
        assert set(stored.files) == {
            "epochs", "said", "p_said", "p_true", "learnt", "forgotten", "n_epochs", "n_asked", "labels", "names",
            "classes",
        }  # fmt: skip
        assert stored["names"].tolist() == [many.name(i) for i in few.index]
        assert stored["labels"].tolist() == many.labels[few.index].tolist()
