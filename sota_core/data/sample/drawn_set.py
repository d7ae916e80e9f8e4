"""A data set that is drawn here, whole, on first use; and how one of its pictures is framed.

drawn_sets.py lists these sets; sample.py and prints.py draw what they show.
"""

import contextlib
import os
import secrets
import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from sota_core.data import Progress
from sota_core.data.sample.canvas import Place, Rng
from sota_core.settings import Settings
from sota_core.system.files import discard, disk_full_told, place_atomically, require_disk
from sota_core.system.locks import held

SHORT_SIDE = (152, 184)
ASPECTS = (1.0, 4 / 3, 4 / 3, 3 / 2, 16 / 9)
JPEG_QUALITY = 92
HELP_S = 0.3  # how long a helper draws before it checks again whether the set is done, and still wanted
MADE_AT = 1_700_000_000  # one modification time for all, so that a listing's fingerprint is everybody's


@dataclass(frozen=True)
class DrawnSet:
    """Seeded code that draws a set: the same pictures for everybody.

    version           names its folder; if any picture changes, so does this, so that old runs keep their pictures
    n_train, n_valid  pictures a class
    draw              (class, part, index) → uint8 (H, W, 3)
    room_bytes        what the files take, rounded up to disk blocks
    """

    id: str
    version: str
    classes: tuple[str, ...]
    n_train: int
    n_valid: int
    draw: Callable[[str, str, int], np.ndarray]
    room_bytes: int

    def folder(self, settings: Settings) -> Path:
        """Where this version of the set lies, or will lie."""
        return settings.sample_dir / self.version


def framed(rng: Rng, turn: float, half_width: float, half_height: float) -> tuple[int, int, Place]:
    """Height and width of a picture, and where its object stands in it: off-centre rather than in the middle.

    turn  how far the object may turn; half_width, half_height: its own, in radii
    """
    short = int(rng.integers(*SHORT_SIDE))
    long = round(short * ASPECTS[rng.integers(len(ASPECTS))])
    height, width = (long, short) if rng.random() < 0.3 else (short, long)
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
    return height, width, place


def _between(rng: Rng, low: float, high: float) -> float:
    """Somewhere between, nearer the ends than the middle: a photographer who does not centre."""
    if high <= low:
        return (low + high) / 2
    return low + (high - low) * float(rng.beta(0.7, 0.7))


def ensure_drawn(of: DrawnSet, settings: Settings, on_progress: Progress | None = None, *, helps: bool = False) -> Path:
    """Draw the whole set unless it is there. Blocking, some seconds.

    Atomic: drawn into a hidden folder beside, then renamed. A second caller waits for the first. If the first
    is killed in between, the next call clears the remains and draws anew.

    helps  a caller that would only wait draws too, from the last picture backwards, until both meet: that takes half
           as long where there is a core for each

    Raises
        DiskFullError  the pictures did not fit.
    """
    target, who = of.folder(settings), f"ensure('{of.id}')"
    if target.is_dir():
        return target
    unfinished = settings.sample_dir / f".{of.version}.unfinished"
    report = on_progress or (lambda done, total, word: None)
    helper = _Helper(of, unfinished) if helps else None

    def meanwhile() -> None:
        done, total = helper.draw() if helper else (0, None)
        report(done, total, "generate")

    lock = settings.sample_dir / f".{of.version}.lock"
    with held(lock, while_waiting=meanwhile, poll_s=0.02 if helps else 0.1):
        if not target.is_dir():
            _clear(unfinished)
            require_disk(who, unfinished, of.room_bytes)
            with disk_full_told(who, unfinished, of.room_bytes):
                _draw_all(of, unfinished, report)
                place_atomically(unfinished, target)
            for left in settings.sample_dir.glob(f".{of.version}.left.*"):  # of whoever was killed
                discard(left, ignore_errors=True)
    return target


def _jobs(of: DrawnSet) -> list[tuple[str, str, int]]:
    return [
        (name, part, index)
        for part, n in (("train", of.n_train), ("val", of.n_valid))
        for name in of.classes
        for index in range(n)
    ]


def _path(folder: Path, name: str, part: str, index: int) -> Path:
    return folder / part / name / f"{index:03d}.jpg"


def _draw_all(of: DrawnSet, folder: Path, report: Progress) -> None:
    jobs = _jobs(of)
    for name, part, _ in jobs:
        (folder / part / name).mkdir(parents=True, exist_ok=True)

    # One thread: the arrays are small, so more threads only wait for the interpreter (measured: 2 threads
    # 4.1 ms a picture, one 3.9); and no processes of our own, since the caller may be a web server's.
    for done, job in enumerate(jobs, start=1):
        path = _path(folder, *job)
        if not path.exists():  # a helper's picture is whole, or not there
            _draw_one(of, job, path)
        if done % 20 == 0 or done == len(jobs):
            report(done, len(jobs), "generate")


def _draw_one(of: DrawnSet, job: tuple[str, str, int], path: Path) -> None:
    Image.fromarray(of.draw(*job)).save(path, "JPEG", quality=JPEG_QUALITY)
    os.utime(path, (MADE_AT, MADE_AT))


def _clear(unfinished: Path) -> None:
    """Move what a killed caller left out of the way at once: a helper may still write to it."""
    if unfinished.is_dir():
        away = _aside(unfinished)
        unfinished.rename(away)
        shutil.rmtree(away, ignore_errors=True)


def _aside(unfinished: Path) -> Path:
    """A name beside the folder that nobody else takes, on this machine or another with the same SOTA_HOME."""
    return unfinished.with_suffix(f".left.{secrets.token_hex(6)}")


class _Helper:
    """Draws the last pictures that are missing in a folder that another process fills, a while at a time.

    Each is made outside the folder and moved into it, so that the other process finds only whole pictures. Once the
    folder has gone, finished or cleared, there is nothing to help with.
    """

    def __init__(self, of: DrawnSet, folder: Path) -> None:
        self.of, self.folder = of, folder
        self.jobs = _jobs(of)
        self.total, self.done = len(self.jobs), 0
        self.parts = {(name, part) for name, part, _ in self.jobs}
        self.made = _aside(folder)

    def draw(self) -> tuple[int, int | None]:
        """Draw for HELP_S. Returns how many pictures there are, and how many there will be; the other process reports
        the last one."""
        ends = time.monotonic() + HELP_S
        with contextlib.suppress(OSError):  # a full disk is told by the other process
            while self.jobs and time.monotonic() < ends:
                path = _path(self.folder, *self.jobs[-1])
                if not path.parent.is_dir():
                    break
                if not path.exists():
                    _draw_one(self.of, self.jobs[-1], self.made)
                    if not path.exists():
                        self.made.replace(path)
                self.jobs.pop()
        discard(self.made)
        with contextlib.suppress(FileNotFoundError):  # gone meanwhile: the last count stays
            there = sum(len(list((self.folder / part / name).iterdir())) for name, part in self.parts)
            self.done = max(self.done, min(there, self.total - 1))
        return self.done, self.total
