"""Two that write the same thing at the same time, and an answer that got lost: no error, and one outcome."""

import threading

import pytest
from sqlalchemy.exc import OperationalError

from sota_core.runs.states import State
from sota_core.runs.store import schema
from sota_core.runs.store.transitions import Transitions
from sota_core.runs.worker import worker
from tests.runs import trainers
from tests.runs.builders import ME


@pytest.fixture
def meanwhile(store):
    """meanwhile(statement, call): make the call while the statement is executed but not yet committed; returns its
    result or exception.
    """

    def run(statement, call):
        said = []

        def ask():
            try:
                said.append(call())
            except Exception as bad:
                said.append(bad)

        thread = threading.Thread(target=ask)
        with store.session.writing() as connection:
            connection.execute(statement)
            thread.start()
            thread.join(0.5)  # by now the call waits for our commit, or is done
        thread.join(60)
        return said[0]

    return run


def test_a_quota_that_two_set_is_the_last_one_s(store, meanwhile):
    other = schema.quota.insert().values(owner="ann", max_active=1, max_queued=1)
    assert meanwhile(other, lambda: store.quotas.set("ann", max_active=2, max_queued=3)) is None
    with store.session.reading() as connection:
        assert store.quotas.by_owner(connection)("ann") == (2, 3)


def test_a_guess_that_comes_while_a_room_s_are_bound_is_no_error(store, recipe, meanwhile):
    run = store.queue.submit(recipe, owner="teacher", room="FAST7")
    for owner, value in (("ann", 0.5), ("bob", 0.6)):
        assert store.guesses.commit_next("FAST7", owner=owner, value=value)
    other = schema.guess.insert().values(subject=run.id, run=run.id, owner="ann", value=0.9, created_at=1.0)
    assert meanwhile(other, lambda: store.guesses.bind("FAST7", run.id)) == 1
    assert store.guesses.own(run.id, "ann").value == 0.9 and store.guesses.own(run.id, "bob").value == 0.6


def test_a_beginning_is_taken_once_by_whoever_has_taken_it(store, recipe):
    run = store.queue.submit(recipe, owner="ann")
    store.queue.claim()
    assert store.transitions.begin(run.id, 1, **ME)
    begun = store.history.get(run.id)
    assert store.transitions.begin(run.id, 1, **ME) and store.history.get(run.id) == begun
    for other in ({"pid": 8}, {"birth": "boot:2"}, {"host": "there"}):
        assert not store.transitions.begin(run.id, 1, **(ME | other))
    assert not store.transitions.begin(run.id, 2, **ME)
    store.transitions.request_cancel(run.id)
    assert not store.transitions.begin(run.id, 1, **ME)
    assert store.transitions.finish(run.id, 1, {}) and not store.transitions.begin(run.id, 1, **ME)


def test_a_run_whose_beginning_was_written_and_not_answered_is_trained(store, recipe, settings, monkeypatch):
    """The connection broke after the commit, before the answer."""
    run, begin, asked = store.queue.submit(recipe, owner="ann"), Transitions.begin, []

    def breaks_once(self, *args, **named):
        asked.append(begin(self, *args, **named))
        if len(asked) == 1:
            raise OperationalError("COMMIT", {}, Exception("server closed the connection"))
        return asked[-1]

    monkeypatch.setattr(Transitions, "begin", breaks_once)
    assert store.queue.claim().id == run.id
    assert worker.main(run.id, 1, settings, trainer=trainers.quick) == worker.FINISHED
    assert asked == [True, True] and store.history.get(run.id).state is State.FINISHED
