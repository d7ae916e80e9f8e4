"""The embedded data set: 2,000 pictures of ten classes, drawn by our own seeded code on first use.

Made so that the chapter's techniques have something to do: objects stand off-centre in rectangular
pictures (a centre crop loses parts of them, which TTA sees), three pairs of classes differ by lines that
small sizes lose (progressive resizing), the light varies and the channels are far from mean 0, standard deviation 1.
"""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from sota_core.data.sample import objects, scenes, textures
from sota_core.data.sample.canvas import Light, Place, Rng
from sota_core.data.sample.drawn_set import DrawnSet, framed

VERSION = "v1"  # a change of any picture makes a new folder, so that old runs keep their pictures
SEED = 7
N_TRAIN, N_VALID = 150, 50  # pictures a class
ROOM_BYTES = 40 * 10**6  # 25 MB of files, rounded up to disk blocks

# class folder → how it is painted, where it stands, how far it may turn, its width and height in radii
PAINTERS: dict[str, tuple[Callable[[np.ndarray, Place, Rng, Light], None], str, float, float, float]] = {
    "balloon": (objects.balloon, "sky", 0.12, 1.0, 1.4),
    "bay_leaf": (textures.bay_leaf, "ground", 0.8, 1.0, 1.25),
    "carp": (textures.carp, "pond", 0.5, 1.2, 0.7),
    "clam": (textures.clam, "ground", np.pi, 1.1, 1.1),
    "lighthouse": (objects.lighthouse, "sea", 0.03, 0.7, 1.1),
    "lily_leaf": (textures.lily_leaf, "ground", 0.8, 1.0, 1.25),
    "mushroom": (objects.mushroom, "wood", 0.15, 1.0, 1.0),
    "sail_boat": (objects.sail_boat, "sea", 0.1, 0.95, 1.0),
    "scallop": (textures.scallop, "ground", np.pi, 1.1, 1.1),
    "trout": (textures.trout, "pond", 0.5, 1.2, 0.7),
}
sample_classes = tuple(PAINTERS)


@dataclass(frozen=True)
class Plan:
    """What one picture will show; drawn from the same seed every time."""

    name: str
    height: int
    width: int
    place: Place


def plan(name: str, part: str, index: int) -> tuple[Plan, Rng]:
    """Size of the picture and place of its object, and the generator to go on drawing with."""
    rng = np.random.default_rng([SEED, sample_classes.index(name), part == "val", index])
    _, _, *extent = PAINTERS[name]
    height, width, place = framed(rng, *extent)
    return Plan(name, height, width, place), rng


def draw(name: str, part: str = "train", index: int = 0) -> np.ndarray:
    """One picture of a class, uint8 (H, W, 3); the same arguments give the same picture."""
    what, rng = plan(name, part, index)
    painter, where, *_ = PAINTERS[name]
    shape, place = (what.height, what.width), what.place
    light = scenes.sun(rng)
    if where == "sky":
        rgb = scenes.sky(shape, rng)
    elif where == "sea":
        rgb = scenes.sea(shape, rng, min(place.cy + 0.3 * place.r, what.height * 0.9))
    elif where == "wood":
        rgb = scenes.wood(shape, rng, min(place.cy + 0.7 * place.r, what.height * 0.9))
    elif where == "pond":
        rgb = scenes.pond(shape, rng)
        scenes.shadow(rgb, place, light, 1.15, 0.5, 0.35)
    else:
        rgb = scenes.ground(shape, rng)
        scenes.shadow(rgb, place, light, 0.62 if "leaf" in name else 1.05, 1.1, 0.5)
    painter(rgb, place, rng, light)
    return scenes.develop(rgb, rng, light)


SAMPLE = DrawnSet("sample", VERSION, sample_classes, N_TRAIN, N_VALID, draw, ROOM_BYTES)
