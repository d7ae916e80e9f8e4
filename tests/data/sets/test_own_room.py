"""How much room visitors' own sets may take: one set, all sets of one network, and all sets together."""

import dataclasses

import pytest

from sota_core.data.sets import own, own_folders
from sota_core.errors import ArchiveError, DiskFullError, QuotaError
from sota_core.settings import Settings
from tests.data.sets.test_own import ZIP, limited


def ready(settings: Settings, owner: str, megabytes: int, origin: str | None = None) -> None:
    """A set that claims to take this many megabytes."""
    begun = own.begin(ZIP, "x", owner, settings, origin)
    own_folders.write(
        settings.home / "own" / begun.id,
        dataclasses.replace(begun, is_ready=True, size_bytes=megabytes * 10**6),
    )


def test_the_bytes_of_one_zip_are_bounded(settings: Settings):
    with pytest.raises(ArchiveError, match="at most 1 MB"):
        own.begin(bytes(2**20 + 1), "big", "ada", limited(settings, megabytes=1))


def test_all_sets_together_are_bounded_when_one_is_sent_and_when_it_is_read(settings: Settings):
    small = limited(settings, gigabytes=1)
    last = own.begin(ZIP, "last", "eve", small)
    for owner in ("ada", "bob"):
        ready(small, owner, 500)
    with pytest.raises(QuotaError, match="no room here"):
        own.begin(ZIP, "third", "kim", small)
    with pytest.raises(QuotaError, match="no room here"):
        own.fill(last.id, small, lambda *_: None)
    assert own.own_sets("eve", small) == []


def test_a_network_has_half_of_the_room(settings: Settings):
    small = limited(settings, gigabytes=1)
    ready(small, "ada", 490, "net-1")
    begun = own.begin(ZIP, "bob's", "bob", small, "net-1")
    ready(small, "kim", 10, "net-1")
    with pytest.raises(QuotaError, match="no room here"):
        own.begin(ZIP, "x", "eve", small, "net-1")
    with pytest.raises(QuotaError, match="no room here"):
        own.fill(begun.id, small, lambda *_: None)
    assert own.fill(own.begin(ZIP, "x", "eve", small, "net-2").id, small, lambda *_: None).is_dir()


def test_a_class_of_two_hundred_behind_one_router_sends_its_pictures(settings: Settings):
    """Once, 94 waiting zips, each counted as 50 MB, used up the 5 GB, and a network could send 100 sets a month."""
    for n in range(210):
        begun = own.begin(ZIP, "birds", f"pupil {n}", settings, "school")
        if n < 205:
            own.fill(begun.id, settings, lambda *_: None)


def test_owners_without_cookies_are_counted_by_their_network(settings: Settings):
    few = dataclasses.replace(settings, limits=dataclasses.replace(settings.limits, max_live_by_address=2))
    first, _ = (own.begin(ZIP, "x", owner, few, origin="net-1") for owner in ("a", "b"))
    with pytest.raises(QuotaError, match="2 sets from your network are waiting to be read, and 2 is the limit"):
        own.begin(ZIP, "x", "c", few, origin="net-1")
    own.fill(first.id, few, lambda *_: None)
    own.begin(ZIP, "x", "c", few, origin="net-1")
    own.begin(ZIP, "x", "c", few, origin="net-2")


def test_a_full_disk_is_told_without_a_path(settings: Settings):
    full = dataclasses.replace(settings, min_free_bytes=2**60)
    with pytest.raises(DiskFullError, match="no room here") as refused:
        own.begin(ZIP, "x", "ada", full)
    assert str(settings.home) not in str(refused.value) and own.own_sets("ada", settings) == []


def test_what_waits_makes_others_wait_and_not_till_another_day(settings: Settings):
    """A network has half of the room, here 500 MB; ten zips of 49 MB wait to be read."""
    few = limited(settings, gigabytes=1)
    for n in range(10):
        begun = own.begin(ZIP, "x", f"pupil {n}", few, "school")
        with (settings.home / "own" / begun.id / own.SENT).open("ab") as sent:
            sent.truncate(49 * 10**6)
    with pytest.raises(QuotaError, match="try again in a few minutes"):
        own.begin(bytes(15 * 10**6), "x", "last", few, "school")
    own.begin(ZIP, "x", "elsewhere", few, "net-2")
