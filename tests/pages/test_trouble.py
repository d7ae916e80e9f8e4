"""The store unreachable, locked or damaged, or the server's folder gone: pages that need no run work, the others say
why not, and no path is shown.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlalchemy.exc import OperationalError
from streamlit.testing.v1 import AppTest

from pages.shared.people import owner
from pages.shared.runs import room
from pages.shared.session import cached, site, trouble
from sota_core import words
from sota_core.errors import StoreAwayError
from sota_core.recipes import Recipe
from sota_core.runs.store import database
from sota_core.runs.store.database import trouble_of
from sota_core.runs.store.store import Store
from tests.databases import migrated, settings_of
from tests.pages.conftest import ROOT, texts, turn

Visit = Callable[..., AppTest]
WITHOUT_RUNS = (
    *("baseline", "normalization", "resizing", "tta", "mixup", "label_smoothing", "data", "papers"),
    "operator",  # asks for a token first
)
WITH_RUNS = ("overview", "train", "compare", "room", "questionnaire")


def damage(home: Path) -> str:
    (home / "runs.db").write_bytes(b"no database at all" * 400)
    return "The run store is damaged."


def damage_within(home: Path) -> str:
    whole = migrated(home / "runs.db").read_bytes()
    (home / "runs.db").write_bytes(whole[:100] + b"\xff" * (len(whole) - 100))
    return "The run store is damaged."


def take_away(home: Path) -> str:
    for file in home.iterdir():
        file.unlink()
    home.rmdir()
    home.write_text("a file in the folder's place, so that nobody can make it, root neither")
    return "The run store cannot be opened."


TROUBLES = {"damaged": damage, "damaged within": damage_within, "home gone": take_away}


@pytest.fixture
def bare_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "bare"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    migrated(tmp_path / "bare" / "runs.db")
    yield tmp_path / "bare"
    trouble._resting.clear()


def look(page: str, **address: str) -> AppTest:
    app = turn(AppTest.from_file(str(ROOT / "app.py"), default_timeout=240), page)
    for name, value in address.items():
        app.query_params[name] = value
    app.run()
    return app


def said(app: AppTest, home: Path) -> str:
    assert not app.exception, app.exception
    shown = texts(app)
    assert str(home.parent) not in shown and "runs.db" not in shown and "Traceback" not in shown
    return "\n".join(error.value for error in app.error)


def test_every_page_is_in_one_of_the_two_lists() -> None:
    assert set(WITHOUT_RUNS) | set(WITH_RUNS) == set(site.BY_ADDRESS)


@pytest.mark.long
@pytest.mark.parametrize("what", TROUBLES)
def test_what_needs_no_run_goes_on_and_the_rest_says_why_not(what: str, bare_home: Path) -> None:
    why = TROUBLES[what](bare_home)
    for page in WITHOUT_RUNS:
        assert said(look(page), bare_home) == "", page
    for page in WITH_RUNS:
        assert why in said(look(page, run="nosuchrun", room="FAST7"), bare_home), page


def test_a_store_that_fails_later_is_said_where_the_run_stands_and_comes_back(
    visit: Visit, store: Store, tiny: Recipe, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(trouble, "REST_S", 3600.0)  # longer than this test takes
    run = store.queue.submit(tiny, owner="somebody")
    app = visit("train", run=run.id)
    assert said(app, home) == ""
    away = OperationalError("SELECT …", {}, Exception(f"could not connect to {home}"))
    with monkeypatch.context() as patch:
        patch.setattr(cached.Feeds, "read", lambda *_: (_ for _ in ()).throw(away))
        assert "The run store cannot be reached." in said(app.run(), home)
    asked = []
    with monkeypatch.context() as patch:
        patch.setattr(cached, "_store", asked.append)
        with pytest.raises(StoreAwayError):  # the store is not asked again so soon
            cached.store()
    assert asked == []
    trouble._resting.clear()
    assert said(app.run(), home) == ""


@pytest.mark.long
def test_a_callback_that_meets_a_trouble_leaves_the_page_standing(
    visit: Visit, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = visit("room")
    app.text_input(key="room.join").set_value("FAST8").run()
    with monkeypatch.context() as patch:
        away = StoreAwayError("The run store cannot be reached.")
        patch.setattr(room, "is_known", lambda _: (_ for _ in ()).throw(away))
        app.button(key="room.go").click().run()
        assert [toast.value for toast in app.toast] == [words.markdown_safe(trouble.of(away, ""))] and said(
            app, home
        ) == ""
        assert app.button(key="room.go")
        assert not app.run().toast, "it is said once"
    with monkeypatch.context() as patch:
        patch.setattr(room, "is_known", lambda _: 1 / 0)
        assert app.button(key="room.go").click().run().exception, "an error of ours is none of the machine's"


def test_nobodys_cookie_is_replaced_while_the_key_is_not_to_be_had(
    bare_home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    damage(bare_home)
    left = []
    monkeypatch.setattr(owner, "_leave", lambda **given: left.append(given))
    look("mixup")
    assert left == []
    trouble._resting.clear()
    (bare_home / "runs.db").unlink()
    migrated(bare_home / "runs.db")
    look("mixup")
    assert len(left) == 1


@pytest.mark.parametrize("said", ["database or disk is full", "attempt to write a readonly database"])
def test_what_cannot_be_written_can_still_be_read(said: str, bare_home: Path) -> None:
    """One visitor's refused press took the runs off everybody's page for five seconds."""
    store = cached.store()
    refused = OperationalError("UPDATE …", {}, sqlite3.OperationalError(said))
    assert trouble.refusal(refused) == trouble.of(StoreAwayError(trouble_of(refused)), store.url)
    assert cached.store().history.list_runs() == []


def test_each_trouble_has_its_word(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(database, "BUSY_S", 0.05)
    with (
        Store(settings_of(migrated(tmp_path / "runs.db"))) as store,
        closing(sqlite3.connect(tmp_path / "runs.db")) as other,
    ):
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(OperationalError) as locked:
            store.history.pin("x")
        assert trouble_of(locked.value) == "The run store is locked by another program."
        other.rollback()
        with store.session.reading() as connection, pytest.raises(OperationalError) as readonly:
            connection.exec_driver_sql("PRAGMA query_only = ON")
            connection.exec_driver_sql("UPDATE run SET pinned = 1")
        assert trouble_of(readonly.value) == "The run store cannot be written."
