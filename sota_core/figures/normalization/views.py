"""What the page on normalization shows of a colour channel at every step of its statistics: words and paths, by slot.

The three channels stand in rows of one figure, red on top, on one axis: so one sees their middles fall into line.
Numbers come from functional. A channel depends on its own two statistics alone, so a knob moves one row.
"""

import math
from collections.abc import Sequence

import numpy as np

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.normalization.statistics import CHANNELS, SPAN, Batch, number, operand
from sota_core.figures.plot import Axes
from sota_core.functional.normalize import Stats, normalize
from sota_core.language import tr

BEFORE, AFTER = Axes((0.0, 1.0), (-0.2, 3.0)), Axes((-SPAN, SPAN), (-0.2, 3.0))
N_BINS = 64  # four grey levels each
TALL = 0.62  # of a row, for its hill
_EDGE = 0.06  # by which a mark is higher than the hill


def base(channel: int) -> int:
    """Where a channel's row begins."""
    return 2 - channel


def hill(batch: Batch, channel: int) -> Slots:
    """How often each pixel value occurs before normalization, its mean and its standard deviation.

    Heights are relative to the fullest bin but the two ends: pure black and white would dwarf the rest.
    """
    counts, name = batch.counts[channel], CHANNELS[channel]
    share = counts.reshape(N_BINS, -1).sum(axis=1) / counts.sum()
    height = np.minimum(1, share / max(share[1:-1].max(), 1e-9)) * TALL
    grid = np.arange(N_BINS) * (256 / N_BINS) / 255
    low = base(channel)
    outline = BEFORE.path([0, *grid, grid[-1]], [low, *(low + height), low])
    mean, std = batch.mean[channel], batch.std[channel]
    return {
        f"hill_{name}": outline + "z",
        f"own_{name}": _marks(BEFORE, channel, mean, std),
        f"before_{name}": said(mean, std),
        f"mean_{name}": number(mean),
        f"std_{name}": number(std),
    }


def channel_after(batch: Batch, channel: int, used: tuple[float, float] | None, how: str) -> Slots:
    """One channel once (x − m) / s has been done to it: where its hill lies, what the screen shows of its pixels.

    used  m and s; None: nothing is done
    how   what the screen, which has no −2, shows: "scale", one grey scale on which −3 is black and 3 white; "clip",
          below 0 black and above 1 white, as plotting libraries do; "undo", the picture itself, as show_batch does
    """
    name = CHANNELS[channel]
    mean, std = used or (0.0, 1.0)
    black, white = moved((0.0, 1.0), mean, std)
    m, s = batch.mean[channel], batch.std[channel]
    middle, above = moved((m, m + s), mean, std)
    # the hill's own axis goes from 0 to 1: where these two lie now says where all of it lies
    start, scale = 1000 * (black + SPAN) / (2 * SPAN), (white - black) / (2 * SPAN)
    slope, shift = screen(mean, std, how)
    return {
        f"after_{name}": f"translate({start:.1f} 0) scale({scale:.4f} 1)",
        f"own_after_{name}": _marks(AFTER, channel, middle, above - middle),
        f"used_{name}": _marks(BEFORE, channel, mean, std, is_dashed=True) if used else "",
        f"mean_x_{name}": BEFORE.left(mean),
        f"std_x_{name}": BEFORE.left(mean + std),
        f"said_after_{name}": said(middle, above - middle),
        f"mean_after_{name}": number(middle),
        f"std_after_{name}": number(above - middle),
        f"used_mean_{name}": number(mean) if used else "–",
        f"used_std_{name}": number(std) if used else "–",
        f"std_now_{name}": f"{std:.3f}",
        f"slope_{name}": f"{slope:.5f}",
        f"shift_{name}": f"{shift:.5f}",
    }


def hands(kind: str) -> Slots:
    """Whether the statistics used are marks that can be dragged: typed ones are, a batch's or a set's are fixed."""
    return {"is_typed": "" if kind == "typed" else "none"}


def moved(values: Sequence[float], mean: float, std: float) -> tuple[float, ...]:
    """Values of one channel, normalized."""
    x = np.array(values).reshape(1, 1, -1)
    return tuple(float(z) for z in np.asarray(normalize(x, (mean,), (std,))).ravel())


def screen(mean: float, std: float, how: str) -> tuple[float, float]:
    """Slope and shift that take a pixel 0 … 1 of the file to what the screen shows of its normalized value."""
    black, white = moved((0.0, 1.0), mean, std)
    if how == "undo":
        return 1.0, 0.0
    if how == "scale":
        black, white = ((z + SPAN) / (2 * SPAN) for z in (black, white))
    return white - black, black


def said(mean: float, std: float) -> str:
    return tr("mean {mean} std {std}", mean=number(mean), std=number(std))


def _marks(axes: Axes, channel: int, mean: float, std: float, *, is_dashed: bool = False) -> str:
    """The mean as a line through the row; one std each way as a line below it, dashed as lines of their own."""
    low, high = base(channel) - _EDGE, base(channel) + TALL + _EDGE
    bottom, top = (round(1000 * (1 - float(axes.up(y)))) for y in (low, high))
    at, left, right = (round(1000 * _clipped(float(axes.left(x)))) for x in (mean, mean - std, mean + std))
    if is_dashed:
        return "".join(f"M{x} {bottom}V{top}" for x in (at, left, right))
    return f"M{at} {bottom}V{top}M{left} {bottom}H{right}"


def _clipped(share: float) -> float:
    """A mark may leave the box, but by nine widths at most."""
    return min(9.0, max(-9.0, share))


def arithmetic(batch: Batch, used: tuple[float, float] | None) -> Slots:
    """The red channel in numbers: the middle pixel of the first picture, the batch's mean and its std."""
    mean, std = used or (0.0, 1.0)
    z, middle, above = moved((batch.pixel, batch.mean[0], batch.mean[0] + batch.std[0]), mean, std)
    return {
        "pixel": operand(batch.pixel),
        "m": operand(mean),
        "s": operand(std),
        "x_bar": operand(batch.mean[0]),
        "sigma": operand(batch.std[0]),
        "z": number(z),
        "z_bar": number(middle),
        "sigma_z": number(above - middle),
        "is_used": "" if used else "none",
        "is_plain": "none" if used else "",
    }


def std_words(batch: Batch) -> Slots:
    """A sentence on which standard deviation is shown, the population's, and which one fastai takes."""
    sample = batch.std[0] * math.sqrt(batch.n / (batch.n - 1)) + 1e-7
    text = tr(
        "Standard deviations here divide by n: {population} for red. fastai's Normalize() without numbers takes one "
        "training batch, divides by n − 1 and adds 10⁻⁷: {sample}. With n = {n} pixels the two are almost equal.",
        population=words.number(batch.std[0], 7),
        sample=words.number(sample, 7),
        n=words.count(batch.n),
    )
    return {"std_words": text}


def in_words(batch: Batch, stats: Stats | None) -> Slots:
    """Both figures in words, for whoever does not see them."""
    before = "; ".join(f"{c}: {said(m, s)}" for c, m, s in zip(CHANNELS, batch.mean, batch.std, strict=True))
    rows = []
    for c in range(3):
        mean, std = (stats[0][c], stats[1][c]) if stats else (0.0, 1.0)
        middle, above = moved((batch.mean[c], batch.mean[c] + batch.std[c]), mean, std)
        rows.append(f"{CHANNELS[c]}: {said(middle, above - middle)}")
    after = "; ".join(rows)
    return {
        "axis_after": tr("normalized value (x − m) / s") if stats else tr("pixel value, unchanged"),
        "said": tr("After normalization {channels}.", channels=after),
        "said_before": tr("Histogram of each channel before normalization. {channels}.", channels=before),
        "said_after": tr("Histogram of each channel after normalization. {channels}.", channels=after),
    }
