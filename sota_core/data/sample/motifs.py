"""Urchins, snails, barrels, baskets, beetles and ladybirds: what the prints show, in pairs told apart by their lines.

In grey alone: prints.py gives ink and paper. Lines are spaced in pixels, as in textures.py.
"""

import math

import numpy as np

from sota_core.data.sample.canvas import Light, Place, Rng, colour, paint, patch, ramp, soft
from sota_core.data.sample.objects import bar

INK = colour(0.06, 0.06, 0.06)


def urchin(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A round shell with ribs from its middle outwards."""
    _disc(rgb, place, rng, light, radial=True)


def snail(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same round with one line that winds to its middle."""
    _disc(rgb, place, rng, light, radial=False)


def barrel(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A bellied body of upright staves."""
    _body(rgb, place, rng, light, woven=False)


def basket(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same body in a weave."""
    _body(rgb, place, rng, light, woven=True)


def beetle(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """Six legs, a head, wing cases with furrows along them."""
    _insect(rgb, place, rng, light, spotted=False)


def ladybird(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same with spots."""
    _insect(rgb, place, rng, light, spotted=True)


def _grey(rng: Rng, low: float, high: float) -> np.ndarray:
    return colour(*[rng.uniform(low, high)] * 3)


def _disc(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, radial: bool) -> None:
    view, u, v = patch(rgb, place, -1.05, 1.05, -1.05, 1.05)
    lu, lv = light.along(place)
    rho, phi = np.hypot(u, v / rng.uniform(0.82, 1.0)), np.arctan2(v, u)
    period = rng.uniform(4.2, 5.4) / place.r
    # As many ribs at every radius: the period is their spacing halfway to the rim.
    turns = phi * round(math.pi / period) if radial else (rho / period) * (2 * math.pi) - phi
    relief = np.cos(turns + rng.uniform(0, 6.28)) * ramp(rho, 0.08, 0.25)
    lit = 0.72 + 0.25 * np.clip(1 - rho * rho, 0, 1) + 0.2 * (lu * u + lv * v) + 0.32 * relief
    paint(view, soft(rho - 1, place.r), _grey(rng, 0.5, 0.9) * lit)


def _body(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, woven: bool) -> None:
    view, u, v = patch(rgb, place, -0.95, 0.95, -1.0, 1.0)
    lu, lv = light.along(place)
    half = rng.uniform(0.62, 0.74) + 0.2 * (1 - v * v)
    across = np.clip(u / half, -1, 1)
    period = rng.uniform(4.4, 5.6) / place.r
    staves = np.arcsin(across) * (0.8 / period) * 2
    if woven:
        pattern = 1.7 * np.abs(np.cos(staves * math.pi / 2) * np.cos(v * (math.pi / period))) - 0.7
    else:
        pattern = np.cos(staves * math.pi)
    lit = 0.82 + 0.2 * lu * across - 0.22 * across * across + 0.1 * lv * v + 0.3 * pattern
    tone = _grey(rng, 0.45, 0.85)
    paint(view, soft(np.maximum(np.abs(u) - half, np.abs(v) - 0.92), place.r), tone * lit)
    for y in (-0.62, 0.62):
        paint(view, soft(np.maximum(np.abs(u) - half, np.abs(v - y) - 0.05), place.r), tone * 0.35)


def _insect(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, spotted: bool) -> None:
    lu, lv = light.along(place)
    view, u, v = patch(rgb, place, -1.1, 1.1, -1.0, 1.1)
    for y in (-0.5, 0.0, 0.45):
        slope = rng.uniform(-0.4, 0.4)
        leg = np.maximum(np.abs(v - y - slope * (np.abs(u) - 0.5)) - 0.045, np.abs(np.abs(u) - 0.75) - 0.3)
        paint(view, soft(leg, place.r), INK)
    head = np.hypot(u / 0.4, (v - 0.72) / 0.3) - 1
    paint(view, soft(head * 0.3, place.r), INK * 2)
    wide = rng.uniform(0.62, 0.78)
    case = np.hypot(u / wide, (v + 0.1) / 0.82)
    tone = _grey(rng, 0.5, 0.9)
    lit = 0.75 + 0.25 * np.clip(1 - case * case, 0, 1) + 0.2 * (lu * u + lv * v)
    if spotted:
        pattern = np.zeros_like(u)
        for _ in range(int(rng.integers(4, 7))):
            x, y, size = rng.uniform(0.12, 0.5), rng.uniform(-0.65, 0.45), rng.uniform(0.08, 0.15)
            pattern = np.maximum(pattern, soft(np.hypot(np.abs(u) - x, v - y) - size, place.r))
        lit = lit * (1 - 0.85 * pattern)
    else:
        period = rng.uniform(4.4, 5.6) / place.r
        lit = lit + 0.32 * np.cos(np.abs(u) * (2 * math.pi / period))
    paint(view, soft((case - 1) * 0.7, place.r), tone * lit)
    paint(view, soft(bar(u, v, 0, -0.1, 0.02, 0.8), place.r), INK)
