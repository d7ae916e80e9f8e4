"""Augmented views of one picture, as training draws them, for pages: NumPy and Pillow, no torch.

The same distribution and the same sampling as data/loading/augment.py (fastai's aug_transforms, its crop drawn per
picture); tests/inference/test_views.py keeps the two equal, number by number.
"""

import math
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sota_core.data.pictures.view import Presized, corner_view_boxes, padded
from sota_core.functional.tta import corner_crops
from sota_core.language import tr, written

P_FLIP, P_AFFINE, P_LIGHTING = 0.5, 0.75, 0.75
MAX_ROTATE_DEG, MAX_ZOOM, MAX_WARP, MAX_LIGHTING = 10.0, 1.1, 0.2, 0.2
MIN_SCALE = 0.75
STRENGTHS = (0.0, 0.5, 1.0, 1.5, 2.0, 2.5, 3.0)  # 1 is training's; at 4 a crop could be of nothing
_N_DRAWS = 19  # uniform numbers of one view, in the order of data/loading/augment.COLUMNS
_GUARD = 1e-7  # keeps logit finite, as fastai's lighting does


@dataclass(frozen=True, slots=True)
class Draw:
    """What happens in one view. Angles in degrees; crop and zoom centres in the square's [-1, 1].

    place      of the square in a longer picture, 0 … 1 along it
    warp_x, warp_y  perspective, horizontal and vertical
    zoom       ≥ 1, with the point (zoom_x, zoom_y) that stays where it is
    side       of the crop as a share of the square's, around (crop_x, crop_y)
    contrast, shift  of sigmoid(contrast · logit(x) + shift)
    """

    place: float
    is_flipped: bool
    warp_x: float
    warp_y: float
    rotate: float
    zoom: float
    zoom_x: float
    zoom_y: float
    side: float
    crop_x: float
    crop_y: float
    contrast: float
    shift: float

    @classmethod
    def at(cls, u: np.ndarray, strength: float = 1.0) -> "Draw":
        """The view these uniform numbers stand for, with every range `strength` times training's.

        At 0 nothing happens: the centre, as it is. Below 1 a view is mirrored, and lies off the centre, less often
        and less far; above 1 both stay as at 1, and the picture is turned, cut, bent and lit further.

        Shapes
            u  (19,)  in [0, 1), in the order of data/loading/augment.COLUMNS

        Source
            fastai's aug_transforms, whose `mult` stretches rotation, warp and lighting; zoom and crop go with it here.
        """
        place, flip, wx, wx_on, wy, wy_on, turn, turn_on, zoom, zoom_on, zx, zy, area, cx, cy, b, b_on, c, c_on = u
        side = math.sqrt(_between(area, min_scale(strength), 1.0))
        lighting, warp, turned = strength * MAX_LIGHTING, strength * MAX_WARP, strength * MAX_ROTATE_DEG
        light = _between(b, 0.5 * (1 - lighting), 0.5 * (1 + lighting)) if b_on < P_LIGHTING else 0.5
        reach = -math.log(1 - lighting)
        seldom = min(strength, 1.0)
        contrast = math.exp(_between(c, -reach, reach)) if c_on < P_LIGHTING else 1.0
        return cls(
            place=float(0.5 + seldom * (place - 0.5)),
            is_flipped=bool(flip < seldom * P_FLIP),
            warp_x=_between(wx, -warp, warp) if wx_on < P_AFFINE else 0.0,
            warp_y=_between(wy, -warp, warp) if wy_on < P_AFFINE else 0.0,
            rotate=_between(turn, -turned, turned) if turn_on < P_AFFINE else 0.0,
            zoom=_between(zoom, 1.0, max_zoom(strength)) if zoom_on < P_AFFINE else 1.0,
            zoom_x=_between(zx, -1, 1),
            zoom_y=_between(zy, -1, 1),
            side=side,
            crop_x=(1 - side) * _between(cx, -1, 1),
            crop_y=(1 - side) * _between(cy, -1, 1),
            contrast=contrast,
            shift=contrast * math.log(light / (1 - light)),
        )

    def words(self) -> str:
        """What a caption says: the changes one can see."""
        said = [tr("mirrored")] if self.is_flipped else []
        if abs(self.rotate) >= 0.5:
            said.append(f"{self.rotate:+.0f}°".replace("-", "−"))
        scale = self.zoom / self.side
        said.append(written(f"×{scale:.2f}"))
        return ", ".join(said)

    def homography(self) -> np.ndarray:
        """Where each point of the view is taken from, target [-1, 1]² to source, right to left: crop, zoom,
        rotation, flip, warp.

        Shapes
            returns  (3, 3)
        """
        theta = math.radians(self.rotate)
        cos, sin, shrink = math.cos(theta), math.sin(theta), 1 / self.zoom
        flip = np.diag([-1.0 if self.is_flipped else 1.0, 1.0, 1.0])
        turn = np.array([[cos, sin, 0], [-sin, cos, 0], [0, 0, 1]])
        near = np.array([[shrink, 0, (1 - shrink) * self.zoom_x], [0, shrink, (1 - shrink) * self.zoom_y], [0, 0, 1]])
        crop = np.array([[self.side, 0, self.crop_x], [0, self.side, self.crop_y], [0, 0, 1]])
        return _perspective(self.warp_x, self.warp_y) @ flip @ turn @ near @ crop


def draws(n: int, seed: int, strength: float = 1.0) -> list[Draw]:
    """n views' numbers. View k depends on the seed and k alone, so asking for more views keeps the first ones.

    The same numbers serve every strength: a view is the same one, taken further.
    """
    return [Draw.at(np.random.default_rng([seed, k]).random(_N_DRAWS), strength) for k in range(n)]


def min_scale(strength: float) -> float:
    """The smallest share of the area that a crop keeps.

    >>> min_scale(1), min_scale(2)
    (0.75, 0.5)
    """
    return 1 - strength * (1 - MIN_SCALE)


def max_zoom(strength: float) -> float:
    """The furthest zoom.

    >>> max_zoom(1), max_zoom(2)
    (1.1, 1.2)
    """
    return round(1 + strength * (MAX_ZOOM - 1), 10)


def augmented_views(picture: Presized, size: int, resize: str, wanted: list[Draw]) -> np.ndarray:
    """The picture as training would see it, once for each draw.

    Shapes
        returns  (V, 3, size, size)  float32 in [0, 1]
    """
    side = min(picture.presize, round(math.sqrt(2) * size))  # see augment.working_side: keeps the sampling sharp
    views = np.empty((len(wanted), 3, size, size), np.float32)
    for k, draw in enumerate(wanted):
        square = np.asarray(_square(picture.image, side, resize, draw.place), np.float32)
        views[k] = _lit(_sampled(square, draw.homography(), size) / 255, draw).transpose(2, 0, 1)
    return views


def corner_views(picture: Presized, size: int) -> np.ndarray:
    """The five squares of corner_view_boxes, brought to the net's size.

    Shapes
        returns  (5, 3, size, size)  uint8
    """
    pixels = np.asarray(picture).transpose(2, 0, 1)
    edge = int(corner_view_boxes(*pixels.shape[1:])[0].width)
    crops = (Image.fromarray(crop.transpose(1, 2, 0)) for crop in corner_crops(pixels, edge))
    sized = (np.asarray(crop.resize((size, size), Image.Resampling.BILINEAR)) for crop in crops)
    return np.stack([crop.transpose(2, 0, 1) for crop in sized])


def _between(u: float, low: float, high: float) -> float:
    return float(low + (high - low) * u)


def _square(picture: Image.Image, side: int, resize: str, place: float) -> Image.Image:
    """The square as training cuts it out: `place`, from 0 to 1, says where it lies along a longer picture."""
    if resize == "pad":
        picture = Image.fromarray(padded(np.asarray(picture), place))
    elif resize == "crop":
        edge = min(picture.size)
        left, top = int(place * (picture.width - edge)), int(place * (picture.height - edge))
        picture = picture.crop((left, top, left + edge, top + edge))
    return picture.resize((side, side), Image.Resampling.BILINEAR)


def _perspective(x: float, y: float) -> np.ndarray:
    """The map from fastai's leaning quadrilateral to the square, (3, 3)."""
    # top left, bottom left, top right, bottom right
    quad = [(-1 - y, -1 - x), (-1 + y, 1 + x), (1 + y, -1 + x), (1 - y, 1 - x)]
    to = [(-1.0, -1.0), (-1.0, 1.0), (1.0, -1.0), (1.0, 1.0)]
    rows = [[a, b, 1, 0, 0, 0, -u * a, -u * b] for (a, b), (u, _) in zip(quad, to, strict=True)]
    rows += [[0, 0, 0, a, b, 1, -v * a, -v * b] for (a, b), (_, v) in zip(quad, to, strict=True)]
    found = np.linalg.solve(np.array(rows), np.array([u for u, _ in to] + [v for _, v in to]))
    return np.append(found, 1.0).reshape(3, 3)


def _sampled(square: np.ndarray, matrix: np.ndarray, size: int) -> np.ndarray:
    """Bilinear at the points the matrix names, mirrored beyond the edge; pixel centres as grid_sample's.

    Shapes
        square   (S, S, 3)
        returns  (size, size, 3)
    """
    at = (2 * np.arange(size) + 1) / size - 1
    x, y = np.meshgrid(at, at)
    sx, sy, sz = np.einsum("ij,jhw->ihw", matrix, np.stack([x, y, np.ones_like(x)]))
    side = square.shape[0]
    px, py = (_mirrored(((s / sz + 1) * side - 1) / 2, side) for s in (sx, sy))
    x0, y0 = np.floor(px).astype(int), np.floor(py).astype(int)
    x1, y1 = np.minimum(x0 + 1, side - 1), np.minimum(y0 + 1, side - 1)
    fx, fy = (px - x0)[..., None], (py - y0)[..., None]
    top = square[y0, x0] * (1 - fx) + square[y0, x1] * fx
    foot = square[y1, x0] * (1 - fx) + square[y1, x1] * fx
    return top * (1 - fy) + foot * fy


def _mirrored(position: np.ndarray, side: int) -> np.ndarray:
    """Positions folded back at the outer edges -0.5 and side - 0.5, then kept on the pixels' centres."""
    folded = np.abs((position + 0.5) % (2 * side))
    return np.clip(np.minimum(folded, 2 * side - folded) - 0.5, 0, side - 1)


def _lit(x: np.ndarray, draw: Draw) -> np.ndarray:
    """Brightness and contrast in logit space; values in [0, 1] stay there."""
    x = np.clip(x, _GUARD, 1 - _GUARD)
    return 1 / (1 + np.exp(-(draw.contrast * np.log(x / (1 - x)) + draw.shift)))
