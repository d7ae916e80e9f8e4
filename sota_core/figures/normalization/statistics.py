"""Normalization in numbers: a batch measured before and after, its pixels made visible, tables of statistics.

All maths is functional's; figures of what is measured here stand in channels.py.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from sota_core.functional.normalize import channel_stats, denormalize, normalize
from sota_core.published import batch_stats

CHANNELS = ("R", "G", "B")
Stats = tuple[tuple[float, ...], tuple[float, ...]]
SPAN = 3.0  # of normalized values shown on either side of 0: black and white by ImageNet's are -2.1 and 2.6


# Of all 9,469 training pictures of Imagenette, whole, at 224 px; data/statistics.file_stats, population std.
IMAGENETTE: Stats = ((0.4625, 0.4579, 0.4301), (0.2821, 0.2790, 0.3011))


@dataclass(frozen=True, slots=True, eq=False)
class Measured:
    """A batch before and after normalization, per channel R, G, B.

    stats    what was subtracted and divided by; None: nothing was
    counts   (3, 256)  pixels of each grey level before
    n        pixels of one channel in the whole batch
    """

    mean: tuple[float, ...]
    std: tuple[float, ...]
    stats: Stats | None
    mean_after: tuple[float, ...]
    std_after: tuple[float, ...]
    counts: np.ndarray
    n: int

    @property
    def sample_std(self) -> tuple[float, ...]:
        """What fastai divides by when it has taken this batch: n − 1 below the root, and 1e-7 on top."""
        return tuple(s * math.sqrt(self.n / (self.n - 1)) + 1e-7 for s in self.std)


def measure(views: np.ndarray, stats: Stats | None) -> Measured:
    """Statistics of a batch (B, 3, H, W) uint8, before and after `stats` have been applied."""
    x = views.astype(np.float32) / 255
    mean, std = channel_stats(x)
    after = channel_stats(normalize(x, *stats)) if stats else (mean, std)
    counts = np.stack([np.bincount(views[:, c].ravel(), minlength=256) for c in range(3)])
    n = views[:, 0].size
    return Measured(_floats(mean), _floats(std), stats, _floats(after[0]), _floats(after[1]), counts, n)


def batch_statistics(views: np.ndarray) -> Stats:
    """Mean and population standard deviation of a batch (B, 3, H, W) uint8, of pixels in [0, 1]."""
    mean, std = channel_stats(views.astype(np.float32) / 255)
    return _floats(mean), _floats(std)


def shown_after(views: np.ndarray, stats: Stats | None, how: str) -> np.ndarray:
    """Normalized pixels as a screen can show them, which has no −2.

    scale  one grey scale for all: −3 is black, 0 middle grey, 3 white
    clip   what a plotting library does: below 0 black, above 1 white
    undo   denormalized first, as fastai's show_batch: the picture itself

    Shapes
        views    (B, 3, H, W)  uint8
        returns  (B, 3, H, W)  uint8
    """
    x = views.astype(np.float32) / 255
    z = normalize(x, *stats) if stats else x
    if how == "scale":
        z = (z + SPAN) / (2 * SPAN)
    elif how == "undo" and stats:
        z = denormalize(z, *stats)
    return np.rint(np.clip(z, 0, 1) * 255).astype(np.uint8)


def share_outside(views: np.ndarray, stats: Stats | None) -> float:
    """Which part of the normalized values lies below 0 or above 1, so that clipping loses it."""
    x = views.astype(np.float32) / 255
    z = np.asarray(normalize(x, *stats)) if stats else x
    return float(((z < 0) | (z > 1)).mean())


def table(rows: Mapping[str, Stats]) -> str:
    """Markdown: a line per batch, mean and standard deviation of R, G, B to three decimals."""
    lines = ["| | mean R | G | B | std R | G | B |", "|:--|--:|--:|--:|--:|--:|--:|"]
    for label, (mean, std) in rows.items():
        lines.append(f"| {label} | " + " | ".join(number(v) for v in (*mean, *std)) + " |")
    return "\n".join(lines)


def comparison(m: Measured) -> dict[str, Stats]:
    """Ours above the two pairs the texts print, for which they used ImageNet's statistics."""
    printed = batch_stats()
    rows: dict[str, Stats] = {"**This batch**, before": (m.mean, m.std)}
    if m.stats:
        rows["statistics used"] = m.stats
    rows["**This batch**, after"] = (m.mean_after, m.std_after)
    for text in ("book", "notes"):
        for when in ("before", "after"):
            stats = printed[f"{text}/{when}"]
            rows[f"{text}, {when}"] = (stats.mean, stats.std)
    return rows


def formulas(m: Measured, view: np.ndarray, own: str, used: str) -> str:
    """LaTeX of the red channel: the middle pixel of one picture, the batch's mean, its standard deviation.

    Shapes
        view       (3, H, W)  uint8
        own, used  colours, as the picture shows the batch's values and the statistics
    """
    if m.stats is None:
        return "z = x"
    x = view[:, view.shape[1] // 2, view.shape[2] // 2].astype(np.float32).reshape(3, 1, 1) / 255
    z = np.asarray(normalize(x, *m.stats))
    mean, std = (values[0] for values in m.stats)
    m_, s_ = (rf"\textcolor{{{used}}}{{{text}}}" for text in ("m", "s"))
    mean_, std_ = (rf"\textcolor{{{used}}}{{{value:.3f}}}" for value in (mean, std))
    x_, x_bar, sigma, pixel, middle, std_x = (
        rf"\textcolor{{{own}}}{{{text}}}"
        for text in ("x", r"\bar x", r"\sigma_x", f"{x[0, 0, 0]:.3f}", f"{m.mean[0]:.3f}", f"{m.std[0]:.3f}")
    )
    lines = (
        rf"z &= \frac{{{x_} - {m_}}}{{{s_}}} = \frac{{{pixel} - {mean_}}}{{{std_}}} = {z[0, 0, 0]:.3f}",
        rf"\bar z &= \frac{{{x_bar} - {m_}}}{{{s_}}} = \frac{{{middle} - {mean_}}}{{{std_}}} = {m.mean_after[0]:.3f}",
        rf"\sigma_z &= \frac{{{sigma}}}{{{s_}}} = \frac{{{std_x}}}{{{std_}}} = {m.std_after[0]:.3f}",
    )
    return r"\begin{aligned} " + r" \\[6pt] ".join(lines) + r" \end{aligned}"


def number(value: float) -> str:
    text = f"{value:.3f}"
    return "0.000" if text == "-0.000" else text.replace("-", "−")


def _floats(values: np.ndarray) -> tuple[float, ...]:
    return tuple(float(v) for v in values)
