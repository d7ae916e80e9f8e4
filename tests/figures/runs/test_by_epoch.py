"""A run epoch by epoch: at every epoch its own counts, and nothing from an epoch that was not kept."""

from dataclasses import replace

import numpy as np
import pytest

from sota_core import words
from sota_core.figures.frames import Knob, along, along_packed, now
from sota_core.figures.runs import by_epoch
from sota_core.figures.runs.confusion import confusion
from sota_core.inference.epochs import Epochs
from tests.figures.templates import slots_of

VIEWS = (*by_epoch.VIEWS, by_epoch.told)


def drawn(n_epochs: int = 8, n: int = 60, n_classes: int = 4, seed: int = 0) -> Epochs:
    """Random answers that are right more and more often."""
    rng = np.random.default_rng(seed)
    labels = np.arange(n) % n_classes
    is_guess = rng.random((n_epochs, n)) > np.linspace(0.2, 0.9, n_epochs)[:, None]
    said = np.where(is_guess, rng.integers(0, n_classes, (n_epochs, n)), labels)
    is_right = np.vstack([np.zeros((1, n), bool), said == labels])
    return Epochs(
        tuple(range(1, n_epochs + 1)),
        said,
        rng.random((n_epochs, n)).astype(np.float32),
        labels,
        tuple(f"valid/{c}/{i}.jpg" for i, c in enumerate(labels)),
        tuple(f"class_{c}" for c in range(n_classes)),
        (~is_right[:-1] & is_right[1:]).sum(0),
        (is_right[:-1] & ~is_right[1:]).sum(0),
        n_epochs,
        n,
    )


OF = drawn()


@pytest.mark.parametrize("epoch", OF.numbers)
def test_every_number_at_every_epoch_is_counted(epoch: int):
    slots = now({"of": OF, "epoch": epoch}, VIEWS)
    said = OF.said[epoch - 1]
    counts = confusion(np.eye(4)[said], OF.labels)
    assert [[slots[f"n{r}_{c}"] or "0" for c in range(4)] for r in range(4)] == counts.astype(str).tolist()
    right = int(counts.trace())
    assert (slots["right"], slots["n"], slots["wrong"]) == (words.percent(right / 60), "60 pictures", f"{60 - right}")
    if epoch > 1:
        before = OF.said[epoch - 2]
        learnt = int(((before != OF.labels) & (said == OF.labels)).sum())
        forgotten = int(((before == OF.labels) & (said != OF.labels)).sum())
        assert f"Since epoch {epoch - 1}, {learnt} picture" in slots["turned"]
        assert slots["turned"].endswith(f" and {forgotten} turned wrong again.")
        assert right == int((before == OF.labels).sum()) + learnt - forgotten
    else:
        assert slots["turned"] == "It is the first one, so nothing has turned yet."
    off = counts - np.diag(counts.diagonal())
    assert slots["times0"] == f"{off.max()}" and slots["is0"].startswith("class ")
    assert slots["said"].startswith(f"After epoch {epoch} of 8: {slots['right']} of 60 pictures right.")


def test_squares_deepen_with_their_share_of_the_row():
    slots = by_epoch.matrix(OF, 8)
    counts = OF.confusion(7)
    for r, c in np.ndindex(4, 4):
        share = counts[r, c] / counts[r].sum()
        assert float(slots[f"d{r}_{c}"]) == pytest.approx(
            0 if not share else 0.1 + 0.4 * (share if r == c else min(1, 3 * share)), abs=1e-3
        )


def test_every_slot_of_both_templates_is_filled():
    for of in (OF, drawn(n_epochs=2, n=90, n_classes=30)):
        slots = now({"of": of, "epoch": 1}, VIEWS)
        assert slots_of(by_epoch.matrix_template(of)) | slots_of(by_epoch.counts_template(of)) <= slots.keys()


def test_names_and_lines_stay_behind_while_the_hand_moves():
    columns = along(Knob("epoch", "run.epoch", OF.numbers, is_choice=True), {"of": OF, "epoch": 1}, by_epoch.VIEWS)
    assert not {"name0", "right_line", "forgotten_line", "n_epochs"} & columns.keys()
    assert {len(column) for column in columns.values()} == {8} and "n0_0" in columns


def test_of_many_classes_the_most_mistaken_have_a_row_and_the_rest_share_a_column():
    of = drawn(n=300, n_classes=30)
    shown, slots = by_epoch.shown_classes(of), by_epoch.matrix(of, 1)
    is_wrong = of.said != of.labels
    wrong = [int(is_wrong[:, of.labels == k].sum() + (is_wrong & (of.said == k)).sum()) for k in range(30)]
    assert len(shown) == by_epoch.MOST_SHOWN and min(wrong[k] for k in shown) >= max(
        w for k, w in enumerate(wrong) if k not in shown
    )
    counts = of.confusion(0)
    for row, k in enumerate(shown):
        assert sum(int(slots[f"n{row}_{c}"] or 0) for c in range(21)) == counts[k].sum()
    assert by_epoch.still(of)["name20"] == "any other"
    assert (
        by_epoch.what_is_kept(of) == "The matrix shows the 20 of 30 classes that are most often involved in mistakes."
    )
    assert "any other" not in by_epoch.matrix_template(of)  # words from outside go into slots


def test_where_not_all_is_kept_it_is_said():
    assert by_epoch.what_is_kept(OF) == ""
    thinned = replace(OF, numbers=tuple(range(1, 24, 3)), n_epochs=22, n_asked=7_000)
    assert by_epoch.what_is_kept(thinned) == (
        "8 of 22 epochs are kept, evenly spread, so *since* spans several. "
        "60 of 7,000 validation pictures are kept, evenly spread."
    )
    said = OF.said.copy()
    said[0, 0] = -1
    assert "different pictures" in by_epoch.what_is_kept(replace(OF, said=said))


def test_what_became_of_the_pictures_adds_up():
    learnt, forgotten = np.array([0, 1, 1, 3, 2]), np.array([0, 0, 1, 2, 2])
    of = replace(OF, labels=OF.labels[:5], said=OF.said[:, :5], learnt=learnt, forgotten=forgotten)
    assert by_epoch.over_all_epochs(of) == (
        "Over all 8 epochs: **1 picture learnt and never forgotten**, **3 forgotten at least once**, 1 never right. "
        "Nothing was forgotten more than 2 times."
    )


def test_the_epochs_in_which_a_picture_was_right_are_named_in_runs():
    said = np.array([[1, 0], [0, 0], [0, 0], [1, 0], [0, 0]])
    of = replace(OF, numbers=(1, 5, 9, 13, 17), said=said, labels=np.array([0, 1]))
    assert by_epoch.spans(of, 0) == "epoch 5–9, 17" and by_epoch.spans(of, 1) == "none that is kept"


def test_frames_of_the_most_epochs_and_classes_are_small():
    """40 epochs of 20 classes: some sixteen thousand squares, made once."""
    of = drawn(n_epochs=40, n=5_000, n_classes=20)
    pieces = along_packed(
        Knob("epoch", "run.epoch", of.numbers, is_choice=True), {"of": of, "epoch": 1}, by_epoch.VIEWS
    )
    assert sum(map(len, pieces)) < 120_000
