"""Normalization in numbers: a batch measured before and after, its pixels made visible, tables of statistics.

All maths is functional's; what is shown of it stands in views.py.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sota_core.functional.normalize import Stats, channel_stats, normalize
from sota_core.language import written

CHANNELS = ("R", "G", "B")
SPAN = 3.0  # of normalized values shown on either side of 0: black and white by ImageNet's are -2.1 and 2.6


# Of all 9,469 training pictures of Imagenette, whole, at 224 px; data/loading/statistics.file_stats, population std.
N_IMAGENETTE = 9_469
IMAGENETTE: Stats = ((0.4625, 0.4579, 0.4301), (0.2821, 0.2790, 0.3011))


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """A batch as its files have it, per channel R, G, B, of pixels in 0 … 1.

    counts  (3, 256)  pixels of each grey level
    n       pixels of one channel in the whole batch
    pixel   red of the middle pixel of the first picture
    """

    mean: Sequence[float]
    std: Sequence[float]
    counts: np.ndarray
    n: int
    pixel: float

    @property
    def stats(self) -> Stats:
        """Its own statistics."""
        return self.mean, self.std


def measure(views: np.ndarray) -> Batch:
    """Statistics of a batch (B, 3, H, W) uint8."""
    mean, std = batch_statistics(views)
    counts = np.stack([np.bincount(views[:, c].ravel(), minlength=256) for c in range(3)])
    middle = views[0, 0, views.shape[2] // 2, views.shape[3] // 2]
    return Batch(mean, std, counts, views[:, 0].size, float(middle) / 255)


def batch_statistics(views: np.ndarray) -> Stats:
    """Mean and population standard deviation of a batch (B, 3, H, W) uint8, of pixels in [0, 1]."""
    mean, std = channel_stats(views.astype(np.float32) / 255)
    return _floats(mean), _floats(std)


def share_outside(batch: Batch, stats: Stats | None) -> float:
    """The share of the normalized values that lies below 0 or above 1, so that clipping loses them."""
    levels = np.broadcast_to(np.arange(256) / 255, (3, 1, 256))
    z = np.asarray(normalize(levels, *stats)) if stats else levels
    is_out = ((z < 0) | (z > 1))[:, 0]
    return float((batch.counts * is_out).sum() / batch.counts.sum())


def number(value: float) -> str:
    text = f"{value:.3f}"
    return written("0.000" if text == "-0.000" else text.replace("-", "−"))


def operand(value: float) -> str:
    """A number in a sum that a reader may recompute: it has two digits more than the result.

    >>> operand(82 / 255), operand(0.229)
    ('0.32157', '0.229')
    """
    text = f"{value:.5f}"
    return written(text[:-2] + text[-2:].rstrip("0"))


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
