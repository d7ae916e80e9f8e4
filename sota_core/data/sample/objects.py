"""Balloon, sail boat, lighthouse and mushroom: objects of the sample told apart by their shape.

Each function paints one object at a Place, in a Light; the look-alikes are in textures.py.
Numbers are radii and were chosen by eye.
"""

import math

import numpy as np

from sota_core.data.sample.canvas import Light, Place, Rng, colour, hsv, mixed, noise, paint, patch, ramp, soft

WHITE = colour(0.95, 0.94, 0.91)
WICKER = colour(0.45, 0.30, 0.17)
WATER_LINE = -0.72


def bar(u: np.ndarray, v: np.ndarray, x: float, y: float, half_u: float, half_v: float) -> np.ndarray:
    """Signed distance (of a sort) to an upright rectangle about (x, y)."""
    return np.maximum(np.abs(u - x) - half_u, np.abs(v - y) - half_v)


def balloon(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A hot-air balloon: gores in two colours, a band, a basket on ropes."""
    view, u, v = patch(rgb, place, -1.02, 1.02, -1.2, 1.02)
    lu, lv = light.along(place)
    # A round crown that narrows in a straight line to the mouth.
    width = np.where(v > -0.45, np.sqrt(np.clip(1 - v * v, 0, 1)), 0.893 - 0.95 * (-0.45 - v))
    side = np.clip(u / np.maximum(width, 0.05), -1, 1)
    inside = soft(np.maximum(np.abs(u) - width, np.abs(v + 0.08) - 1.08), place.r)
    hue = rng.uniform(0, 1)
    first = hsv(hue, rng.uniform(0.6, 0.9), rng.uniform(0.75, 0.95))
    second = WHITE if rng.random() < 0.4 else hsv(hue + rng.uniform(0.15, 0.5), 0.75, 0.9)
    gore = np.arcsin(side) * (int(rng.integers(6, 12)) / math.pi) + rng.uniform(0, 1)
    wave = rng.uniform(0, 0.9) * np.abs((v * 4) % 2 - 1)
    tone = mixed(first, second, ramp(np.cos((gore + wave) * math.pi), -0.12, 0.12))
    band = np.abs(v - rng.uniform(-0.2, 0.3)) - rng.uniform(0.05, 0.16)
    tone = mixed(tone, hsv(hue + 0.5, 0.7, 0.7), soft(band, place.r))
    seam = 0.07 * ramp(np.abs(np.cos(gore * math.pi)), 0.25, 0.0)
    paint(view, inside, tone * (0.86 + side * lu * 0.2 + v * lv * 0.13 - 0.16 * side * side - seam))
    view, u, v = patch(rgb, place, -0.2, 0.2, -1.66, -1.1)
    for x in (-0.13, 0.13):
        paint(view, soft(bar(u, v, x, -1.3, 0.013, 0.16), place.r), WICKER * 0.6)
    weave = 0.85 + 0.3 * ((v * 26).astype(np.int32) % 2).astype(np.float32)
    paint(view, soft(bar(u, v, 0, -1.52, 0.15, 0.11), place.r), WICKER * (weave + 0.5 * u * lu))


def sail_boat(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A hull, a mast, a bellied main sail and a jib, with their reflection in the water."""
    lu, _ = light.along(place)
    hue = rng.uniform(0, 1)
    cloth = WHITE if rng.random() < 0.55 else hsv(hue, rng.uniform(0.2, 0.8), 0.9)
    jib = cloth if rng.random() < 0.5 else hsv(hue + 0.3, 0.75, 0.85)
    varnish = hsv(rng.uniform(0, 1), rng.uniform(0.3, 0.9), rng.uniform(0.25, 0.8))
    belly = rng.uniform(0.04, 0.16)
    for mirror in (True, False):
        view, u, v, seen = _afloat(rgb, place, mirror, -0.64, 1.05)
        t = np.clip((v + 0.5) / 1.45, 0, 1)
        leech = 0.07 + (0.72 + belly) * (1 - t) ** 0.85 * (1 - 0.25 * t)
        main = np.maximum(u - leech, np.maximum(0.06 - u, np.abs(v - 0.225) - 0.725))
        luff = -0.04 - (0.6 + belly) * (1 - t * 1.12)
        fore = np.maximum(luff - u, np.maximum(u + 0.03, np.abs(v - 0.1) - 0.58))
        lit = 0.9 + 0.28 * lu * (u + 0.2) - 0.12 * np.abs(np.sin(v * 6.5)) * ramp(u, 0, 0.5)
        paint(view, soft(main, place.r) * seen, cloth * lit)
        paint(view, soft(fore, place.r) * seen, jib * (lit * 0.95))
        paint(view, soft(bar(u, v, 0.02, 0.2, 0.018, 0.82), place.r) * seen, WICKER)
        view, u, v, seen = _afloat(rgb, place, mirror, -0.78, -0.46)
        keel = 0.86 - 0.5 * np.clip(-0.5 - v, 0, 1) ** 0.8 + 0.08 * u
        hull = np.maximum(np.abs(u - 0.03) - keel, np.abs(v + 0.63 - 0.05 * u * u) - 0.1)
        paint(view, soft(hull, place.r) * seen, mixed(varnish * 0.9, WHITE, ramp(v, -0.61, -0.59)))


def _afloat(
    rgb: np.ndarray, place: Place, mirror: bool, bottom: float, top: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray | float]:
    """A patch of the boat and how well it is seen; or of its reflection: upside down, dim, broken by waves."""
    if not mirror:
        return *patch(rgb, place, -0.98, 0.98, bottom, top), 1.0
    view, u, v = patch(rgb, place, -0.98, 0.98, max(2 * WATER_LINE - top, -1.35), 2 * WATER_LINE - bottom)
    broken = 0.35 * ramp(np.sin(v * 38 + 3 * np.sin(u * 9)), -0.2, 0.8)
    return view, u, 2 * WATER_LINE - v, (0.5 - broken) * (v < WATER_LINE)


def lighthouse(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A tapered tower with painted bands, a gallery, a lamp and a roof, on a rock."""
    lu, _ = light.along(place)
    stone = hsv(rng.uniform(0.05, 0.12), 0.2, rng.uniform(0.3, 0.5))
    view, u, v = patch(rgb, place, -1.3, 1.3, -1.5, -0.6)
    ragged = 0.08 * np.sin(u * 7 + rng.uniform(0, 6)) + 0.05 * np.sin(u * 17)
    rock = np.maximum(v + 0.78 - ragged + 0.45 * u * u, -1.5 - v)
    crags = 0.5 * (noise(rng, "rough", u.shape) - 0.5) + 0.2 * lu * np.sin(u * 5 + v * 4)
    paint(view, soft(rock, place.r), stone * (1 + crags))
    tone = hsv(float(rng.choice([0.0, 0.02, 0.58, 0.62, 0.35, 0.1])), rng.uniform(0.6, 0.85), rng.uniform(0.45, 0.85))
    n, spiral = rng.uniform(2, 4.5), rng.uniform(-1.5, 1.5) * (rng.random() < 0.5)
    view, u, v = patch(rgb, place, -0.34, 0.34, -0.9, 0.6)
    half = 0.3 - 0.11 * (v + 0.85) / 1.45
    bulge = np.clip(u / half, -1, 1)
    bands = ramp(np.sin((v * n + spiral * np.arcsin(bulge) / 3) * math.pi), -0.15, 0.15)
    facing = 0.84 + 0.26 * lu * bulge - 0.2 * bulge * bulge
    tower = np.maximum(np.abs(u) - half, np.abs(v + 0.15) - 0.72)
    paint(view, soft(tower, place.r), mixed(WHITE, tone, bands) * facing)
    for y in (-0.45, 0.05):
        paint(view, soft(bar(u, v, 0.03, y, 0.035, 0.06), place.r), colour(0.12, 0.14, 0.2))
    glow = colour(1.0, 0.88, 0.5)
    view, u, v = patch(rgb, place, -0.8, 0.8, 0.1, 1.3)
    halo = np.exp(-((u / 0.5) ** 2 + ((v - 0.73) / 0.4) ** 2) * 2.2) * rng.uniform(0, 0.6)
    paint(view, halo, glow)
    view, u, v = patch(rgb, place, -0.3, 0.3, 0.5, 1.12)
    paint(view, soft(bar(u, v, 0, 0.73, 0.13, 0.13), place.r), glow * (0.75 + 0.25 * np.cos(u * 40)))
    paint(view, soft(bar(u, v, 0, 0.58, 0.26, 0.04), place.r), tone * 0.45)
    roof = np.maximum(np.abs(u) - 0.19 * (1.08 - v) / 0.22, np.maximum(0.86 - v, v - 1.08))
    paint(view, soft(roof, place.r), tone * (0.65 + 0.6 * lu * u))


def mushroom(rgb: np.ndarray, place: Place, rng: Rng, light: Light) -> None:
    """A domed cap with pale spots, gills beneath, a bellied stem; a few blades of grass before it."""
    lu, lv = light.along(place)
    cream = hsv(rng.uniform(0.08, 0.14), rng.uniform(0.08, 0.25), rng.uniform(0.75, 0.95))
    view, u, v = patch(rgb, place, -0.5, 0.5, -1.08, 0.08)
    x = u - 0.12 * rng.uniform(-1, 1) * np.cos(v * 2)
    stem_half = rng.uniform(0.15, 0.24) + 0.09 * np.clip(-v - 0.35, 0, 1) ** 1.5
    stem = np.maximum(np.abs(x) - stem_half, np.abs(v + 0.5) - 0.56)
    paint(view, soft(stem, place.r), cream * (0.84 + 0.9 * lu * x + 0.06 * np.sin(x * 60 + 2 * v)))
    squash = rng.uniform(0.6, 0.95)
    view, u, v = patch(rgb, place, -1.02, 1.02, -0.3, 1.02)
    w = (v - 0.02) / squash
    high = np.clip(w, 0, 1)
    dome = np.sqrt(u * u + np.where(w > 0, w * w, (w * 3.4) ** 2)) - 0.98
    facing = np.sqrt(np.clip(1 - u * u - high * high, 0, 1))
    hue = float(rng.choice([0.0, 0.02, 0.05, 0.08, 0.11])) + rng.uniform(-0.015, 0.015)
    cap = hsv(hue, rng.uniform(0.6, 0.9), rng.uniform(0.45, 0.85))
    gills = cream * (0.55 + 0.12 * np.cos(u * 45))
    cap_tone = mixed(cap * (0.62 + 0.3 * facing + 0.3 * (lu * u + lv * high)), gills, ramp(w, -0.04, -0.1))
    paint(view, soft(dome, place.r), cap_tone)
    for _ in range(int(rng.integers(7, 15))):
        _spot(rgb, place, rng, squash, cream)
    green = hsv(rng.uniform(0.2, 0.32), 0.6, rng.uniform(0.35, 0.6))
    for _ in range(int(rng.integers(3, 8))):
        x, height, bend = rng.uniform(-0.8, 0.8), rng.uniform(0.25, 0.6), rng.uniform(-0.3, 0.3)
        view, u, v = patch(rgb, place, x - 0.35, x + 0.35, -1.12, -1.12 + height)
        t = np.clip((v + 1.12) / height, 0, 1)
        blade = np.maximum(np.abs(u - x - bend * t * t) - 0.03 * (1 - t), -1.12 - v)
        paint(view, soft(blade, place.r), green * rng.uniform(0.7, 1.2))


def _spot(rgb: np.ndarray, place: Place, rng: Rng, squash: float, cream: np.ndarray) -> None:
    """A pale fleck on the dome, narrower towards its edge, as on a ball."""
    size = rng.uniform(0.05, 0.13)
    x = rng.uniform(-0.82, 0.82)
    y = rng.uniform(0.12, 0.9) * math.sqrt(max(0.85 - x * x, 0.02))
    squeeze = math.sqrt(1 - x * x)
    v_mid = 0.02 + y * squash
    view, u, v = patch(rgb, place, x - size, x + size, v_mid - size, v_mid + size)
    spot = np.sqrt(((u - x) / squeeze) ** 2 + ((v - v_mid) / squash) ** 2) - size * 0.95
    paint(view, soft(spot, place.r), cream * 0.95)
