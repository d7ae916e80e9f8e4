"""A set is drawn once, by one process or by two that meet, and is in its place completely or not at all."""

import errno
import io
import shutil
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.sample import drawn_set
from sota_core.data.sample.drawn_set import JPEG_QUALITY, MADE_AT, DrawnSet, ensure_drawn
from sota_core.errors import DiskFullError
from sota_core.settings import Settings
from sota_core.system import files

DRAW_S = 0.01  # long enough for two threads to take turns


def colours(name: str, part: str, index: int) -> np.ndarray:
    rng = np.random.default_rng([len(name), part == "val", index])
    return rng.integers(0, 256, (8, 9, 3), dtype=np.uint8)


def everything(folder: Path) -> dict[str, tuple[bytes, int]]:
    files = (path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): (path.read_bytes(), int(path.stat().st_mtime)) for path in files}


@pytest.fixture
def drawn_by() -> Counter[str]:
    return Counter()


@pytest.fixture
def few(drawn_by: Counter[str]) -> DrawnSet:
    """A set of forty pictures, which counts by thread name who draws them."""

    def draw(name: str, part: str, index: int) -> np.ndarray:
        drawn_by[threading.current_thread().name] += 1
        time.sleep(DRAW_S)
        return colours(name, part, index)

    return DrawnSet("few", "v1", ("cat", "horse"), 15, 5, draw, 10**5)


def held_by_another(few: DrawnSet, settings: Settings) -> threading.Thread:
    """A thread that is already drawing the set."""
    other = threading.Thread(target=ensure_drawn, args=(few, settings), name="first")
    other.start()
    while not (few.folder(settings).with_name(".v1.unfinished") / "val" / "horse").is_dir():
        time.sleep(0.001)
    return other


def test_two_draw_it_from_both_ends_and_it_is_the_same_set(few, drawn_by, settings, tmp_path, monkeypatch) -> None:
    monkeypatch.setattr(drawn_set, "HELP_S", 0.05)  # so that it counts more than once while the set is drawn
    other = held_by_another(few, settings)
    seen: list[tuple[int, int | None, str]] = []
    folder = ensure_drawn(few, settings, lambda *step: seen.append(step), helps=True)
    other.join()
    me = threading.current_thread().name
    assert drawn_by[me] > 5 and drawn_by["first"] > 5
    assert 40 <= drawn_by.total() <= 42, "a picture may be drawn twice only where the two meet"
    alone = ensure_drawn(replace(few, draw=colours), replace(settings, home=tmp_path / "alone"))
    assert everything(folder) == everything(alone) and len(everything(folder)) == 40
    assert {when for _, when in everything(folder).values()} == {MADE_AT}
    assert sorted(path.name for path in settings.sample_dir.iterdir()) == [".v1.lock", "v1"]
    assert all(word == "generate" and total == 40 for _, total, word in seen)
    assert [done for done, *_ in seen] == sorted(done for done, *_ in seen) and seen[-1][0] > 5


def test_one_that_does_not_help_only_waits(few, drawn_by, settings) -> None:
    other = held_by_another(few, settings)
    ensure_drawn(few, settings)
    other.join()
    assert drawn_by == {"first": 40}


def test_a_helper_that_is_not_wanted_any_more_goes_and_leaves_nothing(few, settings, monkeypatch) -> None:
    monkeypatch.setattr(drawn_set, "HELP_S", 3 * DRAW_S)
    other = held_by_another(few, settings)

    class Stopped(Exception): ...

    def stop(*_: object) -> None:
        raise Stopped

    with pytest.raises(Stopped):
        ensure_drawn(few, settings, stop, helps=True)
    other.join()
    assert len(everything(few.folder(settings))) == 40
    assert sorted(path.name for path in settings.sample_dir.iterdir()) == [".v1.lock", "v1"]


def test_what_was_left_by_who_was_killed_goes_when_the_set_is_there(few, settings) -> None:
    settings.sample_dir.mkdir(parents=True)
    (settings.sample_dir / ".v1.left.0123").write_bytes(b"half a pict")
    left = settings.sample_dir / ".v1.unfinished" / "train" / "cat"
    left.mkdir(parents=True)
    (left / "000.jpg").write_bytes(b"half a pict")
    folder = ensure_drawn(few, settings)
    assert sorted(path.name for path in settings.sample_dir.iterdir()) == [".v1.lock", "v1"]
    assert all(len(data) > 100 for data, _ in everything(folder).values())


def test_helpers_of_one_process_draw_into_files_of_their_own(few, settings) -> None:
    other = held_by_another(few, settings)
    folder = settings.sample_dir / ".v1.unfinished"
    helpers = [drawn_set._Helper(few, folder) for _ in range(2)]
    assert helpers[0].made != helpers[1].made
    threads = [threading.Thread(target=helper.draw) for helper in helpers]
    for thread in threads:
        thread.start()
    for thread in (*threads, other):
        thread.join()
    for path, (data, _) in everything(few.folder(settings)).items():
        part, name, file = Path(path).parts
        with Image.open(io.BytesIO(data)) as shown, Image.open(alone(name, part, int(file[:3]))) as drawn:
            assert np.array_equal(np.asarray(shown), np.asarray(drawn)), path


def alone(name: str, part: str, index: int) -> io.BytesIO:
    made = io.BytesIO()
    Image.fromarray(colours(name, part, index)).save(made, "JPEG", quality=JPEG_QUALITY)
    return made


def test_a_helper_says_how_far_it_is_and_never_that_all_is_done(few, drawn_by, settings, monkeypatch) -> None:
    """Only the holder of the folder reports the end, since each report of a finished set would be an event of its
    own.
    """
    monkeypatch.setattr(drawn_set, "HELP_S", 0.0)
    folder = settings.sample_dir / ".v1.unfinished"
    helper = drawn_set._Helper(few, folder)
    assert helper.draw() == (0, 40) and not drawn_by  # the folder does not exist yet
    for name, part, index in drawn_set._jobs(few):
        path = drawn_set._path(folder, name, part, index)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert helper.draw() == (39, 40)
    shutil.rmtree(folder)
    assert helper.draw() == (39, 40) and not drawn_by  # the folder is gone, because the set is done


def test_a_full_disk_is_told_as_one_while_somebody_helps(few, settings, monkeypatch) -> None:
    """A helper writes a picture into the folder while it is being removed."""
    monkeypatch.setattr(drawn_set, "require_disk", lambda *_: None)
    removed = shutil.rmtree

    def refuse(*_: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    def remove(path: Path, ignore_errors: bool = False, **rest: object) -> None:
        (Path(path) / "train" / "cat" / "014.jpg").write_bytes(b"from the helper")
        if not ignore_errors:
            raise OSError(errno.ENOTEMPTY, "Directory not empty")

    monkeypatch.setattr(drawn_set, "_draw_one", refuse)
    monkeypatch.setattr(files.shutil, "rmtree", remove)
    with pytest.raises(DiskFullError):
        ensure_drawn(few, settings)
    monkeypatch.undo()
    assert removed is shutil.rmtree and len(everything(ensure_drawn(few, settings))) == 40
