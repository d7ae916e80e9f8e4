"""A run's time limit is enforced by its own worker, so dispatchers may come and go."""

import time

import pytest

from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.states import State
from sota_core.runs.worker import worker
from tests.runs import trainers
from tests.runs.fakes import FakeExecutor


@pytest.fixture
def claim_of(store, recipe):
    """claim_of(seconds): a claimed run with this time limit."""

    def claim(limit_s: float):
        store.queue.submit(recipe, owner="ann", time_limit_s=limit_s)
        return store.queue.claim()

    return claim


def test_time_that_is_over_ends_a_run_that_nobody_supervises(store, claim_of, settings):
    claimed = claim_of(0.3)
    assert worker.main(claimed.id, 1, settings, trainer=trainers.patient) == worker.CANCELLED
    run = store.history.get(claimed.id)
    assert (run.state, run.reason, run.cancel_by) == (State.CANCELLED, "time_limit", "time_limit")
    assert run.summary["accuracy"] == 0.1


def test_another_dispatcher_gives_no_more_time(store, claim_of, settings):
    """A new dispatcher begins every moment, and each has seen the run for less than its limit."""
    claimed, executor = claim_of(0.5), FakeExecutor()
    executor.launch(claimed)

    def train(recipe, settings, *, emit, should_stop, out_dir):
        deadline = time.monotonic() + 60
        while not should_stop() and time.monotonic() < deadline:
            Supervisor(store, executor, settings).tick()
            time.sleep(0.05)
        return trainers.Outcome({}, stopped=should_stop())

    worker.main(claimed.id, 1, settings, trainer=train)
    assert store.history.get(claimed.id).reason == "time_limit"


def test_the_next_attempt_has_its_whole_time(store, claim_of, settings):
    claimed = claim_of(3600.0)
    assert store.transitions.requeue(claimed.id, 1) and store.queue.claim().attempt == 2
    assert worker.main(claimed.id, 2, settings, trainer=trainers.quick) == worker.FINISHED


def test_who_has_stopped_it_before_is_still_who_has(store, claim_of, settings):
    claimed = claim_of(0.3)

    def train(recipe, settings, *, emit, should_stop, out_dir):
        store.transitions.request_cancel(claimed.id, by="ann")
        return trainers.patient(recipe, settings, emit=emit, should_stop=should_stop, out_dir=out_dir)

    assert worker.main(claimed.id, 1, settings, trainer=train) == worker.CANCELLED
    run = store.history.get(claimed.id)
    assert (run.reason, run.cancel_by) == ("stopped", "ann")
