"""A second drawn set, small and of another style: six classes that the sample has not, printed in one ink on paper.

Made for transfer learning. What carries over from the sample is how fine lines run; what does not are colours, light
and the classes. 50 pictures a class to train on: few enough that a net from scratch has a hard time.
"""

from collections.abc import Callable

import numpy as np

from sota_core.data.sample import motifs, scenes
from sota_core.data.sample.canvas import Light, Place, Rng, hsv, mixed, noise, ramp
from sota_core.data.sample.drawn_set import DrawnSet, framed

VERSION = "prints-v1"
SEED = 11
N_TRAIN, N_VALID = 50, 50  # pictures a class
ROOM_BYTES = 20 * 10**6  # 12 MB of files: grain does not shrink in a JPEG
_GREY = np.array([0.299, 0.587, 0.114], np.float32).reshape(3, 1, 1)

# class folder → how it is painted, how far it may turn, its width and height in radii
PAINTERS: dict[str, tuple[Callable[[np.ndarray, Place, Rng, Light], None], float, float, float]] = {
    "barrel": (motifs.barrel, 0.3, 0.95, 1.0),
    "basket": (motifs.basket, 0.3, 0.95, 1.0),
    "beetle": (motifs.beetle, np.pi, 1.1, 1.1),
    "ladybird": (motifs.ladybird, np.pi, 1.1, 1.1),
    "snail": (motifs.snail, np.pi, 1.05, 1.05),
    "urchin": (motifs.urchin, np.pi, 1.05, 1.05),
}


def draw(name: str, part: str = "train", index: int = 0) -> np.ndarray:
    """One picture of a class, uint8 (H, W, 3); the same arguments give the same picture."""
    rng = np.random.default_rng([SEED, list(PAINTERS).index(name), part == "val", index])
    painter, *extent = PAINTERS[name]
    height, width, place = framed(rng, *extent)
    light = scenes.sun(rng)
    rgb = scenes.ground((height, width), rng)
    painter(rgb, place, rng, light)
    return _printed(rgb, rng)


def _printed(rgb: np.ndarray, rng: Rng) -> np.ndarray:
    """(3, H, W) in 0 … 1 as a print: its grey decides how much of one ink lies on tinted, grainy paper."""
    grey = (rgb * _GREY).sum(0)
    grey = grey + rng.uniform(0.02, 0.05) * noise(rng, "grain", grey.shape)
    paper = hsv(rng.uniform(0, 1), rng.uniform(0.05, 0.3), rng.uniform(0.85, 1))
    ink = hsv(rng.uniform(0, 1), rng.uniform(0.5, 0.95), rng.uniform(0.15, 0.5))
    bare = ramp(grey, rng.uniform(0.05, 0.2), rng.uniform(0.75, 0.95))
    return (np.clip(mixed(ink, paper, bare), 0, 1) * 255 + 0.5).astype(np.uint8).transpose(1, 2, 0).copy()


PRINTS = DrawnSet("prints", VERSION, tuple(PAINTERS), N_TRAIN, N_VALID, draw, ROOM_BYTES)
