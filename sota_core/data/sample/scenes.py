"""The surroundings of the sample's objects: sky, sea, ground, pond, wood; and the light over a picture.

A scene says nothing about which of a pair of look-alike classes lies in it.
"""

import math

import numpy as np

from sota_core.data.sample.canvas import Light, Place, Rng, colour, hsv, mixed, noise, paint, patch, ramp, soft

Shape = tuple[int, int]
CLOUD_WHITE = colour(0.97, 0.96, 0.95)


def sun(rng: Rng) -> Light:
    """Early, midday or late light, from any side, above rather than below."""
    angle = rng.uniform(0.15, 0.85) * math.pi
    warmth = rng.uniform(-1, 1)
    tint = colour(1 + 0.14 * warmth, 1 + 0.02 * warmth, 1 - 0.16 * warmth)
    return Light(math.cos(angle), math.sin(angle), tint)


def sky(shape: Shape, rng: Rng) -> np.ndarray:
    """A sky with clouds, and one or two lines of hills at its foot."""
    rgb = _open_sky(shape, rng)
    for depth in range(int(rng.integers(1, 3))):
        height = shape[0] * (rng.uniform(0.82, 0.9) + 0.07 * depth)
        _hills(rgb, height, hsv(rng.uniform(0.24, 0.45), 0.25 + 0.2 * depth, 0.62 - 0.2 * depth), rng, 0.12)
    return rgb


def sea(shape: Shape, rng: Rng, horizon: float) -> np.ndarray:
    """Sky above row `horizon`, often a far shore, water with waves below."""
    rgb = _open_sky(shape, rng)
    if rng.random() < 0.5:
        _hills(rgb, horizon - shape[0] * 0.02, hsv(rng.uniform(0.5, 0.62), 0.25, 0.6), rng, 0.04)
    start = max(int(horizon), 0)
    rows = np.arange(start, shape[0], dtype=np.float32)[:, None]
    near = np.clip((rows - horizon) / (shape[0] - horizon), 0, 1)
    hue = rng.uniform(0.48, 0.61)
    wave = noise(rng, "wave", (shape[0] - start, shape[1]))
    water = mixed(hsv(hue, 0.42, 0.72), hsv(hue + 0.02, 0.75, 0.38), near)
    water = water + (wave - 0.5) * (0.12 + 0.3 * near)
    paint(water, ramp(wave, 0.72, 0.95) * (0.25 + 0.4 * near), CLOUD_WHITE)
    paint(rgb[:, start:], np.clip(rows - horizon, 0, 1), water)
    return rgb


def ground(shape: Shape, rng: Rng) -> np.ndarray:
    """Sand, stone, moss, linen or planks, seen from above."""
    kind = int(rng.integers(0, 5))
    hue, saturation, value = [
        (rng.uniform(0.08, 0.12), 0.35, 0.80),
        (rng.uniform(0.5, 0.7), 0.10, 0.60),
        (rng.uniform(0.22, 0.33), 0.45, 0.45),
        (rng.uniform(0, 1), 0.16, 0.85),
        (rng.uniform(0.05, 0.09), 0.50, 0.55),
    ][kind]
    base = hsv(hue, saturation * rng.uniform(0.7, 1.2), value * rng.uniform(0.85, 1.15))
    depth = 0.75 * noise(rng, "cloud", shape) + 0.35 * noise(rng, "rough", shape)
    y = np.arange(shape[0], dtype=np.float32)[:, None]
    if kind == 3:  # linen: a weave about as fine as the objects' own lines, so that it can be mistaken for them
        x = np.arange(shape[1], dtype=np.float32)
        depth = depth * 0.6 + 0.1 * np.sin(x * 1.6) + 0.1 * np.sin(y * 1.6)
    if kind == 4:  # planks: grain along one direction, a dark joint every so often
        joint = (y + rng.uniform(0, 60)) % rng.uniform(45, 75)
        depth = 0.5 * depth + 0.55 * noise(rng, "wave", shape) - 0.5 * np.clip(2 - np.abs(joint - 3), 0, 1)
    return mixed(base * 0.72, np.minimum(base * 1.22, 1), np.clip(depth, 0, 1))


def pond(shape: Shape, rng: Rng) -> np.ndarray:
    """Shallow water from above: pebbles under it, a net of light on it."""
    base = hsv(rng.uniform(0.36, 0.58), rng.uniform(0.3, 0.7), rng.uniform(0.45, 0.75))
    net = np.clip(1 - np.abs(noise(rng, "cloud", shape) - 0.5) * 7, 0, 1)
    return mixed(base * 0.7, base * 1.15, noise(rng, "rough", shape)) + 0.22 * net * net


def wood(shape: Shape, rng: Rng, floor: float) -> np.ndarray:
    """A wood: blurred discs of light, and moss from about row `floor` down."""
    rows = np.arange(shape[0], dtype=np.float32)[:, None] / shape[0]
    top = hsv(rng.uniform(0.16, 0.45), rng.uniform(0.25, 0.55), rng.uniform(0.35, 0.75))
    rgb = mixed(top, top * 0.55, rows + 0.3 * (noise(rng, "cloud", shape) - 0.5))
    for _ in range(int(rng.integers(5, 11))):
        r = shape[0] * rng.uniform(0.04, 0.12)
        disc = Place(rng.uniform(0, shape[1]), rng.uniform(0, shape[0] * 0.7), r)
        view, u, v = patch(rgb, disc, -1.2, 1.2, -1.2, 1.2)
        blur = 1 - ramp(u * u + v * v, 0.55, 1.44)
        paint(view, blur * rng.uniform(0.12, 0.4), hsv(rng.uniform(0.12, 0.3), 0.35, 1.0))
    edge = floor / shape[0] - rng.uniform(0, 0.08) + 0.06 * (noise(rng, "rough", (1, shape[1])) - 0.5)
    moss = hsv(rng.uniform(0.17, 0.34), rng.uniform(0.4, 0.7), rng.uniform(0.35, 0.6))
    start = max(int((edge.min() - 0.06) * shape[0]), 0)
    texture = noise(rng, "rough", (shape[0] - start, shape[1]))
    paint(rgb[:, start:], ramp(rows[start:] - edge, -0.05, 0.05), mixed(moss * 0.6, moss * 1.4, texture))
    return rgb


def shadow(rgb: np.ndarray, place: Place, light: Light, width: float, height: float, depth: float) -> None:
    """A soft dark ellipse beside a lying object, away from the sun."""
    view, u, v = patch(rgb, place, -1.45 * width, 1.45 * width, -1.45 * height, 1.45 * height)
    lu, lv = light.along(place)
    square = ((u + 0.13 * lu) / width) ** 2 + ((v + 0.13 * lv) / height) ** 2
    view *= 1 - depth * (1 - ramp(square, 0.5, 1.55))


def develop(rgb: np.ndarray, rng: Rng, light: Light) -> np.ndarray:
    """Light, exposure, vignette and grain; returns bytes (H, W, 3)."""
    h, w = rgb.shape[1:]
    y = np.linspace(-1, 1, h, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, w, dtype=np.float32)[None, :]
    slope = rng.uniform(0, 0.18)
    fall = (1 - 0.14 * x * x + slope * light.x * x) + (-0.14 * y * y - slope * light.y * y)
    rgb *= fall * rng.uniform(0.7, 1.22)
    rgb *= light.warmth
    rgb += rng.uniform(0.006, 0.02) * noise(rng, "grain", (h, w))
    rgb *= 255
    rgb += 0.5
    np.clip(rgb, 0, 255, out=rgb)
    pixels = np.empty((h, w, 3), np.uint8)
    for channel in range(3):  # a transposed copy in one go takes five times as long
        pixels[..., channel] = rgb[channel]
    return pixels


def _open_sky(shape: Shape, rng: Rng) -> np.ndarray:
    rows = np.linspace(0, 1, shape[0], dtype=np.float32)[:, None]
    if rng.random() < 0.3:  # dusk or dawn
        top = hsv(rng.uniform(0.58, 0.75), rng.uniform(0.25, 0.5), rng.uniform(0.6, 0.85))
        foot = hsv(rng.uniform(0.02, 0.12), rng.uniform(0.25, 0.5), 0.95)
    else:
        top = hsv(rng.uniform(0.54, 0.62), rng.uniform(0.35, 0.7), rng.uniform(0.65, 0.95))
        foot = hsv(rng.uniform(0.5, 0.6), rng.uniform(0.08, 0.25), 0.95)
    start = rng.uniform(0.4, 0.7)
    cover = ramp(noise(rng, "cloud", shape), start, start + 0.3) * rng.uniform(0.5, 0.9)
    return mixed(mixed(top, foot, rows), CLOUD_WHITE * rng.uniform(0.86, 1.0), cover)


def _hills(rgb: np.ndarray, height: float, tone: np.ndarray, rng: Rng, relief: float) -> None:
    """Everything below a wavy line about `height` rows down."""
    line = height - rgb.shape[1] * relief * (noise(rng, "cloud", (1, rgb.shape[2])) - 0.4)
    start = min(max(int(line.min()) - 1, 0), rgb.shape[1] - 1)
    rows = np.arange(start, rgb.shape[1], dtype=np.float32)[:, None]
    shade = 0.85 + 0.3 * noise(rng, "rough", (len(rows), rgb.shape[2]))
    paint(rgb[:, start:], soft(line - rows, 1.0), tone * shade)
