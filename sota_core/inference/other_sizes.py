"""One net's answers to its validation pictures at other sizes than it was trained at, computed once and stored.

Source: Touvron, Vedaldi, Douze and Jégou, *Fixing the train-test resolution discrepancy*, 2019 (arXiv 1906.06423).
"""

import dataclasses
import math
import platform
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import numpy as np

from sota_core.data.pictures.view import load_presized
from sota_core.errors import InputError
from sota_core.inference.arrays import arrays_of, refused
from sota_core.inference.model import ExportedModel, logits
from sota_core.inference.predictions import Stored

OTHER_SIZES = "other_sizes.npz"
STEPS_OF_20 = range(15, 31)  # 0.75 to 1.5 times the training size
_BATCH = 50  # pictures held at once


@dataclass(frozen=True, slots=True)
class Counts:
    """What the net answers to n pictures at another size, or with other statistics, than it was trained with.

    n_rescued, n_broken  pictures right only in this way, and right only as it was trained
    """

    n: int
    n_right: int
    n_rescued: int
    n_broken: int

    @property
    def accuracy(self) -> float:
        return self.n_right / self.n

    @property
    def gain(self) -> float:
        """Accuracy less that of the way it was trained."""
        return (self.n_rescued - self.n_broken) / self.n

    @property
    def noise(self) -> float:
        """Half the width of the 95 % interval of `gain`: only pictures answered otherwise can move it."""
        return 1.96 * math.sqrt(self.n_rescued + self.n_broken) / self.n

    @property
    def is_noise(self) -> bool:
        """Could a fair coin have split the pictures answered otherwise so unevenly? The exact sign test at 95 %.

        >>> Counts(500, 430, 4, 0).is_noise, Counts(500, 432, 6, 0).is_noise
        (True, False)
        """
        changed, fewer = self.n_rescued + self.n_broken, min(self.n_rescued, self.n_broken)
        return 2 * sum(math.comb(changed, k) for k in range(fewer + 1)) > 0.05 * 2**changed

    @classmethod
    def of(cls, right: np.ndarray, own: np.ndarray) -> "Counts":
        """Both (B,) bool: which pictures are answered rightly here, and as it was trained."""
        return cls(len(right), int(right.sum()), int((right & ~own).sum()), int((own & ~right).sum()))


@dataclass(frozen=True, slots=True)
class AtSize(Counts):
    """The counts at one size."""

    size: int


@dataclass(frozen=True, slots=True, eq=False)
class OtherSizes:
    """Answers at S sizes.

    own           the size the net was trained and validated at, one of `sizes`
    date, device  when and on what it was asked

    Shapes
        answers  (S, B)  uint8, the class that leads
        labels   (B,)    uint8
    """

    own: int
    sizes: tuple[int, ...]
    answers: np.ndarray
    labels: np.ndarray
    date: str
    device: str

    def counted(self) -> tuple[AtSize, ...]:
        """The counts at each size, in rising order."""
        right = self.answers == self.labels
        at_own = right[self.sizes.index(self.own)]
        return tuple(
            AtSize(**dataclasses.asdict(Counts.of(here, at_own)), size=size)
            for size, here in zip(self.sizes, right, strict=True)
        )

    def best(self) -> AtSize:
        """The size with most right answers, chosen by these very answers; of equals the nearest to the net's own."""
        return max(self.counted(), key=lambda at: (at.n_right, -abs(at.size - self.own)))


def sizes_to_ask(own: int, presize: int) -> tuple[int, ...]:
    """Twentieths of `own` from 0.75 to 1.5 times, as far as the presized picture needs no enlarging.

    >>> sizes_to_ask(80, 160)[:3], sizes_to_ask(80, 160)[-1], sizes_to_ask(80, 96)[-1]
    ((60, 64, 68), 120, 96)
    """
    return tuple(sorted({size for k in STEPS_OF_20 if (size := round(own * k / 20)) <= presize or k == 20}))


def ask(model: ExportedModel, stored: Stored, root: Path, sizes: Sequence[int] | None = None) -> OtherSizes:
    """Ask a run's exported net, which takes any size, about its validation pictures at every size. Blocking.

    root  the data set's folder, which the stored names start from

    Raises
        InputError  a picture that the run was validated on is not below root, or the net has over 256 classes.
    """
    require_pictures(model, stored, root)
    sizes = tuple(sizes or sizes_to_ask(model.size, model.presize))
    answers = np.empty((len(sizes), len(stored)), np.uint8)
    for start in range(0, len(stored), _BATCH):
        pictures = [load_presized(root / name, model.presize) for name in stored.names[start : start + _BATCH]]
        for i, size in enumerate(sizes):
            views = np.stack([model.view(picture, size) for picture in pictures])
            answers[i, start : start + _BATCH] = logits(model, views).argmax(axis=1)
    return OtherSizes(model.size, sizes, answers, stored.labels.astype(np.uint8), today(), device())


def require_pictures(model: ExportedModel, stored: Stored, root: Path) -> None:
    """Check that a net can be asked about all pictures it was validated on.

    Raises
        InputError  a picture that the run was validated on is not below root, or the net has over 256 classes.
    """
    if model.n_classes > 256:
        raise InputError(f"ask: answers are kept as one byte each, so at most 256 classes, got {model.n_classes}")
    missing = [name for name in stored.names if not (root / name).is_file()]
    if missing:
        raise InputError(
            f"ask: {len(missing)} of {len(stored)} validation pictures are not below the given folder, the first is "
            f"'{missing[0]}'; give the folder of the set that the run was validated on"
        )


def today() -> str:
    return datetime.now(UTC).date().isoformat()


def device() -> str:
    """The machine and library that the net was run with, in words."""
    import onnxruntime  # loaded with the net

    return f"CPU ({platform.machine()}), onnxruntime {onnxruntime.__version__}"


def save(path: Path, found: OtherSizes) -> None:
    arrays = {name: getattr(found, name) for name in ("own", "sizes", "answers", "labels", "date", "device")}
    np.savez_compressed(path, **arrays)


def load(path: Path) -> OtherSizes:
    """Read what `save` wrote. Blocking, some milliseconds; reads no pickle.

    Raises
        DataError  the file holds something else.
    """
    what = "a net's answers at other sizes"
    arrays = arrays_of(path, what, own="", sizes="S", answers="S B", labels="B", date="text", device="text")
    read = OtherSizes(
        own=int(arrays["own"]),
        sizes=tuple(arrays["sizes"].tolist()),
        answers=arrays["answers"],
        labels=arrays["labels"],
        date=str(arrays["date"]),
        device=str(arrays["device"]),
    )
    if read.own not in read.sizes:
        raise refused(path, what, f"own, {read.own}, must be one of the sizes {read.sizes}")
    return read
