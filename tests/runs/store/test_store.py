"""Many at once: stores opened together, claims, readers while somebody writes."""

import multiprocessing
import threading

import pytest

from sota_core.runs.states import State
from sota_core.runs.store.database import HEAD, version
from sota_core.runs.store.eventlog import Beat
from sota_core.runs.store.store import Store
from tests.runs.builders import batch


class TestManyAtOnce:
    def test_stores_opened_together_migrate_once(self, db_url):
        opened, failed = [], []

        def open_one():
            try:
                opened.append(Store(db_url))
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
        while store.history.get(running.id).state is State.RUNNING:
            seen.add(len(store.log.events(running.id, kinds=["batch"])))
        writer.join()
        assert writer.exitcode == 0
        assert all(n % 5 == 0 for n in seen) and len(store.log.events(running.id, kinds=["batch"])) == 250


def _write_batches(settings, run_id):
    with Store(settings) as store:
        for start in range(1, 251, 5):
            assert store.log.append(run_id, 1, [batch(i) for i in range(start, start + 5)]) is Beat.GO
        assert store.transitions.finish(run_id, 1, {})
