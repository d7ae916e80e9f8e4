"""The ballast is written completely or not at all."""

import shutil
from types import SimpleNamespace

from sota_core.system import disk_reserve


def test_the_ballast_is_kept_once_and_released_once(tmp_path):
    disk_reserve.keep(tmp_path, min_free_bytes=2**60)
    assert list(tmp_path.iterdir()) == []
    disk_reserve.keep(tmp_path, min_free_bytes=0)
    (kept,) = tmp_path.iterdir()
    assert kept.stat().st_size == disk_reserve.SIZE_BYTES and kept.name == "ballast"
    before = kept.stat().st_ino
    disk_reserve.keep(tmp_path, min_free_bytes=0)
    assert kept.stat().st_ino == before
    disk_reserve.release(tmp_path)
    disk_reserve.release(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_keeping_and_releasing_never_fail(tmp_path):
    (tmp_path / "home").touch()
    disk_reserve.keep(tmp_path / "home", min_free_bytes=0)
    disk_reserve.release(tmp_path / "home")
    assert (tmp_path / "home").read_bytes() == b""


def test_it_is_given_up_where_hardly_anything_else_is_free(tmp_path, monkeypatch):
    assert not disk_reserve.release_if_full(tmp_path)
    disk_reserve.keep(tmp_path, min_free_bytes=0)
    for free, is_full in ((2**20, False), (2**20 - 1, True), (0, False)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: SimpleNamespace(free=free))
        assert disk_reserve.release_if_full(tmp_path) == is_full
    assert list(tmp_path.iterdir()) == []
