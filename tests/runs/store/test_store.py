"""Concurrency: stores opened together, claims, readers while somebody writes; and a store opened on a full disk."""

import multiprocessing
import sqlite3
import threading
from types import SimpleNamespace

import pytest

from sota_core.runs.states import State
from sota_core.runs.store import database
from sota_core.runs.store import store as store_module
from sota_core.runs.store.database import HEAD, version
from sota_core.runs.store.eventlog import Beat
from sota_core.runs.store.store import Store
from sota_core.system import disk_reserve
from tests.runs.builders import batch


class TestManyAtOnce:
    def test_stores_opened_together_migrate_once(self, settings):
        opened, failed = [], []

        def open_one():
            try:
                opened.append(Store(settings))
            except Exception as bad:
                failed.append(bad)

        threads = [threading.Thread(target=open_one) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert failed == [] and len(opened) == 6
        assert version(opened[0].session.engine) == HEAD
        for one in opened:
            one.close()

    def test_two_dispatchers_claim_one_run_and_one_wins(self, settings, store, recipe):
        for i in range(8):
            store.queue.submit(recipe, owner=f"owner-{i}")
        claimed = []

        def claim_all():
            with Store(settings) as mine:
                while run := mine.queue.claim():
                    claimed.append(run.id)

        threads = [threading.Thread(target=claim_all) for _ in range(3)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len(claimed) == 8 == len(set(claimed))

    def test_the_same_key_from_many_threads_is_one_run(self, settings, store, recipe):
        runs = []

        def press():
            runs.append(store.queue.submit(recipe, owner="ann", key="press"))

        threads = [threading.Thread(target=press) for _ in range(6)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert len({r.id for r in runs}) == 1 and sum(r.is_new for r in runs) == 1

    @pytest.mark.long
    def test_a_reader_sees_whole_batches_while_a_process_writes(self, settings, store, running):
        context = multiprocessing.get_context("spawn")
        writer = context.Process(target=_write_batches, args=(settings, running.id))
        writer.start()
        seen = set()
        while writer.is_alive() and store.history.get(running.id).state is State.RUNNING:
            seen.add(len(store.log.events(running.id, kinds=["batch"])))
        writer.join()
        assert writer.exitcode == 0
        assert all(n % 5 == 0 for n in seen) and len(store.log.events(running.id, kinds=["batch"])) == 250


def _write_batches(settings, run_id):
    with Store(settings) as store:
        for start in range(1, 251, 5):
            assert store.log.append(run_id, 1, [batch(i) for i in range(start, start + 5)]) is Beat.GO
        assert store.transitions.finish(run_id, 1, {})


@pytest.mark.parametrize("is_full", [True, False])
def test_a_store_that_no_room_is_left_to_open_gets_what_was_put_aside(settings, monkeypatch, is_full):
    """On a full disk SQLite cannot make its files beside the database, and does not say why."""
    tried = []

    def open_engine(url):
        tried.append(url)
        if (settings.home / "ballast").exists():
            raise sqlite3.OperationalError("disk I/O error")
        return database.open_engine(url)

    settings.home.mkdir(exist_ok=True)
    disk_reserve.keep(settings.home, 0)
    monkeypatch.setattr(store_module, "open_engine", open_engine)
    free = 0 if is_full else 2**30
    monkeypatch.setattr(disk_reserve.shutil, "disk_usage", lambda _: SimpleNamespace(free=free))
    if is_full:
        Store(settings).close()
        assert len(tried) == 2
        return
    with pytest.raises(sqlite3.OperationalError):
        Store(settings)
    assert len(tried) == 1 and (settings.home / "ballast").exists()


def test_a_transaction_that_finds_no_room_leaves_what_was_put_aside_to_the_next_one(settings, store, recipe):
    """Where a quota is reached the disk has room to spare; on a full one the reserve is gone before the transaction."""
    run = store.queue.submit(recipe, owner="ann")
    disk_reserve.keep(settings.home, 0)
    full = sqlite3.OperationalError("database or disk is full")
    with pytest.raises(sqlite3.OperationalError), store.session.writing():
        raise full
    is_sqlite = settings.db_url.startswith("sqlite")  # a server's disk is its own
    assert (settings.home / "ballast").exists() != is_sqlite and store.history.delete(run.id) is False
