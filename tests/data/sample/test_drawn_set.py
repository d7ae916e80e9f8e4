"""A set is drawn once, by one process or by two that meet, and lies there whole or not at all."""

import os
import threading
import time
from collections import Counter
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from sota_core.data.sample import drawn_set
from sota_core.data.sample.drawn_set import MADE_AT, DrawnSet, ensure_drawn
from sota_core.settings import Settings

DRAW_S = 0.01  # so long that two threads take turns


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
    """Forty pictures; who draws one is counted by the name of the thread."""

    def draw(name: str, part: str, index: int) -> np.ndarray:
        drawn_by[threading.current_thread().name] += 1
        time.sleep(DRAW_S)
        return colours(name, part, index)

    return DrawnSet("few", "v1", ("cat", "horse"), 15, 5, draw, 10**5)


def held_by_another(few: DrawnSet, settings: Settings) -> threading.Thread:
    """Somebody draws the set already."""
    other = threading.Thread(target=ensure_drawn, args=(few, settings), name="first")
    other.start()
    while not (few.folder(settings).with_name(".v1.unfinished") / "val" / "horse").is_dir():
        time.sleep(0.001)
    return other


def test_two_draw_it_from_both_ends_and_it_is_the_same_set(few, drawn_by, settings, tmp_path) -> None:
    other = held_by_another(few, settings)
    seen: list[tuple[int, int | None, str]] = []
    folder = ensure_drawn(few, settings, lambda *step: seen.append(step), helps=True)
    other.join()
    me = threading.current_thread().name
    assert drawn_by[me] > 5 and drawn_by["first"] > 5
    assert 40 <= drawn_by.total() <= 42, "only where they meet may a picture be drawn twice"
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


def test_what_a_killed_helper_left_goes_when_the_set_is_there(few, settings) -> None:
    settings.sample_dir.mkdir(parents=True)
    (settings.sample_dir / f".v1.{os.getpid()}.jpg").write_bytes(b"half a pict")
    ensure_drawn(few, settings)
    assert sorted(path.name for path in settings.sample_dir.iterdir()) == [".v1.lock", "v1"]


def test_a_helper_finds_nothing_to_do_where_the_folder_has_gone(few, drawn_by, settings) -> None:
    assert drawn_set._help(few, settings.sample_dir / ".v1.unfinished") == (0, 40)
    assert not drawn_by
