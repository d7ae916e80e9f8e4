"""The tools the sample's pictures are drawn with: places, soft masks, noise, colours, light.

No object and no scene is drawn here (objects.py, textures.py, scenes.py). All arrays are float32;
colours run from 0 to 1. A picture is planar, (3, H, W), and a colour (3, 1, 1): a mask (H, W) then multiplies
either without an index, and eight times as fast as with the channels last.
"""

import colorsys
import math
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from PIL import Image

Rng = np.random.Generator
BANK_SEED = 20_240_707
BANK_SIDE = 640  # larger than any picture, so that windows differ


@dataclass(frozen=True)
class Place:
    """Where an object stands: centre and radius in pixels, turned by `angle`, mirrored by `flip`."""

    cx: float
    cy: float
    r: float
    angle: float = 0.0
    flip: int = 1

    def axes(self, rows: slice, cols: slice) -> tuple[np.ndarray, np.ndarray]:
        """Local coordinates in radii, u to the right and v up, of every pixel of a window."""
        dx = (np.arange(cols.start, cols.stop, dtype=np.float32)[None, :] - self.cx) * (self.flip / self.r)
        dy = (self.cy - np.arange(rows.start, rows.stop, dtype=np.float32)[:, None]) / self.r
        c, s = math.cos(self.angle), math.sin(self.angle)
        return c * dx + s * dy, c * dy - s * dx

    def to_picture(self, u: float, v: float) -> tuple[float, float]:
        """Column and row of a point given in local coordinates."""
        c, s = math.cos(self.angle), math.sin(self.angle)
        return self.cx + self.flip * self.r * (c * u - s * v), self.cy - self.r * (s * u + c * v)


def patch(
    rgb: np.ndarray, place: Place, left: float, right: float, bottom: float, top: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The part of a picture around a local box, and its pixels' u and v.

    Things are painted in their own patch only: most of a picture is not touched by most of them.
    """
    corners = [place.to_picture(u, v) for u in (left, right) for v in (bottom, top)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    rows, cols = _span(min(ys), max(ys), rgb.shape[1]), _span(min(xs), max(xs), rgb.shape[2])
    return rgb[:, rows, cols], *place.axes(rows, cols)


def _span(low: float, high: float, end: int) -> slice:
    start = min(max(int(low) - 1, 0), end)
    return slice(start, max(min(int(high) + 2, end), start))


@dataclass(frozen=True)
class Light:
    """A sun: direction in the picture (x right, y up), and its colour."""

    x: float
    y: float
    warmth: np.ndarray

    def along(self, place: Place) -> tuple[float, float]:
        """The same direction in an object's own axes."""
        c, s = math.cos(place.angle), math.sin(place.angle)
        x = self.x * place.flip
        return c * x + s * self.y, c * self.y - s * x


def soft(distance: np.ndarray, r: float) -> np.ndarray:
    """Coverage of each pixel from a signed distance in radii (negative inside): an antialiased edge."""
    return np.clip(0.5 - distance * r, 0, 1)


def ramp(x: np.ndarray, low: float, high: float) -> np.ndarray:
    """0 below low, 1 above high, smooth between."""
    t = np.clip((x - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)


def paint(rgb: np.ndarray, mask: np.ndarray, colour: np.ndarray) -> None:
    """Lay a colour, one or one per pixel, over the picture where the mask (H, W) says."""
    change = colour - rgb
    change *= mask
    rgb += change


def mixed(a: np.ndarray, b: np.ndarray, t: np.ndarray) -> np.ndarray:
    """Per pixel from colour a (t = 0) to colour b (t = 1)."""
    return a + t * (b - a)


def hsv(h: float, s: float, v: float) -> np.ndarray:
    return colour(*colorsys.hsv_to_rgb(h % 1, min(max(s, 0), 1), min(max(v, 0), 1)))


def colour(red: float, green: float, blue: float) -> np.ndarray:
    return np.array([red, green, blue], np.float32).reshape(3, 1, 1)


def noise(rng: Rng, kind: str, shape: tuple[int, ...]) -> np.ndarray:
    """A random window of the noise bank; `cloud`, `rough` and `wave` lie in [0, 1], `grain` is N(0, 1)."""
    field = _bank()[kind]
    y = int(rng.integers(0, BANK_SIDE - shape[0]))
    x = int(rng.integers(0, BANK_SIDE - shape[1]))
    window = field[y : y + shape[0], x : x + shape[1]]
    return window[:, ::-1] if rng.random() < 0.5 else window


@lru_cache(maxsize=1)
def _bank() -> dict[str, np.ndarray]:
    """Large fields made once; a picture takes windows, since fresh noise would cost more than all else."""
    rng = np.random.default_rng(BANK_SEED)
    return {
        "cloud": _octaves(rng, (4, 4), 6, 0.5),
        "rough": _octaves(rng, (40, 40), 4, 0.65),
        "wave": _octaves(rng, (40, 5), 4, 0.6),
        "grain": rng.standard_normal((BANK_SIDE, BANK_SIDE), dtype=np.float32),
    }


def _octaves(rng: Rng, cells: tuple[int, int], n: int, gain: float) -> np.ndarray:
    """Sum of n layers of smooth noise, each twice as fine and `gain` as strong; stretched to [0, 1]."""
    total = np.zeros((BANK_SIDE, BANK_SIDE), np.float32)
    for i in range(n):
        layer = rng.random((cells[0] * 2**i + 1, cells[1] * 2**i + 1), dtype=np.float32)
        image = Image.fromarray(layer).resize((BANK_SIDE, BANK_SIDE), Image.Resampling.BICUBIC)
        total += gain**i * np.asarray(image)
    low, high = np.quantile(total, [0.01, 0.99])
    return np.clip((total - low) / (high - low), 0, 1).astype(np.float32)
