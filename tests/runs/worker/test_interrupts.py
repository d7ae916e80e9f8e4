"""Signals: a command that trains stops on each of them as on Ctrl-C and keeps its results; a dispatcher's worker
handles Ctrl-C only.
"""

import os
import signal
import time

import pytest

from sota_core.runs.states import State
from sota_core.runs.worker import worker
from sota_core.runs.worker.interrupts import OF_A_COMMAND, Interrupts
from tests.runs import trainers


@pytest.fixture
def own(store, recipe):
    """A run that this process has started itself, as `train` does."""
    return store.queue.submit(recipe, owner="cli", state=State.STARTING)


@pytest.fixture
def before():
    """Reset the signal handlers, and put pytest's own back afterwards: no signal of a test may end pytest."""
    kept = {one: signal.signal(one, signal.SIG_DFL) for one in OF_A_COMMAND}
    yield
    for one, handler in kept.items():
        signal.signal(one, handler)


def work(run, settings, trainer, *also):
    with Interrupts(*also) as interrupts:
        return worker.main(run.id, run.attempt, settings, trainer=trainer, interrupts=interrupts)


def sends(*numbers):
    """A trainer that sends its own process these signals, then waits to be stopped."""

    def train(recipe, settings, *, emit, should_stop, out_dir):
        emit(trainers.epoch(0, 0.3))
        for number in numbers:
            os.kill(os.getpid(), number)
        deadline = time.monotonic() + 60
        while not should_stop() and time.monotonic() < deadline:
            time.sleep(0.01)
        return trainers.Outcome({"accuracy": 0.1}, stopped=should_stop())

    return train


@pytest.mark.parametrize("sent", [(signal.SIGTERM,), (signal.SIGHUP,), (signal.SIGHUP, signal.SIGHUP)])
def test_what_ends_a_command_stops_its_run_and_keeps_what_was_reached(store, own, settings, before, sent):
    assert work(own, settings, sends(*sent), *OF_A_COMMAND) == worker.CANCELLED
    run = store.history.get(own.id)
    assert (run.state, run.reason, run.summary["accuracy"]) == (State.CANCELLED, "stopped", 0.1)
    assert all(signal.getsignal(one) is signal.SIG_DFL for one in OF_A_COMMAND)


@pytest.mark.parametrize("sent", [(signal.SIGTERM, signal.SIGTERM), (signal.SIGHUP, signal.SIGINT)])
def test_a_second_one_ends_training_where_it_is(store, own, settings, before, sent):
    assert work(own, settings, sends(*sent), *OF_A_COMMAND) == worker.CANCELLED
    run = store.history.get(own.id)
    assert run.state is State.CANCELLED and run.summary["best_accuracy"] == 0.3


def test_what_nohup_ignores_stays_ignored(store, own, settings, before):
    signal.signal(signal.SIGHUP, signal.SIG_IGN)

    def train(recipe, settings, *, emit, should_stop, out_dir):
        os.kill(os.getpid(), signal.SIGHUP)
        return trainers.Outcome({"accuracy": 0.5}, stopped=should_stop())

    assert work(own, settings, train, *OF_A_COMMAND) == worker.FINISHED
    assert signal.getsignal(signal.SIGHUP) is signal.SIG_IGN


def test_one_that_comes_before_the_run_begins_is_heeded(store, own, settings, before):
    with Interrupts(*OF_A_COMMAND) as interrupts:
        os.kill(os.getpid(), signal.SIGTERM)
        code = worker.main(own.id, 1, settings, trainer="no_such_module:train", interrupts=interrupts)
    assert code == worker.CANCELLED and store.history.get(own.id).state is State.CANCELLED


def test_none_disturbs_the_writing_of_the_end(store, own, settings, before):
    def press(event):
        if event["kind"] == "ended":
            for number in (signal.SIGINT, signal.SIGTERM, signal.SIGTERM):
                os.kill(os.getpid(), number)

    with Interrupts(*OF_A_COMMAND) as interrupts:
        assert worker.main(own.id, 1, settings, listener=press, trainer=trainers.quick, interrupts=interrupts) == 0
    assert store.history.get(own.id).state is State.FINISHED


def test_a_dispatcher_s_worker_leaves_sigterm_to_end_it(store, own, settings, before):
    seen = []

    def train(recipe, settings, *, emit, should_stop, out_dir):
        seen.extend(signal.getsignal(one) for one in OF_A_COMMAND)
        return trainers.Outcome({"accuracy": 0.5})

    assert worker.main(own.id, 1, settings, trainer=train) == worker.FINISHED
    assert seen == [signal.SIG_DFL, signal.SIG_DFL]


def test_a_forked_child_is_ended_by_it(before):
    """Such as a data loader's process, which multiprocessing ends with SIGTERM and then waits for."""
    reads, writes = os.pipe()
    with Interrupts(*OF_A_COMMAND):
        pid = os.fork()
        if pid == 0:
            os.write(writes, b"x")  # ready: a signal sent earlier would be forgotten in the fork
            time.sleep(60)
            os._exit(0)
        assert os.read(reads, 1) == b"x"
        os.kill(pid, signal.SIGTERM)
        _, status = os.waitpid(pid, 0)
    os.close(reads)
    os.close(writes)
    assert os.waitstatus_to_exitcode(status) == -signal.SIGTERM
