"""Caches stay within a bound; those unused for longest go first."""

import os
from pathlib import Path

import pytest

from sota_core.data.loading.cache_room import KEEP_FREE_BYTES, make_room, reserve
from sota_core.errors import DiskFullError


@pytest.fixture
def caches(tmp_path: Path) -> Path:
    """Three caches of 1,000 bytes, last used in the order of their names, and a folder that is none."""
    for i, name in enumerate(("pictures-32-aaa", "pictures-32-bbb", "pictures-64-ccc")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "pixels.u8").write_bytes(bytes(990))
        (tmp_path / name / "meta.json").write_text("0123456789")
        os.utime(tmp_path / name, (1000 + i, 1000 + i))
    (tmp_path / "notes").mkdir()
    return tmp_path


def left(folder: Path) -> str:
    return " ".join(sorted(p.name[-3:] for p in folder.glob("pictures*")))


def test_where_it_fits_nothing_goes(caches):
    make_room(caches, 1000, max_total_bytes=4000, free=lambda p: 10**12)
    assert left(caches) == "aaa bbb ccc"


def test_beyond_the_bound_the_longest_unused_go_first(caches):
    make_room(caches, 1500, max_total_bytes=3000, free=lambda p: 10**12)
    assert left(caches) == "ccc"
    assert (caches / "notes").exists()


def test_a_full_disk_makes_them_go_as_far_as_needed(caches):
    def free(path: Path) -> int:
        return KEEP_FREE_BYTES + 1000 * (3 - len(list(path.glob("pictures*"))))

    make_room(caches, 1500, max_total_bytes=10**12, free=free)
    assert left(caches) == "ccc"


def test_what_cannot_fit_removes_nothing(caches):
    with pytest.raises(DiskFullError) as error:
        make_room(caches, 10**9, free=lambda p: KEEP_FREE_BYTES + 5)
    assert left(caches) == "aaa bbb ccc"
    assert (error.value.needed_bytes, error.value.free_bytes) == (10**9, KEEP_FREE_BYTES + 5)


def test_reserving_more_than_the_disk_has_is_told(tmp_path):
    with pytest.raises(DiskFullError):
        reserve(tmp_path / "pixels.u8", 2**62)


def test_reserved_room_has_its_size(tmp_path):
    reserve(tmp_path / "pixels.u8", 12_345)
    assert (tmp_path / "pixels.u8").stat().st_size == 12_345
