"""Progressive resizing and presizing: what a plan of phases costs, and which part of a picture is seen.

Not here: sampling pixels (data). A plan is a list of phases: (size, epochs) pairs, or objects with `size` and
`n_epochs`. If an object has `total_epochs`, that number counts: it includes the warm-up epoch of fine_tune.
"""

import math
from collections.abc import Iterable
from typing import Any

import numpy as np

from sota_core.errors import InputError, RangeError
from sota_core.functional._arrays import require_count, require_number, require_rng
from sota_core.functional.boxes import Box, require_sides

RESIZE_METHODS = ("crop", "squish", "pad")  # fastai's ResizeMethod
_N_ATTEMPTS = 10  # as fastai's RandomResizedCrop, before it takes the largest centred crop


def plan_pixels(phases: Iterable[Any]) -> int:
    """How many pixels of one training picture the net sees over all phases: Σ epochs · size².

    Shapes
        phases   (size, epochs) pairs or objects with size and n_epochs
        returns  ()  a Python int; multiply it by the number of pictures for the whole plan

    Raises
        InputError  phases is empty, or an entry is neither a pair nor such an object.
        RangeError  a size is below 1, or epochs below 0.

    Source
        fastbook ch. 7, "Progressive Resizing".

    >>> plan_pixels([(128, 4), (224, 5)])
    316416
    """
    return sum(size**2 * n_epochs for size, n_epochs in _pairs("plan_pixels", phases))


def relative_cost(phases: Iterable[Any], fixed: Iterable[Any] | None = None) -> float:
    """Pixels of a plan as a share of a fixed plan's; below 1 is cheaper.

    Unless given, the fixed plan has as many epochs, all at the plan's largest size.

    Shapes
        phases   as plan_pixels
        fixed    as plan_pixels, or None
        returns  ()  a Python float

    Raises
        InputError  a plan is empty or not a plan.
        RangeError  a size is below 1, epochs below 0, or the fixed plan has no epoch.

    Source
        fastbook ch. 7, "Progressive Resizing". Pixels are not seconds: see plan_seconds.

    >>> round(relative_cost([(128, 4), (224, 5)]), 3)
    0.701
    """
    pairs = _pairs("relative_cost", phases)
    if fixed is None:
        fixed = [(max(size for size, _ in pairs), sum(n for _, n in pairs))]
    whole = plan_pixels(fixed)
    if whole == 0:
        raise RangeError("relative_cost: the fixed plan must have at least one epoch, got none")
    return plan_pixels(pairs) / whole


def epoch_cost(small: tuple[int, float], large: tuple[int, float]) -> tuple[float, float]:
    """Split an epoch's time into a fixed part and a part per pixel, from measurements at two sizes.

    seconds = fixed + rate · size²: decoding and presizing cost the same at every size, so 3.06 times fewer
    pixels do not make an epoch 3.06 times shorter.

    Shapes
        small, large  (size, seconds of an epoch), two different sizes
        returns       ()  fixed_s, and the seconds that each pixel of size² adds; measurements can make one negative

    Raises
        RangeError  sizes are equal or below 1, or seconds not positive.

    Source
        our own line through two points; fastbook's epochs: 128 px 30 s, 224 px 63 s.

    >>> fixed_s, rate_s = epoch_cost((128, 30), (224, 63))
    >>> fixed_s, round(rate_s * 224**2)
    (14.0, 49)
    """
    points = []
    for name, (size, seconds) in (("small", small), ("large", large)):
        size = require_count("epoch_cost", f"{name}'s size", size, 1)
        seconds = require_number("epoch_cost", f"{name}'s seconds", seconds, 0, math.inf, is_open=True)
        points.append((size**2, seconds))
    (pixels_a, seconds_a), (pixels_b, seconds_b) = points
    if pixels_a == pixels_b:
        raise RangeError(f"epoch_cost: the two sizes must differ, got {small[0]} twice")
    rate_s = (seconds_b - seconds_a) / (pixels_b - pixels_a)
    return seconds_a - rate_s * pixels_a, rate_s


def plan_seconds(phases: Iterable[Any], fixed_s: float, rate_s: float) -> float:
    """Estimated seconds of a plan: Σ epochs · (fixed_s + rate_s · size²).

    Shapes
        phases           as plan_pixels
        fixed_s, rate_s  as returned by epoch_cost
        returns          ()  a Python float

    Raises
        InputError  phases is empty or not a plan.
        RangeError  a size is below 1, epochs below 0, or a cost not finite.

    Source
        our own; an estimate for one machine, net and loader.

    >>> plan_seconds([(128, 4), (224, 5)], *epoch_cost((128, 30), (224, 63)))
    435.0
    """
    limit = 1e12  # any finite number will do: a fitted fixed part may even be negative
    fixed_s = require_number("plan_seconds", "fixed_s", fixed_s, -limit, limit)
    rate_s = require_number("plan_seconds", "rate_s", rate_s, -limit, limit)
    return float(sum(n * (fixed_s + rate_s * size**2) for size, n in _pairs("plan_seconds", phases)))


def resize_box(height: int, width: int, size: int, method: str = "crop", pcts: tuple[float, float] = (0.5, 0.5)) -> Box:
    """The part of a picture that Resize(size, method) turns into a square of side `size`.

    crop: the largest square inside. pad: the smallest square around the picture; its part outside is filled.
    squish: the whole picture, its proportions lost.

    Shapes
        pcts     (left, top)  where the square lies, from 0 (left, top) to 1; validation takes (.5, .5)
        returns  Box          whole pixels of the original

    Raises
        InputError  method is none of crop, squish, pad.
        RangeError  a side is below 1, or a pct outside [0, 1].

    Source
        fastai's Resize.encodes, its rounding towards zero included; training draws pcts at random.

    >>> resize_box(100, 150, 64, "crop"), resize_box(100, 150, 64, "pad")
    (Box(x1=25, y1=0, x2=125, y2=100), Box(x1=0, y1=-25, x2=150, y2=125))
    """
    height, width, size = require_sides("resize_box", height=height, width=width, size=size)
    left, top = (require_number("resize_box", "pcts", pct, 0, 1) for pct in pcts)
    if method not in RESIZE_METHODS:
        raise InputError(f"resize_box: method must be one of {', '.join(RESIZE_METHODS)}, got {method!r}")
    if method == "squish":
        return Box(0, 0, width, height)
    scale = (min if method == "crop" else max)(width / size, height / size)
    side = int(scale * size)  # as in fastai: rounding may leave it one pixel short
    x, y = int(left * (width - side)), int(top * (height - side))
    return Box(x, y, x + side, y + side)


def random_crop_box(
    height: int,
    width: int,
    min_scale: float,
    rng: np.random.Generator,
    max_scale: float = 1.0,
    ratio: tuple[float, float] = (1.0, 1.0),
) -> Box:
    """Draw the box of a random resized crop: first its share of the area, then its aspect ratio, then its place.

    If ten attempts give no box that fits, the largest centred box of an allowed ratio is taken.

    Shapes
        min_scale, max_scale  shares of the picture's area
        ratio                 width over height, from … to
        returns               Box  whole pixels inside the picture

    Raises
        RangeError  a side is below 1, or the scales or ratios are not rising and positive.

    Source
        fastai's RandomResizedCropGPU.before_call, in its order of draws; ratio (1, 1) and min_scale .75 are
        the chapter's. One box serves the whole batch.

    >>> random_crop_box(100, 150, 1., np.random.default_rng(0))
    Box(x1=25, y1=0, x2=125, y2=100)
    """
    function = "random_crop_box"
    height, width = require_sides(function, height=height, width=width)
    require_rng(function, rng)
    max_scale = require_number(function, "max_scale", max_scale, 0, 1, is_above=True)
    min_scale = require_number(function, "min_scale", min_scale, 0, max_scale, is_above=True)
    narrow, wide = (require_number(function, "ratio", r, 0, math.inf, is_open=True) for r in ratio)
    if narrow > wide:
        raise RangeError(f"{function}: ratio must rise, got {ratio!r}; did you mean {ratio[::-1]!r}?")
    for _ in range(_N_ATTEMPTS):
        area = rng.uniform(min_scale, max_scale) * width * height
        shape = math.exp(rng.uniform(math.log(narrow), math.log(wide)))
        w, h = round(math.sqrt(area * shape)), round(math.sqrt(area / shape))
        if w <= width and h <= height:
            y = int(rng.integers(0, height - h + 1))
            x = int(rng.integers(0, width - w + 1))
            return Box(x, y, x + w, y + h)
    h, w = height, width
    if width / height < narrow:
        h = int(width / narrow)
    elif width / height > wide:
        w = int(height * wide)
    y, x = (height - h) // 2, (width - w) // 2
    return Box(x, y, x + w, y + h)


def _pairs(function: str, phases: Iterable[Any]) -> list[tuple[int, int]]:
    pairs = []
    for phase in phases:
        if hasattr(phase, "size") and hasattr(phase, "n_epochs"):
            size, n_epochs = phase.size, getattr(phase, "total_epochs", phase.n_epochs)
        elif isinstance(phase, tuple | list) and len(phase) == 2:
            size, n_epochs = phase
        else:
            raise InputError(f"{function}: each phase must be (size, epochs) or have size and n_epochs, got {phase!r}")
        pairs.append((require_count(function, "size", size, 1), require_count(function, "n_epochs", n_epochs, 0)))
    if not pairs:
        raise InputError(f"{function}: phases must hold at least one phase, got none")
    return pairs
