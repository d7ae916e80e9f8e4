"""`check` finds what is wrong with a machine and says how to mend it; its exit code tells whether anything is wrong."""

import importlib.metadata
import shutil
import sqlite3
from collections import namedtuple
from dataclasses import replace
from pathlib import Path

import pytest

from sota_core.cli import check, listening
from sota_core.cli.check import FAULT, OK, WARNING
from sota_core.cli.main import main
from sota_core.settings import Settings


@pytest.fixture
def no_sign_in(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "has_sign_in", lambda *_: False)


def level_and_text(found: check.Finding) -> tuple[str, str]:
    return found.level, found.text


def test_a_sound_machine_has_no_fault(settings: Settings, no_sign_in: None):
    found = {one.what: one for one in check.findings(settings)}
    assert list(found) == ["packages", "home", "data", "disk", "store", "open files", "door"]
    assert not [one for one in found.values() if one.level == FAULT]
    assert "0 runs" in found["store"].text and "this machine alone" in found["door"].text


def test_a_home_that_cannot_be_made_is_a_fault_and_the_exit_code_says_so(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture
):
    (tmp_path / "file").write_text("no folder")
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "file"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    assert main(["check"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith("fault    home: ") and lines[1].endswith(": set SOTA_HOME")
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    assert main(["check"]) == 0


def test_a_full_disk_and_one_that_is_nearly_full(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    usage = namedtuple("usage", "total used free")
    for free, level in ((10**8, FAULT), (10**9, WARNING), (10**11, OK)):
        monkeypatch.setattr(shutil, "disk_usage", lambda _, free=free: usage(10**12, 0, free))
        assert check.disk(settings).level == level


def test_a_store_that_is_damaged_on_a_network_s_disk_or_without_its_driver(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
):
    settings.home.mkdir()
    (settings.home / "runs.db").write_bytes(b"no database at all" * 400)
    level, text = level_and_text(check.store(settings))
    assert level == FAULT and text.startswith("The run store is damaged. (file is not a database)")
    level, text = level_and_text(check.store(replace(settings, db_url="mysql+nodriver://somewhere/db")))
    assert level == FAULT
    level, text = level_and_text(check.store(replace(settings, db_url="mysql+aiomysql://somewhere/db")))
    assert level == FAULT and "needs the package" in text
    monkeypatch.setattr("sota_core.runs.store.database.file_system_of", lambda *_: "nfs4")
    level, text = level_and_text(check.store(settings))
    assert level == FAULT and "network file system (nfs4); set SOTA_HOME" in text


def test_a_store_s_error_without_words_is_named_by_its_type(settings: Settings, monkeypatch: pytest.MonkeyPatch):
    def opened(_: Settings) -> None:
        raise sqlite3.DatabaseError

    monkeypatch.setattr(check, "Store", opened)
    level, text = level_and_text(check.store(settings))
    assert level == FAULT and "(DatabaseError): SOTA_DB_URL says where it is" in text


def test_packages_that_are_missing_or_of_another_version():
    def version_of(name: str) -> str:
        if name == "fastai":
            raise importlib.metadata.PackageNotFoundError(name)
        found = importlib.metadata.version(name)
        return "0.1" if name == "streamlit" else f"{found.partition('+')[0]}+cpu" if name == "torch" else found

    level, text = level_and_text(check.packages(version_of))
    assert level == FAULT and "fastai missing, not " in text and "streamlit 0.1, not " in text
    assert "torch" not in text and text.endswith("pip install -r requirements.txt")


@pytest.mark.parametrize(
    ("token", "address", "level", "words"),
    [
        (None, None, OK, "this machine alone"),
        (None, "0.0.0.0", WARNING, "without token or sign-in: set SOTA_OPERATOR_TOKEN"),
        ("chalk", None, WARNING, "has 5 characters and can be guessed"),
        ("chalk and sponge", None, OK, "every machine that reaches this one; the teacher's controls are locked"),
        ("chalk and sponge", "127.0.0.1", OK, "this machine alone"),
    ],
)
def test_an_open_door_is_said(
    token: str | None, address: str | None, level: str, words: str, settings: Settings, no_sign_in: None
):
    found = check.door(replace(settings, operator_token=token), address)
    assert found.level == level and words in found.text and "chalk" not in found.text


def test_a_place_for_runs_files_that_cannot_be_written_is_a_fault(settings: Settings, tmp_path: Path):
    def found(url: str) -> str:
        shared = replace(settings, artifacts=url)
        return next(str(one) for one in check.findings(shared) if one.what == "runs' files")

    assert found(f"file://{tmp_path}/shared") == f"ok       runs' files: shared at file://{tmp_path}/shared"
    (tmp_path / "file").touch()
    assert found(f"file://{tmp_path}/file/shared").startswith("fault    runs' files: file://")
    assert not any(one.what == "runs' files" for one in check.findings(settings))


def test_few_open_files_are_a_warning(monkeypatch: pytest.MonkeyPatch):
    for n, level in ((1024, WARNING), (65_536, OK)):
        monkeypatch.setattr(check, "allow_many_files", lambda n=n: n)
        assert check.open_files().level == level
