"""Shells, leaves and fish: pairs with one outline and one range of colours, told apart by fine lines only.

The lines are spaced in pixels, not in radii, so that the same size of picture loses them whatever the
object's size: `period` of about 4 px of a 166 px picture is 3 px at 128 px, and gone at 48.
"""

import math

import numpy as np

from sota_core.data.sample.canvas import Light, Place, Rng, colour, hsv, mixed, noise, paint, patch, ramp, soft

DARK = colour(0.08, 0.07, 0.07)


def scallop(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A shell with ribs that fan out from the hinge."""
    _shell(rgb, place, rng, light, radial=True)


def clam(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same shell with growth rings around the hinge."""
    _shell(rgb, place, rng, light, radial=False)


def bay_leaf(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A leaf whose veins leave the midrib at a slant."""
    _leaf(rgb, place, rng, light, slanted=True)


def lily_leaf(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same leaf with veins along it."""
    _leaf(rgb, place, rng, light, slanted=False)


def carp(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A fish in a net of scales."""
    _fish(rgb, place, rng, light, scaled=True)


def trout(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """The same fish with bars down its sides."""
    _fish(rgb, place, rng, light, scaled=False)


def _shell(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, radial: bool) -> None:
    view, u, v = patch(rgb, place, -1.25, 1.25, -1.0, 1.02)
    lu, lv = light.along(place)
    up = v + 0.86  # the hinge is the pole of the polar coordinates
    rho, phi = np.hypot(u, up), np.arctan2(u, up)
    rim = 1.82 * np.clip(np.cos(phi * 0.62), 0.05, 1) ** 0.75 * (1 - 0.05 * phi * phi)
    inside = soft(np.maximum(rho - rim, np.abs(phi) - 1.12) * 0.9, place.r)
    ears = soft(np.maximum(np.abs(u) - 0.42 + 0.3 * (up - 0.1), np.abs(up - 0.1) - 0.13), place.r)
    hue = float(rng.choice([0.02, 0.05, 0.08, 0.11, 0.92, 0.75])) + rng.uniform(-0.02, 0.02)
    pale = hsv(hue, rng.uniform(0.08, 0.3), rng.uniform(0.85, 0.98))
    deep = hsv(hue + 0.02, rng.uniform(0.35, 0.65), rng.uniform(0.5, 0.75))
    t = rho / rim
    zones = np.sin(t * rng.uniform(4, 9) + rng.uniform(0, 6)) * 0.3 + 0.45 * t
    period = rng.uniform(3.9, 4.9)
    # As many ribs at every radius of the fan: the period is their spacing at the middle of the shell.
    lines = phi * (1.05 * place.r / period) if radial else rho * (place.r / period)
    relief = np.cos(lines * (2 * math.pi) + rng.uniform(0, 6.28)) * ramp(t, 0.12, 0.4)
    dome = np.clip(1 - (u * u + (v - 0.05) ** 2) * 0.75, 0, 1)
    lit = 0.68 + 0.3 * dome + 0.22 * (lu * u + lv * v) + 0.3 * relief
    paint(view, ears, deep * 0.85 + pale * 0.1)
    paint(view, inside, mixed(pale, deep, np.clip(zones, 0, 1)) * lit)


def _leaf(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, slanted: bool) -> None:
    view, u, v = patch(rgb, place, -0.8, 0.8, -1.4, 1.12)
    lu, lv = light.along(place)
    u = u + rng.uniform(-0.16, 0.16) * (v * v - 0.4)  # a bent midrib
    taper = np.clip(1 - v * v / 1.21, 0, 1) * (1 - 0.22 * v)
    half = rng.uniform(0.5, 0.66) * taper**0.8
    side = np.abs(u)
    inside = soft(np.maximum(side - half, np.abs(v) - 1.1) * 0.85, place.r)
    hue = float(rng.choice([0.24, 0.28, 0.32, 0.2, 0.13, 0.07])) + rng.uniform(-0.02, 0.02)
    base = hsv(hue, rng.uniform(0.55, 0.85), rng.uniform(0.42, 0.75))
    vein = hsv(hue - 0.03, 0.35, 0.9)
    period = rng.uniform(5.0, 6.5) / place.r
    lines = (v - 0.6 * side) / period if slanted else u * (0.55 / period) / np.maximum(half, 0.08)
    veins = 0.55 * ramp(np.cos(lines * (2 * math.pi)), 0.1, 1.0) * ramp(half - side, 0.0, 0.08)
    blotches = noise(rng, "cloud", u.shape)
    lit = 0.72 + 0.35 * blotches + 0.3 * (lu * u + lv * v * 0.4) - 0.16 * np.sign(u) * lu
    tone = mixed(base * lit, vein, np.maximum(veins, soft(side - 0.02 - 0.012 * (1 - v), place.r)))
    paint(view, inside, tone)
    stalk = np.maximum(side - 0.028, np.abs(v + 1.2) - 0.16)
    paint(view, soft(stalk, place.r), base * 0.6 + vein * 0.2)


def _fish(rgb: np.ndarray, place: Place, rng: Rng, light: Light, *, scaled: bool) -> None:
    lu, lv = light.along(place)
    bend, deep = rng.uniform(-0.1, 0.1), rng.uniform(0.4, 0.5)
    hue = float(rng.choice([0.06, 0.09, 0.12, 0.3, 0.55, 0.6, 0.0])) + rng.uniform(-0.02, 0.02)
    back = hsv(hue, rng.uniform(0.35, 0.75), rng.uniform(0.4, 0.75))
    belly = hsv(hue + 0.03, rng.uniform(0.08, 0.3), rng.uniform(0.82, 0.97))
    period = rng.uniform(4.2, 5.2) / place.r

    def part(left: float, right: float, bottom: float, top: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        view, u, v = patch(rgb, place, left, right, bottom - 0.1, top + 0.1)
        return view, u, v + bend * np.sin(u * 2.4)  # swimming

    view, u, v = part(-1.32, -0.72, -0.55, 0.55)
    flare = 0.1 + 0.42 * np.clip((-0.78 - u) / 0.5, 0, 1)
    notch = -1.3 + 0.16 * (1 - np.clip(np.abs(v) / 0.4, 0, 1))
    tail = np.maximum(np.abs(v) - flare, np.maximum(u + 0.76, notch - u))
    paint(view, soft(tail, place.r), back * (0.68 + 0.12 * np.cos(v / (u + 0.45) * 30)))
    for sign in (1, -1):
        view, u, v = part(-0.6, 0.6, *((0.28, 0.64) if sign > 0 else (-0.64, -0.28)))
        edge = 0.36 + 0.26 * np.clip(1 - ((u - 0.05 + 0.12 * sign) / 0.42) ** 2, 0, 1)
        fin = np.maximum(np.maximum(sign * v - edge, 0.3 - sign * v), np.abs(u) - 0.6)
        paint(view, soft(fin, place.r), back * (0.68 + 0.12 * np.cos((u + 0.5 * v) * 60)))
    view, u, v = part(-1.08, 1.12, -0.52, 0.52)
    half = deep * np.clip(1 - np.abs(u - 0.08) ** 2.1, 0, 1) ** 0.72
    body = soft(np.maximum(np.abs(v) - half, np.abs(u) - 1.07) * 0.85, place.r)
    across = np.clip(v / np.maximum(half, 0.05), -1, 1)
    if scaled:  # two families of slanted lines: a lattice of lozenges
        lattice = np.cos((u + v) * (math.pi / period)) * np.cos((u - v) * (math.pi / period))
        pattern = 1.6 * np.abs(lattice) - 0.65
    else:
        pattern = np.cos((u + 0.12 * v * v) * (2 * math.pi / period))
    square = across * across
    lit = 0.97 - 0.14 * square + 0.14 * (lv * across + lu * u) + 0.3 * pattern * ramp(u, 0.62, 0.5) * (1 - square)
    paint(view, body, mixed(belly, back, ramp(across, -0.7, 0.6)) * lit)
    view, u, v = part(0.02, 1.0, -0.35, 0.35)
    gill = np.abs(np.hypot((u - 0.86) / 1.1, v) - 0.34) - 0.012
    paint(view, soft(np.maximum(gill, np.maximum(u - 0.7, np.abs(v) - 0.28)), place.r), DARK * 3)
    pectoral = np.hypot((u - 0.3 + 0.3 * v) / 0.24, (v + 0.14) / 0.1) - 1
    paint(view, soft(pectoral * 0.1, place.r) * 0.8, back * (0.7 + 0.12 * np.cos((v - 0.4 * u) * 70)))
    eye = np.hypot(u - 0.8, v - 0.07)
    paint(view, soft(eye - 0.075, place.r), belly)
    paint(view, soft(eye - 0.045, place.r), DARK)
