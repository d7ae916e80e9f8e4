"""One net's answers to all its validation pictures, normalized by its own statistics and by others, stored beforehand.

A page asks live about some of the pictures (statistics_check.py); here are answers to all, also by batches' statistics.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sota_core.data.pictures.view import load_presized
from sota_core.functional.normalize import Stats, channel_stats
from sota_core.inference.arrays import arrays_of, refused
from sota_core.inference.model import ExportedModel, logits
from sota_core.inference.other_sizes import Counts, device, require_pictures, today
from sota_core.inference.predictions import Stored
from sota_core.inference.statistics_check import OWN, alternatives

OTHER_STATISTICS = "other_statistics.npz"
BATCH_OF = {"batch of 64": 64, "batch of 8": 8}
"""Kind of statistics → pictures in a batch. These kinds normalize each random batch by its own mean and std."""
SEED = 0  # of the batches


@dataclass(frozen=True, slots=True, eq=False)
class OtherStatistics:
    """Answers under K kinds of statistics, the net's own among them.

    date, device  when and on what it was asked

    Shapes
        answers  (K, B)  uint8, the class that leads
        labels   (B,)    uint8
    """

    kinds: tuple[str, ...]
    answers: np.ndarray
    labels: np.ndarray
    date: str
    device: str

    def counted(self) -> dict[str, Counts]:
        """kind → counts; the net's own first."""
        right = self.answers == self.labels
        own = right[self.kinds.index(OWN)]
        return {kind: Counts.of(here, own) for kind, here in zip(self.kinds, right, strict=True)}


def ask(model: ExportedModel, stored: Stored, root: Path) -> OtherStatistics:
    """Ask an exported net about all its validation pictures under every kind. Blocking; holds all views at once.

    root  the data set's folder, which the stored names start from

    Raises
        InputError  a picture that the run was validated on is not below root, or the net has over 256 classes.
    """
    require_pictures(model, stored, root)
    views = np.stack([model.view(load_presized(root / name, model.presize)) for name in stored.names])
    found = {kind: logits(model, views, *stats).argmax(axis=1) for kind, stats in alternatives(model).items()}
    for kind, bs in BATCH_OF.items():
        found[kind] = np.empty(len(views), np.int64)
        for items in np.array_split(np.random.default_rng(SEED).permutation(len(views)), max(1, len(views) // bs)):
            found[kind][items] = logits(model, views[items], *own_of(views[items])).argmax(axis=1)
    answers = np.stack([answer.astype(np.uint8) for answer in found.values()])
    return OtherStatistics(tuple(found), answers, stored.labels.astype(np.uint8), today(), device())


def own_of(views: np.ndarray) -> Stats:
    """A batch's own mean and std.

    Shapes
        views    (B, 3, H, W)  uint8
        returns  (3,), (3,)    of pixels in [0, 1]
    """
    mean, std = channel_stats(views.astype(np.float32) / 255)
    return tuple(mean.tolist()), tuple(std.tolist())


def save(path: Path, found: OtherStatistics) -> None:
    arrays = {name: getattr(found, name) for name in ("kinds", "answers", "labels", "date", "device")}
    np.savez_compressed(path, **arrays)


def load(path: Path) -> OtherStatistics:
    """Read what `save` wrote. Blocking, some milliseconds; reads no pickle.

    Raises
        DataError  the file holds something else.
    """
    what = "a net's answers under other statistics"
    arrays = arrays_of(path, what, kinds="text K", answers="K B", labels="B", date="text", device="text")
    kinds = tuple(arrays["kinds"].tolist())
    if OWN not in kinds:
        raise refused(path, what, f"'{OWN}' must be one of the kinds {kinds}")
    return OtherStatistics(kinds, arrays["answers"], arrays["labels"], str(arrays["date"]), str(arrays["device"]))
