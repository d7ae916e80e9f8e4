"""The embedded data set: 2,000 pictures of ten classes, drawn by our own seeded code on first use.

Made so that the chapter's techniques have something to do: objects stand off-centre in rectangular
pictures (a centre crop loses parts of them, which TTA sees), three pairs of classes differ by lines that
small sizes lose (progressive resizing), the light varies and the channels are far from mean 0, standard deviation 1.
"""

import os
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sota_core.data.sample import objects, scenes, textures
from sota_core.data.sample.canvas import Light, Place, Rng
from sota_core.settings import Settings
from sota_core.system.files import disk_full_told, place_atomically, require_room
from sota_core.system.locks import held

VERSION = "v1"  # a change of any picture makes a new folder, so that old runs keep their pictures
SEED = 7
N_TRAIN, N_VALID = 150, 50  # pictures a class
SHORT_SIDE = (152, 184)
ASPECTS = (1.0, 4 / 3, 4 / 3, 3 / 2, 16 / 9)
JPEG_QUALITY = 92
ROOM_BYTES = 40 * 10**6  # 25 MB of files, rounded up to disk blocks
MADE_AT = 1_700_000_000  # one modification time for all, so that a listing's fingerprint is everybody's
Progress = Callable[[int, int | None, str], None]

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
    short = int(rng.integers(*SHORT_SIDE))
    long = round(short * ASPECTS[rng.integers(len(ASPECTS))])
    height, width = (long, short) if rng.random() < 0.3 else (short, long)
    _, _, turn, half_width, half_height = PAINTERS[name]
    r = short * rng.uniform(0.25, 0.41)
    reach = max(half_width, half_height) if turn > 1 else 0
    room_x, room_y = r * (reach or half_width), r * (reach or half_height)
    place = Place(
        cx=_between(rng, room_x, width - room_x),
        cy=_between(rng, room_y, height - room_y),
        r=r,
        angle=float(rng.uniform(-turn, turn)),
        flip=1 if rng.random() < 0.5 else -1,
    )
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


def sample_folder(settings: Settings) -> Path:
    """Where this version of the sample lies, or will lie."""
    return settings.sample_dir / VERSION


def ensure_sample(settings: Settings, on_progress: Progress | None = None) -> Path:
    """Draw the whole set unless it is there. Blocking, some seconds.

    Atomic: drawn into a hidden folder beside, then renamed. A second caller waits for the first. Killed
    in between, the next call clears the remains and draws anew.

    Raises
        DiskFullError  the pictures (some 25 MB) did not fit.
    """
    target = sample_folder(settings)
    if target.is_dir():
        return target
    lock = settings.sample_dir / f".{VERSION}.lock"
    with held(lock, while_waiting=lambda: on_progress(0, None, "generate") if on_progress else None):
        if not target.is_dir():
            unfinished = settings.sample_dir / f".{VERSION}.unfinished"
            shutil.rmtree(unfinished, ignore_errors=True)
            require_room("ensure('sample')", unfinished, ROOM_BYTES)
            with disk_full_told("ensure('sample')", unfinished, ROOM_BYTES):
                _draw_all(unfinished, on_progress)
                place_atomically(unfinished, target)
    return target


def _draw_all(folder: Path, on_progress: Progress | None) -> None:
    jobs = [
        (name, part, index)
        for part, n in (("train", N_TRAIN), ("val", N_VALID))
        for name in sample_classes
        for index in range(n)
    ]
    for name, part, _ in jobs:
        (folder / part / name).mkdir(parents=True, exist_ok=True)

    # One thread: the arrays are small, so more threads only wait for the interpreter (measured: 2 threads
    # 4.1 ms a picture, one 3.9); and no processes, since the caller may be a web server's.
    for done, (name, part, index) in enumerate(jobs, start=1):
        path = folder / part / name / f"{index:03d}.jpg"
        Image.fromarray(draw(name, part, index)).save(path, quality=JPEG_QUALITY)
        os.utime(path, (MADE_AT, MADE_AT))
        if on_progress is not None and (done % 20 == 0 or done == len(jobs)):
            on_progress(done, len(jobs), "generate")


def _between(rng: Rng, low: float, high: float) -> float:
    """Somewhere between, nearer the ends than the middle: a photographer who does not centre."""
    if high <= low:
        return (low + high) / 2
    return low + (high - low) * float(rng.beta(0.7, 0.7))
