"""A `serve` that nobody visits keeps its promise on visitors' pictures, and sees to a dispatcher for runs that wait."""

import os
import time
from pathlib import Path

import pytest

from sota_core.cli.hosting import upkeep
from sota_core.cli.hosting.upkeep import CLEAR_S, LOOK_S, Upkeep
from sota_core.data.sets import own, own_folders
from sota_core.runs.dispatch.starter import Starter
from sota_core.settings import Settings, load
from tests.runs.conftest import Clock


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SOTA_HOME": str(tmp_path / "home")})


def old_set(settings: Settings) -> None:
    made = own.begin(b"a zip", "birds", "ann", settings)
    then = time.time() - 86_400
    os.utime(own_folders.home(settings) / made.id / "set.json", (then, then))


def test_what_is_too_old_goes_once_an_hour_though_no_dispatcher_is_at_work(settings: Settings):
    uptime = Clock(0.0)
    one = Upkeep(Starter(settings), uptime)
    old_set(settings)
    for passed, is_there in ((LOOK_S, True), (1, False)):
        uptime.pass_(passed)
        one.do_what_is_due()
        assert any(own_folders.folders(settings)) == is_there
    old_set(settings)
    for passed, is_there in ((CLEAR_S, True), (LOOK_S + 1, False)):
        uptime.pass_(passed)
        one.do_what_is_due()
        assert any(own_folders.folders(settings)) == is_there


def test_a_dispatcher_is_asked_for_and_left_to_clear(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    asked, uptime = [], Clock(0.0)
    monkeypatch.setattr(upkeep, "store_and_dispatcher", asked.append)
    monkeypatch.setattr(upkeep.dispatcher, "status", lambda _: {"pid": 1})
    one = Upkeep(Starter(settings), uptime)
    old_set(settings)
    for _ in range(12):
        uptime.pass_(LOOK_S / 10 + 0.1)
        one.do_what_is_due()
    assert [starter.settings for starter in asked] == [settings] and any(own_folders.folders(settings))


def test_a_store_that_cannot_be_opened_ends_nothing(settings: Settings, caplog: pytest.LogCaptureFixture):
    (settings.home / "runs.db").parent.mkdir()
    (settings.home / "runs.db").write_bytes(b"no database at all" * 400)
    uptime = Clock(0.0)
    one = Upkeep(Starter(settings), uptime)
    uptime.pass_(LOOK_S + 1)
    one.do_what_is_due()
    assert "nothing was cleared away" in caplog.text
