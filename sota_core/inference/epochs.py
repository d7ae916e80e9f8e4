"""What a run answered after each of its epochs, read back: confusion, mistakes, what was learnt and forgotten.

No inference here. The counts over all epochs were made while it trained; those between two kept epochs are made here.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sota_core.inference.arrays import arrays_of, refused

EPOCHS = "epochs.npz"
_NOT_ASKED = np.iinfo(np.uint16).max  # train/epoch_answers.py writes it


@dataclass(frozen=True, slots=True, eq=False)
class Epochs:
    """The answers for M validation pictures after each of E epochs.

    n_epochs  epochs made; E of them are kept, the first and the last among them
    n_asked   pictures each epoch was validated on; M of them are kept

    Shapes
        numbers    (E,)    of the kept epochs, from 1
        said       (E, M)  int64, the class; -1 where the epoch was validated on other pictures
        p_said     (E, M)  float32
        labels     (M,)    int64
        names      M paths below the data set's folder
        classes    N folder names
        learnt     (M,)    how often the answer turned right in all n_epochs
        forgotten  (M,)    how often it turned wrong again
    """

    numbers: tuple[int, ...]
    said: np.ndarray
    p_said: np.ndarray
    labels: np.ndarray
    names: tuple[str, ...]
    classes: tuple[str, ...]
    learnt: np.ndarray
    forgotten: np.ndarray
    n_epochs: int
    n_asked: int

    def __len__(self) -> int:
        return len(self.labels)

    @property
    def asked(self) -> np.ndarray:
        """(E, M) bool."""
        return self.said >= 0

    @property
    def is_right(self) -> np.ndarray:
        """(E, M) bool; False where it was not asked."""
        return self.said == self.labels

    def accuracy(self) -> np.ndarray:
        """The accuracy of each kept epoch, on the pictures asked in it. (E,)"""
        return self.is_right.sum(1) / self.asked.sum(1)

    def confusion(self, i: int) -> np.ndarray:
        """Counts of the i-th kept epoch by true class (row) and said class (column). (N, N) int64."""
        n, asked = len(self.classes), self.said[i] >= 0
        return np.bincount(self.labels[asked] * n + self.said[i, asked], minlength=n * n).reshape(n, n)

    def changed(self, i: int) -> tuple[np.ndarray, np.ndarray]:
        """Pictures that were wrong in the kept epoch before and are right in the i-th, and the other way round.

        Only pictures asked in both; the first epoch has none.
        """
        if i == 0:
            return np.empty(0, np.int64), np.empty(0, np.int64)
        both = (self.said[i - 1] >= 0) & (self.said[i] >= 0)
        before, after = self.said[i - 1] == self.labels, self.said[i] == self.labels
        return np.flatnonzero(both & ~before & after), np.flatnonzero(both & before & ~after)

    def surest_mistakes(self, i: int, n: int) -> list[int]:
        """The wrong answers of the i-th kept epoch with the highest probability; of equals the earlier picture."""
        wrong = np.flatnonzero((self.said[i] >= 0) & (self.said[i] != self.labels))
        return wrong[np.argsort(-self.p_said[i, wrong], kind="stable")][:n].tolist()

    def most_forgotten(self, n: int) -> list[int]:
        """The pictures that turned wrong again most often, at least once; of equals the earlier one."""
        return [int(i) for i in np.argsort(-self.forgotten, kind="stable")[:n] if self.forgotten[i]]


def load_epochs(path: Path) -> Epochs:
    """Read epochs.npz. Blocking, some milliseconds; reads no pickle.

    Raises
        DataError  not what a run writes: an array is missing, shapes disagree, a class has no name.
    """
    what = "the answers of a run's epochs"
    arrays = arrays_of(
        path,
        what,
        epochs="E",
        said="E M",
        p_said="E M",
        p_true="E M",
        labels="M",
        names="text M",
        classes="text N",
        learnt="M",
        forgotten="M",
        n_epochs="",
        n_asked="",
    )
    said = arrays["said"].astype(np.int64)
    said[said == _NOT_ASKED] = -1
    classes = tuple(arrays["classes"].tolist())
    if not said.size or not (-1 <= said.min() and max(said.max(), arrays["labels"].max()) < len(classes)):
        raise refused(path, what, f"answers must be of {len(classes)} classes, got {said.shape} of them")
    return Epochs(
        tuple(arrays["epochs"].tolist()),
        said,
        arrays["p_said"].astype(np.float32),
        arrays["labels"].astype(np.int64),
        tuple(arrays["names"].tolist()),
        classes,
        arrays["learnt"],
        arrays["forgotten"],
        int(arrays["n_epochs"]),
        int(arrays["n_asked"]),
    )
