"""The chapter's augmentation: random numbers, and one sampling of each picture. Tensors in, tensors out, on any device.

fastai samples twice (affine and warp at the source's resolution, then the crop) and draws the crop once per batch.
Here crop, zoom, rotation, flip and warp are one homography per picture, sampled once at the target size; the
crop is drawn per picture. Probabilities and ranges are `aug_transforms(size=…, min_scale=.75)`'s.
"""

import math

import torch
import torch.nn.functional as F
from torch import Tensor

# fastai's defaults, vision/augment.py: aug_transforms
P_FLIP, P_AFFINE, P_LIGHTING = 0.5, 0.75, 0.75
MAX_ROTATE_DEG, MAX_ZOOM, MAX_WARP, MAX_LIGHTING = 10.0, 1.1, 0.2, 0.2
MIN_SCALE = 0.75

# One uniform number each, per picture and pass.
COLUMNS = (
    "place",  # of the square in a longer picture (Resize's random crop)
    "flip",
    *("warp_x", "warp_x_on", "warp_y", "warp_y_on"),
    *("rotate", "rotate_on"),
    *("zoom", "zoom_on", "zoom_x", "zoom_y"),
    *("area", "crop_x", "crop_y"),
    *("brightness", "brightness_on", "contrast", "contrast_on"),
)
_AT = {name: i for i, name in enumerate(COLUMNS)}


def draw(n: int) -> Tensor:
    """The random numbers of one pass over n pictures, from torch's global generator, as fastai's are.

    All at once, a row per picture: what happens to a picture does not depend on the batch it falls into.

    Shapes
        returns  (n, len(COLUMNS))  uniform in [0, 1)
    """
    return torch.rand(n, len(COLUMNS))


def column(u: Tensor, name: str) -> Tensor:
    return u[:, _AT[name]]


def _uniform(u: Tensor, name: str, low: float, high: float) -> Tensor:
    return low + (high - low) * column(u, name)


def _masked(u: Tensor, name: str, value: Tensor, neutral: float, p: float) -> Tensor:
    return torch.where(column(u, name + "_on") < p, value, neutral)


def warps(u: Tensor) -> tuple[Tensor, Tensor]:
    """Perspective strengths, horizontal and vertical, each (B,) in ±MAX_WARP, 0 where the transform is off."""
    drawn = (_masked(u, name, _uniform(u, name, -MAX_WARP, MAX_WARP), 0.0, P_AFFINE) for name in ("warp_x", "warp_y"))
    x, y = drawn
    return x, y


def angles(u: Tensor) -> Tensor:
    """Degrees, (B,)."""
    return _masked(u, "rotate", _uniform(u, "rotate", -MAX_ROTATE_DEG, MAX_ROTATE_DEG), 0.0, P_AFFINE)


def flips(u: Tensor) -> Tensor:
    """-1 where mirrored, else 1, (B,)."""
    return torch.where(column(u, "flip") < P_FLIP, -1.0, 1.0)


def zooms(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Factor ≥ 1 and the centre in [-1, 1] that stays where it is, each (B,)."""
    factor = _masked(u, "zoom", _uniform(u, "zoom", 1.0, MAX_ZOOM), 1.0, P_AFFINE)
    return factor, _uniform(u, "zoom_x", -1, 1), _uniform(u, "zoom_y", -1, 1)


def crops(u: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Side as a share of the square's, and the centre in the square's [-1, 1], each (B,)."""
    side = _uniform(u, "area", MIN_SCALE, 1.0).sqrt()
    return side, (1 - side) * _uniform(u, "crop_x", -1, 1), (1 - side) * _uniform(u, "crop_y", -1, 1)


def lighting(u: Tensor) -> tuple[Tensor, Tensor]:
    """Contrast factor c and shift c·b of `sigmoid(c·(logit(x) + b))`, each (B,)."""
    change = _uniform(u, "brightness", 0.5 * (1 - MAX_LIGHTING), 0.5 * (1 + MAX_LIGHTING))
    shift = torch.logit(_masked(u, "brightness", change, 0.5, P_LIGHTING))
    reach = -math.log(1 - MAX_LIGHTING)
    factor = torch.exp(_masked(u, "contrast", _uniform(u, "contrast", -reach, reach), 0.0, P_LIGHTING))
    return factor, factor * shift


def homographies(u: Tensor) -> Tensor:
    """Where each point of the result is taken from: target [-1, 1]² to source [-1, 1]², homogeneous.

    Right to left, as fastai composes them: crop, zoom, rotation, flip, warp.

    Shapes
        u        (B, len(COLUMNS))
        returns  (B, 3, 3)
    """
    zero, one = torch.zeros(len(u)), torch.ones(len(u))
    theta = angles(u) * (math.pi / 180)
    cos, sin = theta.cos(), theta.sin()
    zoom, zoom_x, zoom_y = zooms(u)
    side, crop_x, crop_y = crops(u)
    shrink = 1 / zoom
    flip = _matrix(flips(u), zero, zero, zero, one, zero)
    turn = _matrix(cos, sin, zero, -sin, cos, zero)
    near = _matrix(shrink, zero, (1 - shrink) * zoom_x, zero, shrink, (1 - shrink) * zoom_y)
    crop = _matrix(side, zero, crop_x, zero, side, crop_y)
    return perspective(*warps(u)) @ flip @ turn @ near @ crop


def _matrix(*rows: Tensor) -> Tensor:
    zero = torch.zeros_like(rows[0])
    return torch.stack([*rows, zero, zero, zero + 1], dim=1).view(-1, 3, 3)


def perspective(x: Tensor, y: Tensor) -> Tensor:
    """The map that takes fastai's leaning quadrilaterals to the square (its `_WarpCoord` and `find_coeffs`).

    Shapes
        x, y     (B,)
        returns  (B, 3, 3)
    """
    corners = torch.tensor([[-1.0, -1.0], [-1.0, 1.0], [1.0, -1.0], [1.0, 1.0]])
    quad_x = torch.stack([-1 - y, -1 + y, 1 + y, 1 - y], dim=1)
    quad_y = torch.stack([-1 - x, 1 + x, -1 + x, 1 - x], dim=1)
    zero, one = torch.zeros_like(quad_x), torch.ones_like(quad_x)
    to_x, to_y = corners[:, 0].expand_as(quad_x), corners[:, 1].expand_as(quad_x)
    rows_x = torch.stack([quad_x, quad_y, one, zero, zero, zero, -to_x * quad_x, -to_x * quad_y], dim=2)
    rows_y = torch.stack([zero, zero, zero, quad_x, quad_y, one, -to_y * quad_x, -to_y * quad_y], dim=2)
    found = torch.linalg.solve(torch.cat([rows_x, rows_y], dim=1), torch.cat([to_x, to_y], dim=1))
    return torch.cat([found, torch.ones(len(x), 1)], dim=1).view(-1, 3, 3)


def grid(matrices: Tensor, size: int) -> Tensor:
    """Sampling points for `grid_sample(align_corners=False)`.

    Shapes
        matrices  (B, 3, 3)
        returns   (B, size, size, 2)
    """
    # Row and column sums instead of a matrix product over all points: BLAS is slow where the inner dimension is 3.
    at = (torch.arange(size, device=matrices.device) * 2 + 1) / size - 1
    along_x = matrices[:, :, 0, None] * at  # (B, 3, W)
    along_y = matrices[:, :, 1, None] * at + matrices[:, :, 2, None]  # (B, 3, H)
    x, y, z = (along_x[:, i, None, :] + along_y[:, i, :, None] for i in range(3))
    points = torch.empty(len(matrices), size, size, 2, device=matrices.device)
    z.reciprocal_()
    torch.mul(x, z, out=points[..., 0])
    torch.mul(y, z, out=points[..., 1])
    return points


def sampled(squares: Tensor, matrices: Tensor, size: int) -> Tensor:
    """The one sampling: bilinear, mirrored beyond the edge.

    Shapes
        squares   (B, 3, S, S)  float
        matrices  (B, 3, 3)
        returns   (B, 3, size, size)
    """
    return F.grid_sample(squares, grid(matrices, size), mode="bilinear", padding_mode="reflection", align_corners=False)


def lit(x: Tensor, factor: Tensor, shift: Tensor) -> Tensor:
    """Brightness and contrast in logit space.

    Shapes
        x              (B, 3, H, W)  in [0, 1]; overwritten
        factor, shift  (B,)
        returns        (B, 3, H, W)  in [0, 1]
    """
    x.logit_(1e-7)  # fastai's own guard
    return torch.addcmul(shift[:, None, None, None], x, factor[:, None, None, None]).sigmoid_()


def working_side(size: int, presize: int) -> int:
    """The side that squares are reduced to before the sampling, so that it does not alias.

    Reducing to √2·size and sampling bilinearly from there blurs twice, each time with half the variance: together as
    much as the one antialiased reduction that makes the validation view.

    >>> working_side(64, 128), working_side(64, 80)
    (91, 80)
    """
    return min(presize, round(math.sqrt(2) * size))
