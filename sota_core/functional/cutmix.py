"""CutMix: one box per batch, filled from each picture's partner, and the λ that the clipped box really leaves.

Not here: blending whole pictures (mixup). Targets are mixed by mixup.mix_targets with the λ of box_lam.
"""

import numpy as np
from array_api_compat import device

from sota_core.errors import RangeError, ShapeError
from sota_core.functional._arrays import (
    Array,
    array_namespace,
    as_array,
    as_partner,
    require_count,
    require_range,
    require_rng,
    require_shape,
)
from sota_core.functional.boxes import Box, require_sides


def sample_box(lam: float, height: int, width: int, rng: np.random.Generator) -> Box:
    """Draw the box that CutMix replaces: about 1 − λ of the picture, its centre anywhere.

    Its sides are round(side · √(1 − λ)). Half a side, rounded down, lies on each side of the centre, and the
    box is clipped at the picture's borders: so the share of the picture that stays is box_lam, not λ.

    Shapes
        lam      () or (1,)  one λ for the whole batch, in [0, 1], not folded
        returns  Box         (x1, y1, x2, y2), inside the picture, possibly empty

    Raises
        ShapeError  lam is one per picture.
        RangeError  lam lies outside [0, 1], or a side is not a positive whole number.

    Source
        arXiv:1905.04899; fastai's CutMix.rand_bbox. The x of the centre is drawn before its y.

    >>> sample_box(1., 8, 8, np.random.default_rng(0)).area
    0
    """
    height, width = require_sides("sample_box", height=height, width=width)
    require_rng("sample_box", rng)
    _require_lam("sample_box", lam)
    x, y = int(rng.integers(0, width)), int(rng.integers(0, height))
    return place_box(lam, height, width, x, y)


def place_box(lam: float, height: int, width: int, x: int, y: int) -> Box:
    """The box of sample_box around a given centre.

    Shapes
        lam      () or (1,)  in [0, 1]
        x, y     the centre, a pixel of the picture
        returns  Box         (x1, y1, x2, y2), inside the picture, possibly empty

    Raises
        ShapeError  lam is one per picture.
        RangeError  lam lies outside [0, 1], a side is not a positive whole number, or the centre outside the picture.

    Source
        arXiv:1905.04899; fastai's CutMix.rand_bbox.

    >>> place_box(.75, 8, 8, 0, 4)
    Box(x1=0, y1=2, x2=2, y2=6)
    """
    height, width = require_sides("place_box", height=height, width=width)
    one_lam = _require_lam("place_box", lam)
    x, y = (require_count("place_box", name, value, 0) for name, value in (("x", x), ("y", y)))
    if x >= width or y >= height:
        raise RangeError(
            f"place_box: the centre must be a pixel of a picture {width} wide and {height} high, got x = {x}, y = {y}; "
            "did you swap them?"
        )
    # fastai draws λ and takes the root in float32; only the same type rounds to the same box.
    cut = np.sqrt(np.float32(1) - np.float32(one_lam))
    half_w, half_h = (int(np.round(np.float32(side) * cut)) // 2 for side in (width, height))
    return Box(max(x - half_w, 0), max(y - half_h, 0), min(x + half_w, width), min(y + half_h, height))


def _require_lam(function: str, lam: float) -> float:
    one_lam = as_array(function, "lam", lam)
    if one_lam.shape not in ((), (1,)):
        raise ShapeError(
            f"{function}: lam must be one number for the whole batch, got shape {tuple(one_lam.shape)}; "
            "did you mean lam[0]?"
        )
    require_range(function, "lam", one_lam, 0, 1)
    return one_lam.item()


def cutmix_images(x: Array, box: Box, partner: Array) -> Array:
    """Replace the box of each picture by the same box of its partner.

    Shapes
        x        (B, C, H, W)      any type and range; not modified
        box      (x1, y1, x2, y2)  whole pixels inside the picture; its area is [..., y1:y2, x1:x2]
        partner  (B,)              whole numbers, a permutation of 0 … B-1
        returns  (B, C, H, W)      a new array of x's kind and type

    Raises
        ShapeError  x is not (B, C, H, W), partner is not (B,).
        RangeError  the box leaves the picture, or some partner the batch.

    Source
        arXiv:1905.04899; fastai's CutMix.before_batch, which overwrites the batch in place.

    >>> x = np.array([[1, 1], [2, 2]]).reshape(2, 1, 1, 2)
    >>> cutmix_images(x, Box(0, 0, 1, 1), [1, 0]).reshape(2, 2).tolist()
    [[2, 1], [1, 2]]
    """
    x = as_array("cutmix_images", "x", x)
    require_shape("cutmix_images", "x", x, "B C H W")
    height, width = int(x.shape[2]), int(x.shape[3])
    box = _require_inside("cutmix_images", box, height, width)
    partner = as_partner("cutmix_images", partner, x)
    xp = array_namespace(x)
    rows, columns = xp.arange(height, device=device(x)), xp.arange(width, device=device(x))
    is_row = (rows >= box.y1) & (rows < box.y2)
    is_column = (columns >= box.x1) & (columns < box.x2)
    is_inside = is_row[:, None] & is_column[None, :]  # (H, W)
    return xp.where(is_inside, xp.take(x, partner, axis=0), x)


def box_lam(box: Box, height: int, width: int) -> float:
    """The λ that the box leaves: the share of the picture outside it.

    1 − area / (H · W): the weight of each picture's own target.

    Shapes
        box      (x1, y1, x2, y2)  inside the picture
        returns  ()                a Python float in [0, 1]

    Raises
        RangeError  the box leaves the picture, or a side is not a positive whole number.

    Source
        fastai's CutMix.before_batch: λ is corrected after clipping; no folding.

    >>> box_lam(Box(0, 0, 4, 2), 8, 8)
    0.875
    """
    height, width = require_sides("box_lam", height=height, width=width)
    return 1 - _require_inside("box_lam", box, height, width).area / (height * width)


def _require_inside(function: str, box: Box, height: int, width: int) -> Box:
    if len(box) != 4:
        raise ShapeError(f"{function}: box must be (x1, y1, x2, y2), got {len(box)} numbers")
    inside = Box(*(int(edge) for edge in box))
    if 0 <= inside.x1 <= inside.x2 <= width and 0 <= inside.y1 <= inside.y2 <= height:
        return inside
    raise RangeError(
        f"{function}: box must lie inside the picture of height {height} and width {width}, got "
        f"(x1, y1, x2, y2) = {tuple(inside)}; did you swap x and y?"
    )
