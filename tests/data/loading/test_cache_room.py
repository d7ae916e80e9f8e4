"""Caches stay within a limit; those unused for longest are removed first."""

import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sota_core.data.loading.cache_room import KEEP_FREE_BYTES, make_room, reserve
from sota_core.data.pictures import cache_folders
from sota_core.errors import DiskFullError
from sota_core.system.locks import held


@pytest.fixture
def caches(tmp_path: Path) -> Path:
    """Three caches of 1,000 bytes, last used in the order of their names, and another folder."""
    for i, name in enumerate(("pictures-32-aaa", "pictures-32-bbb", "pictures-64-ccc")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pixels.u8").write_bytes(bytes(990))
        (tmp_path / name / "meta.json").write_text("0123456789")
        os.utime(tmp_path / name, (1000 + i, 1000 + i))
    (tmp_path / "notes").mkdir()
    return tmp_path


def left(folder: Path) -> str:
    return " ".join(sorted(p.name[-3:] for p in folder.glob("pictures*") if p.is_dir()))


def test_where_it_fits_nothing_goes(caches):
    make_room(caches, 1000, max_total_bytes=4000, free=lambda p: 10**12)
    assert left(caches) == "aaa bbb ccc"


def test_beyond_the_bound_the_longest_unused_go_first(caches):
    make_room(caches, 1500, max_total_bytes=3000, free=lambda p: 10**12)
    assert left(caches) == "ccc"
    assert (caches / "notes").exists()


def test_a_full_disk_makes_them_go_as_far_as_needed(caches):
    def free(path: Path) -> int:
        return KEEP_FREE_BYTES + 1000 * (3 - len(left(path).split()))

    make_room(caches, 1500, max_total_bytes=10**12, free=free)
    assert left(caches) == "ccc"


def test_what_cannot_fit_removes_nothing(caches):
    with pytest.raises(DiskFullError) as error:
        make_room(caches, 10**9, free=lambda p: KEEP_FREE_BYTES + 5)
    assert left(caches) == "aaa bbb ccc"
    assert (error.value.needed_bytes, error.value.free_bytes) == (10**9, KEEP_FREE_BYTES + 5)


def test_what_a_killed_builder_has_left_goes_first(caches):
    for name in ("pictures-64-ddd", "pictures-64-eee"):
        (caches / f"{name}.building").mkdir()
        (caches / f"{name}.building" / "pixels.u8").write_bytes(bytes(1000))
    with held(caches / "pictures-64-eee.lock"):  # its builder is alive, so it counts
        make_room(caches, 1000, max_total_bytes=5000, free=lambda p: 10**12)
        assert left(caches) == "aaa bbb ccc ing" and not (caches / "pictures-64-ddd.building").exists()
        make_room(caches, 1000, max_total_bytes=4000, free=lambda p: 10**12)
    assert left(caches) == "bbb ccc ing"


def test_one_that_is_being_opened_stays(caches):
    with held(caches / "pictures-32-aaa.lock"):
        make_room(caches, 1500, max_total_bytes=3500, free=lambda p: 10**12)
    assert left(caches) == "aaa ccc"


def test_one_that_another_has_removed_meanwhile_is_passed_by(caches, monkeypatch):
    listed = cache_folders.all_of(caches)
    shutil.rmtree(caches / "pictures-32-bbb")
    monkeypatch.setattr(cache_folders, "all_of", lambda folder: listed)
    make_room(caches, 1500, max_total_bytes=3000, free=lambda p: 10**12)
    assert left(caches) == "ccc"


def test_many_make_room_at_once(caches):
    for i in range(200):
        (caches / f"pictures-48-{i}").mkdir()
        (caches / f"pictures-48-{i}" / "meta.json").write_text("0123456789")
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: make_room(caches, 1000, max_total_bytes=1000, free=lambda p: 10**12), range(4)))
    assert left(caches) == ""


def test_reserving_more_than_the_disk_has_is_told(tmp_path):
    with pytest.raises(DiskFullError):
        reserve(tmp_path / "pixels.u8", 2**62)


def test_reserved_room_has_its_size(tmp_path):
    reserve(tmp_path / "pixels.u8", 12_345)
    assert (tmp_path / "pixels.u8").stat().st_size == 12_345
