"""Upkeep of the store: thinning, backup, export and clearing, while somebody writes."""

import dataclasses
import json
import os
import sqlite3
import threading
import time
from contextlib import closing

import pytest

from sota_core.cli.main import main
from sota_core.data.sets import own, own_folders
from sota_core.errors import InputError, RunError
from sota_core.people import answers
from sota_core.runs.dispatch import clearing, dispatcher
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.run import Artifact
from sota_core.runs.store.database import sqlite_path
from sota_core.runs.store.store import Store
from sota_core.system.environment import child_environment, log_folder
from tests.databases import settings_of
from tests.runs.builders import ME, batch, first_batch
from tests.runs.conftest import Clock
from tests.runs.fakes import FakeExecutor


@pytest.fixture
def finished(store, running):
    """A run of two thousand steps, with a file."""
    folder = store.artifacts_dir / running.id
    folder.mkdir(parents=True)
    (folder / "metrics.csv").write_text("epoch\n")
    store.log.append(running.id, 1, [batch(i) for i in range(1, 2001)])
    store.transitions.finish(
        running.id, 1, {}, [Artifact(running.id, "metrics.csv", folder / "metrics.csv", 6, "0" * 64)]
    )
    return running


@pytest.fixture
def writer(settings, store, recipe):
    """A thread with a store of its own that writes all the time; yields how many events it has written."""
    run = store.queue.submit(recipe, owner="writer")
    store.queue.claim()
    store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    done, n_written = threading.Event(), [0]

    def write():
        with Store(settings) as mine:
            while not done.is_set():
                first = n_written[0] + 1
                mine.log.append(run.id, 1, [batch(first + i) for i in range(20)])
                n_written[0] += 20

    thread = threading.Thread(target=write)
    thread.start()
    yield n_written
    done.set()
    thread.join()


def n_batches(store, run):
    return len(store.log.events(run.id, kinds=["batch"]))


@pytest.mark.parametrize("is_asked", [True, False])
def test_a_clock_that_is_a_year_ahead_for_a_moment_removes_nothing(
    is_asked, store, settings, finished, clock, monkeypatch
):
    """Not a run, nor its batch events, visitors' sets or answers shown to a teacher. Once somebody asks for it, or the
    clock has stayed there for an hour, all go.
    """
    settings = dataclasses.replace(settings, keep_days=100)
    chores = dispatcher.Chores(Supervisor(store, FakeExecutor(), settings), clock=Clock(0.0))
    mine = own.begin(b"a zip", "mine", "ann", settings)
    assert answers.show(settings.home, "FAST7", "web-" + "0" * 20, "Ada", "q1a", ())
    chores.do_what_is_due()

    def there() -> tuple[int, bool, int]:
        shown = answers.shown(settings.home, "FAST7")
        return len(store.history.list_runs()), any(own_folders.folders(settings)), len(shown)

    assert there() == (1, True, 1)
    now, year_s = time.time, 365 * 86_400.0
    clock.pass_(year_s)
    monkeypatch.setattr(time, "time", lambda: now() + year_s)
    chores.thin_at = float("-inf")
    chores.do_what_is_due()
    assert there() == (1, True, 1) and n_batches(store, finished) == 2000 and mine.id
    if not is_asked:
        monkeypatch.setattr(time, "time", lambda: now() + year_s + 3601)
    assert clear(store, settings, is_asked=is_asked) == [finished.id]
    assert there() == (0, False, 0)


class TestThinning:
    """The dispatcher thins, once an hour, the batch events of runs that ended a week ago."""

    @pytest.fixture
    def uptime(self):
        return Clock(0.0)

    @pytest.fixture
    def chores(self, store, settings, uptime):
        settings = dataclasses.replace(settings, min_free_bytes=2**60)  # too much for a ballast to be written
        return dispatcher.Chores(Supervisor(store, FakeExecutor(), settings), clock=uptime)

    def test_a_week_after_its_end_a_run_keeps_some_batch_events(self, store, chores, finished, clock, uptime):
        for hours, expected in ((0, 2000), (7 * 24 - 2, 2000), (2, 2000), (1, None)):
            clock.pass_(3600 * hours)
            uptime.pass_(3600 * hours + 1)
            chores.do_what_is_due()
            assert expected is None or n_batches(store, finished) == expected
        assert 200 <= n_batches(store, finished) <= 201
        assert store.log.events(finished.id)[-1]["kind"] == "ended"

    def test_it_is_not_done_at_every_look(self, store, chores, finished, clock, uptime):
        chores.do_what_is_due()
        clock.pass_(8 * 86_400)
        uptime.pass_(3599)
        chores.do_what_is_due()
        assert n_batches(store, finished) == 2000
        uptime.pass_(2)
        chores.do_what_is_due()
        assert n_batches(store, finished) < 2000


class TestBackup:
    def test_a_copy_made_while_somebody_writes_is_whole_and_opens(self, store, finished, writer, tmp_path):
        if not store.url.startswith("sqlite"):
            with pytest.raises(RunError, match="use pg_dump"):
                store.backup(tmp_path / "copy.db")
            return
        for _ in range(5):
            before = writer[0]
            store.backup(tmp_path / "safe" / "copy.db")
            with closing(sqlite3.connect(tmp_path / "safe" / "copy.db")) as copy:
                assert copy.execute("PRAGMA integrity_check").fetchone() == ("ok",)
                (n,) = copy.execute("SELECT count(*) FROM event WHERE kind = 'batch'").fetchone()
            assert n % 20 == 0 and n >= 2000 + before
        assert [path.name for path in (tmp_path / "safe").iterdir()] == ["copy.db"]
        with Store(settings_of(tmp_path / "safe" / "copy.db")) as copy:
            assert copy.history.get(finished.id) == store.history.get(finished.id)

    def test_what_cannot_be_written_is_said_and_leaves_the_last_copy(self, store, running, tmp_path):
        if not store.url.startswith("sqlite"):
            pytest.skip("on SQLite only")
        with pytest.raises(InputError, match="must be a file"):
            store.backup(tmp_path)
        (tmp_path / "file").write_text("no folder")
        with pytest.raises((RunError, OSError)):
            store.backup(tmp_path / "file" / "copy.db")

    @pytest.mark.usefixtures("only_sqlite")
    def test_it_takes_the_place_of_nothing_but_a_file_that_is_not_the_database(self, store, running, tmp_path):
        """A copy written over the database in use separates it from its write-ahead log: the store was damaged at the
        next start.
        """
        database, pipe = sqlite_path(store.url), tmp_path / "pipe"
        (tmp_path / "link.db").symlink_to(database)
        os.mkfifo(pipe)
        was = database.stat().st_ino
        for to in (database, database.with_name(database.name + "-wal"), tmp_path / "link.db", pipe):
            with pytest.raises(InputError, match="backup: "):
                store.backup(to)
        assert database.stat().st_ino == was and pipe.is_fifo()

    @pytest.mark.usefixtures("only_sqlite")
    def test_nor_of_another_database_that_a_killed_app_has_left(self, store, running, tmp_path):
        """SQLite would write the other one's WAL over the copy as soon as somebody opens it."""
        (tmp_path / "other.db").write_bytes(b"another one")
        (tmp_path / "other.db-wal").write_bytes(b"what it had not written yet")
        with pytest.raises(InputError, match="left by a killed app"):
            store.backup(tmp_path / "other.db")
        assert (tmp_path / "other.db").read_bytes() == b"another one"


def test_everything_is_exported_and_backed_up_from_the_command_line(
    store, settings, finished, writer, tmp_path, monkeypatch, capsys
):
    if not settings.db_url.startswith("sqlite"):
        pytest.skip("tests of the command line run on SQLite alone")
    monkeypatch.setenv("SOTA_HOME", str(settings.home))
    monkeypatch.setenv("SOTA_DB_URL", settings.db_url)
    assert main(["runs", "backup", "--to", str(tmp_path / "copy.db")]) == 0
    assert capsys.readouterr().out == f"{tmp_path / 'copy.db'}\n"
    store.history.delete(finished.id)
    with Store(settings_of(tmp_path / "copy.db")) as copy:
        assert n_batches(copy, finished) == 2000
    assert main(["runs", "export", "--to", str(tmp_path / "all")]) == 0
    (run,) = store.history.list_runs()
    assert [path.name for path in (tmp_path / "all").iterdir()] == [run.id]
    lines = (tmp_path / "all" / run.id / "events.jsonl").read_text().splitlines()
    assert len(lines) % 20 == 0 and json.loads(lines[0])["kind"] == "batch"


class TestClearing:
    """The dispatcher clears when it thins; an operator has `runs clear` and `runs delete`."""

    @pytest.fixture
    def ended(self, store, recipe, clock):
        """Four runs that ended a day apart, each with a file of 3 bytes, and one that still runs. The first is
        pinned.
        """
        ids = []
        for name in ("pinned", "old", "young", "last", "alive"):
            run = store.queue.submit(recipe, owner=name)
            store.queue.claim()
            store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
            ids.append(run.id)
        for run_id in ids[:-1]:
            folder = store.artifacts_dir / run_id
            folder.mkdir(parents=True)
            (folder / "a").write_text("abc")
            store.transitions.finish(run_id, 1, {}, [Artifact(run_id, "a", folder / "a", 3, "0" * 64)])
            clock.pass_(86_400)
        store.history.pin(ids[0])
        return ids

    def left(self, store):
        return {run.id for run in store.history.list_runs()}

    def test_by_age(self, store, settings, ended):
        assert clear(store, dataclasses.replace(settings, keep_days=2)) == [ended[1]]
        assert self.left(store) == set(ended) - {ended[1]} and not (store.artifacts_dir / ended[1]).exists()

    def test_by_size_the_first_to_end_go_first(self, store, settings, ended):
        assert clear(store, dataclasses.replace(settings, keep_bytes=9)) == [ended[1]]
        assert clear(store, dataclasses.replace(settings, keep_bytes=1)) == [ended[2], ended[3]]
        assert self.left(store) == {ended[0], ended[4]}

    def test_nothing_goes_by_default_or_where_nothing_is_to_go(self, store, settings, ended, clock):
        assert clear(store, settings) == []
        clock.pass_(10 * 365 * 86_400)
        assert clear(store, dataclasses.replace(settings, keep_days=0, keep_bytes=0)) == []
        assert set(clear(store, settings)) == set(ended[1:4])

    def test_what_earlier_versions_logged_of_visitors_pictures(self, store, settings, recipe):
        run = store.queue.submit(recipe.replace(source="own:0123456789abcdef/birds", split="random20"), owner="bea")
        store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        store.log.append(run.id, 1, [first_batch(1), batch(2)])
        clear(store, settings)
        assert [event["kind"] for event in store.log.events(run.id)] == ["batch"]

    def test_the_dispatcher_does_it(self, store, settings, ended, clock):
        clock.pass_(365 * 86_400)
        few = dataclasses.replace(settings, min_free_bytes=2**60)
        dispatcher.Chores(Supervisor(store, FakeExecutor(), few), clock=Clock(0.0)).do_what_is_due()
        assert self.left(store) == {ended[0], ended[4]}

    def test_by_hand(self, store, settings, ended, monkeypatch, capsys):
        for name, value in child_environment(settings).items():
            monkeypatch.setenv(name, value)
        assert main(["runs", "delete", "nosuchrun", ended[1]]) == 2 and ended[1] in self.left(store)
        assert main(["runs", "delete", ended[1], ended[4]]) == 1
        told = capsys.readouterr()
        assert told.out == f"{ended[1]}\n" and f"{ended[4]} has not ended; stop it first" in told.err
        assert main(["runs", "clear", "--gb", "0.000000003"]) == 0
        assert set(capsys.readouterr().out.split()) == set(ended[2:4])
        assert self.left(store) == {ended[0], ended[4]}

    @pytest.mark.parametrize("bad", [["--days", "-1"], ["--days", "x"], ["--gb", "nan"], ["--gb", "inf"]])
    def test_no_number_is_no_limit(self, bad, capsys):
        with pytest.raises(SystemExit) as ended:
            main(["runs", "clear", *bad])
        assert ended.value.code == 2 and "invalid number value" in capsys.readouterr().err

    def test_a_grown_log_keeps_its_end_and_its_writer(self, tmp_path, monkeypatch):
        monkeypatch.setattr(clearing, "MAX_LOG_BYTES", 3_000_000)
        path = tmp_path / "dispatcher.log"
        with path.open("ab") as writer:
            writer.write(b"a line\n" * 400_000)
            writer.flush()
            clearing.shorten(path)
            assert path.stat().st_size == 2_800_000
            writer.write(b"a line\n" * 100_000 + b"the last")
            writer.flush()
            clearing.shorten(path)
            writer.write(b"and on\n")
        assert path.stat().st_size < 1_100_000 and path.read_text().endswith("a line\nthe last\nand on\n")

    def test_every_log_is_kept_from_growing(self, store, settings, monkeypatch):
        """Also the one file to which the libraries of every stepper write."""
        monkeypatch.setattr(clearing, "MAX_LOG_BYTES", 2 * 2**20)
        for name in ("dispatcher.log", "steppers.log", "abc-1.log"):
            (log_folder(settings) / name).write_bytes(b"a line\n" * 400_000)
        clear(store, settings)
        assert all(path.stat().st_size < 1.1 * 2**20 for path in log_folder(settings).iterdir())

    def test_a_log_that_is_not_there_is_no_trouble_and_one_that_cannot_be_read_is(self, tmp_path, caplog):
        clearing.shorten(tmp_path / "dispatcher.log")
        assert caplog.text == ""
        (tmp_path / "a file").touch()
        clearing.shorten(tmp_path / "a file" / "dispatcher.log")
        assert "a log stays as it is" in caplog.text
