"""The dispatcher says how many slots it has, so that pages can say why nothing starts."""

import dataclasses
import threading

from sota_core.runs.dispatch import dispatcher
from sota_core.runs.dispatch.bell import Bell
from sota_core.runs.dispatch.lock import DispatcherLock
from sota_core.runs.dispatch.measuring import Measuring
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.store.store import Store
from tests.runs.executors.test_executor import wait_until
from tests.runs.fakes import FakeExecutor


def test_that_no_place_is_left_is_told_and_taken_back(settings, store, recipe, only_sqlite):
    """The real loop, with an executor that plays a cluster which goes away and comes back."""
    executor, stopping = FakeExecutor(slots=2), threading.Event()
    lock = DispatcherLock.take(settings)
    with Store(dataclasses.replace(settings, slots=None)) as seen, Bell(settings.home) as bell:
        supervisor = Supervisor(store, executor, settings)
        loop = threading.Thread(
            target=dispatcher._loop, args=(supervisor, bell, stopping, lock, 60.0, Measuring(settings, list))
        )
        loop.start()
        try:
            wait_until(lambda: seen.slots == 2)
            executor.slots = 0
            store.queue.submit(recipe, owner="ann")
            bell.ring()
            wait_until(lambda: seen.slots == 0)
            executor.slots = 3
            bell.ring()
            wait_until(lambda: seen.slots == 3)
        finally:
            stopping.set()
            bell.ring()
            loop.join()
            lock.release()
