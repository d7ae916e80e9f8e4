"""A figure beside a limit never reads as if it stood on its other side: the helpers, and the messages made by them."""

import doctest
import math
import re
import shutil
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from pages.parts.train import runs_list
from pages.shared.runs import room
from sota_core import limits
from sota_core.cli import check
from sota_core.data.loading import cache_room
from sota_core.data.pictures.images import MAX_BYTES, open_upload_presized
from sota_core.errors import DiskFullError, ImageError, InputError, QuotaError
from sota_core.recipes import Recipe
from sota_core.runs.recordings import format as recordings
from sota_core.runs.states import State
from sota_core.runs.store.quotas import cost_of
from sota_core.runs.store.store import Store
from sota_core.settings import Limits, Settings
from sota_core.system import files

Usage = namedtuple("Usage", "total used free")


def numbers(message: object) -> list[float]:
    return [float(n.replace(",", "")) for n in re.findall(r"\d[\d,]*(?:\.\d+)?(?= MB|,|;|$)", str(message))]


def test_the_examples_of_the_docstrings_hold() -> None:
    found = doctest.testmod(limits)
    assert found.attempted > 0 and found.failed == 0


@pytest.mark.parametrize("limit", [10.0, 9.99, 1e12, 1.4999e12, 9.999e11, 3.0])
def test_what_is_above_a_limit_reads_so(limit: float) -> None:
    for value in (math.nextafter(limit, math.inf), limit * 1.00001, limit * 1.0004, limit * 1.3):
        read = [float(text.replace(",", "")) for text in (limits.above(value, limit), f"{limit:.3g}")]
        assert read[0] > read[1] and read[0] == pytest.approx(value, rel=0.011)
        assert limits.rounded_up(value) >= value


def test_a_file_too_large_is_said_to_be_so() -> None:
    with pytest.raises(ImageError, match=r"has 10\.1 MB; at most 10 MB"):
        open_upload_presized(bytes(MAX_BYTES + 1), 224)
    with pytest.raises(InputError, match=r"at most 1 MB are read, got 1\.1 MB"):
        recordings.read(b"{" * (recordings.MAX_BYTES + 1))


def test_a_disk_without_room_is_said_to_lack_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DiskFullError) as full:
        cache_room.make_room(tmp_path, 75_712_000, free=lambda _: 75_712_000 + cache_room.KEEP_FREE_BYTES - 1)
    needed, kept, free = (int(n) for n in re.findall(r"(\d+) MB", str(full.value)))
    assert needed + kept > free
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, 3_000_000))
    with pytest.raises(DiskFullError, match=r"needs 4 MB on the disk of .*, 3 MB are free"):
        files.require_disk("make", tmp_path, 3_000_001)


def test_a_disk_that_starts_no_run_reads_below_what_a_run_needs(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = replace(settings, min_free_bytes=525_000_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(10**12, 0, settings.min_free_bytes - 1))
    assert check.disk(settings).text.startswith("524 MB are free, and below 525 MB no run starts")


def test_a_run_above_the_quota_reads_above_it(settings: Settings) -> None:
    recipe = Recipe()
    limit = cost_of(recipe) - 1
    with (
        Store(replace(settings, limits=Limits(max_cost=limit))) as store,
        pytest.raises(QuotaError, match="too large") as refused,
    ):
        store.queue.submit(recipe, owner="ann")
    cost, most = (float(n.replace(",", "")) for n in re.findall(r"is ([\d,]+\d)", str(refused.value)))
    assert cost > most == float(f"{limit:.3g}") and "e+" not in str(refused.value)


@pytest.mark.parametrize("step", [1990, 1999])
def test_a_run_under_way_is_never_at_100_percent(step: int, settings: Settings) -> None:
    with Store(settings) as store:
        run = replace(store.queue.submit(Recipe(), owner="ann"), state=State.RUNNING, step=step, total=1999)
    assert ":gray[99\u00a0%]" in runs_list._state(run)
    assert room._state(run) == "99\u00a0% done"
