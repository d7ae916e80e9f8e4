"""A worker brings every run to an end, whatever its training does."""

import dataclasses
import errno
import hashlib
import os
import signal
import time

import pytest

from sota_core.runs.identity import code_version
from sota_core.runs.states import REASONS, State
from sota_core.runs.store import queueing
from sota_core.runs.store.eventlog import EventLog
from sota_core.runs.store.store import Store
from sota_core.runs.worker import sink as sinks
from sota_core.runs.worker import worker
from sota_core.runs.worker.sink import Sink
from sota_core.system import disk_reserve
from sota_core.train.events import BATCH_EVENTS_PER_S
from tests.pace import Pace
from tests.runs import trainers
from tests.runs.executors.test_executor import wait_until
from tests.runs.worker.at_work import work


def test_a_run_that_goes_well_is_finished_with_its_files(store, claimed, settings):
    assert work(claimed, settings, trainers.quick) == 0
    run = store.history.get(claimed.id)
    assert (run.state, run.pid, run.progress["step"]) == (State.FINISHED, os.getpid(), 3)
    assert run.summary["accuracy"] == 0.5 and run.summary["telemetry_cpu_s"] < 1
    files = store.history.artifacts(run.id)
    assert [f.name for f in files] == ["metrics.csv", "model.json"]
    assert all(f.sha256 == hashlib.sha256(f.path.read_bytes()).hexdigest() for f in files)
    assert {p.name for p in settings.artifacts_dir.rglob("*")} == {run.id, "metrics.csv", "model.json"}


def test_every_event_is_numbered_and_told_in_order(store, claimed, settings):
    told = []
    work(claimed, settings, trainers.quick, listener=told.append)
    assert [e["kind"] for e in told] == ["started", "batch", "batch", "batch", "epoch", "ended"]
    assert [e["seq"] for e in told] == [1, 2, 3, 4, 5, 6]
    assert told == store.log.events(claimed.id)


def test_the_pictures_fingerprint_is_kept_with_the_run_and_not_with_the_event(store, claimed, settings):
    def trains(recipe, settings, *, emit, should_stop, out_dir):
        emit({**trainers.started(1), "data": "f" * 64})
        return trainers.Outcome({"accuracy": 0.5})

    work(claimed, settings, trains)
    assert store.history.get(claimed.id).data == "f" * 64 and "data" not in store.log.events(claimed.id)[0]
    assert store.history.find_finished(claimed.recipe, data="f" * 64).id == claimed.id
    assert store.history.find_finished(claimed.recipe, data="0" * 64) is None


def test_the_code_that_trained_it_is_kept_with_the_run_also_where_another_version_submitted_it(
    store, recipe, settings, monkeypatch
):
    """As after an upgrade, while the dispatcher of the earlier version is still at work."""
    monkeypatch.setattr(queueing, "code_version", lambda: "the new code")
    store.queue.submit(recipe, owner="ann")
    claimed = store.queue.claim()
    assert claimed.code == "the new code" and work(claimed, settings, trainers.quick) == 0
    assert store.history.get(claimed.id).code == code_version()
    assert store.history.find_finished(recipe, code="the new code") is None


def test_a_listener_that_fails_costs_nothing(store, claimed, settings):
    def closed(event):
        raise BrokenPipeError

    assert work(claimed, settings, trainers.quick, listener=closed) == 0


@pytest.mark.parametrize(
    ("trainer", "reason", "message"),
    [
        (trainers.broken, "error", "first line"),
        (trainers.bad_pictures, "bad_data", "3 of 100 pictures cannot be decoded"),
        (trainers.disk_full, "disk_full", "the export failed"),
        (trainers.out_of_memory, "gpu_oom", "MPS backend out of memory (MPS allocated: 1.0 GB)"),
        (trainers.leaves, "error", "3"),
        ("no_such_module:train", "error", "No module named 'no_such_module'"),
    ],
)
def test_what_goes_wrong_has_a_reason_and_a_traceback(store, claimed, settings, trainer, reason, message):
    assert work(claimed, settings, trainer) == 1
    run = store.history.get(claimed.id)
    assert (run.state, run.reason, run.message) == (State.FAILED, reason, message)
    assert "Traceback" in run.traceback
    assert run.reason_text == REASONS[reason]


@pytest.mark.parametrize(
    "words",
    [
        "CUDA error: CUBLAS_STATUS_ALLOC_FAILED when calling `cublasCreate(handle)`",
        "cuDNN error: CUDNN_STATUS_ALLOC_FAILED",
        "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_DEVICE_ALLOCATION_FAILED",
        "FIND was unable to find an engine to execute this computation",
        "CUDA out of memory. Tried to allocate 2.00 GiB",
    ],
)
def test_a_card_without_memory_has_many_words_for_it(words):
    assert worker.reason_of(RuntimeError(words)) == "gpu_oom"
    assert worker.reason_of(ValueError(words)) == "error"


def test_memory_that_the_host_has_not_is_no_cards():
    words = "cuDNN error: CUDNN_STATUS_INTERNAL_ERROR_HOST_ALLOCATION_FAILED"
    assert worker.reason_of(RuntimeError(words)) == "error"


def test_a_failed_run_keeps_what_its_epochs_said(store, claimed, settings):
    work(claimed, settings, trainers.broken)
    assert store.history.get(claimed.id).summary["best_accuracy"] == 0.4


@pytest.mark.long
def test_a_stop_keeps_what_was_reached(store, claimed, settings):
    asked = []

    def ask(event):
        if event["kind"] == "epoch" and not asked:
            asked.append(store.transitions.request_cancel(claimed.id))

    with Pace() as pace:
        assert work(claimed, settings, trainers.patient, listener=ask) == 130
    run = store.history.get(claimed.id)
    assert (run.state, run.reason, run.summary["accuracy"]) == (State.CANCELLED, "stopped", 0.1)
    assert [f.name for f in store.history.artifacts(run.id)] == ["metrics.csv"]
    steps = [e["step"] for e in store.log.events(run.id, kinds=["batch"])]
    # of 3000 steps: asked at step 50, it stops within three seconds on an idle machine
    assert max(steps) < 50 + 150 * pace.slowness


def test_a_run_cancelled_before_it_began_never_trains(store, claimed, settings):
    store.transitions.request_cancel(claimed.id)
    told = []
    assert work(claimed, settings, "no_such_module:train", listener=told.append) == 130
    assert store.history.get(claimed.id).state is State.CANCELLED
    assert [e["kind"] for e in told] == ["ended"]


def test_an_attempt_that_was_taken_over_touches_nothing(store, claimed, settings):
    store.transitions.requeue(claimed.id, 1)
    second = store.queue.claim()
    assert work(claimed, settings, trainers.quick) == 1
    assert store.history.get(claimed.id) == second


@pytest.mark.long
def test_a_worker_whose_run_was_ended_by_others_ends_itself(store, claimed, settings):
    def lose(event):
        if event["kind"] == "epoch":
            store.transitions.lose(claimed.id, 1, "killed", "declared dead")

    assert work(claimed, settings, trainers.patient, listener=lose) == 1
    assert store.history.get(claimed.id).state is State.LOST
    assert list(settings.artifacts_dir.iterdir()) == []


@pytest.mark.long
def test_ctrl_c_stops_and_keeps_what_was_reached(store, claimed, settings):
    before = signal.getsignal(signal.SIGINT)  # SIG_IGN in a shell's background job

    def press(event):
        if event["kind"] == "epoch":
            os.kill(os.getpid(), signal.SIGINT)

    assert work(claimed, settings, trainers.patient, listener=press) == 130
    run = store.history.get(claimed.id)
    assert (run.state, run.summary["accuracy"]) == (State.CANCELLED, 0.1)
    assert signal.getsignal(signal.SIGINT) is before


def test_ctrl_c_twice_ends_training_where_it_is(store, claimed, settings):
    def stuck(recipe, settings, *, emit, should_stop, out_dir):
        emit(trainers.epoch(0, 0.3))
        os.kill(os.getpid(), signal.SIGINT)
        os.kill(os.getpid(), signal.SIGINT)
        raise AssertionError("unreachable")

    assert work(claimed, settings, stuck) == 130
    assert store.history.get(claimed.id).summary["best_accuracy"] == 0.3


def test_a_stop_nobody_asked_for_is_an_error(store, claimed, settings):
    def gives_up(recipe, settings, *, emit, should_stop, out_dir):
        return trainers.Outcome({}, stopped=True)

    assert work(claimed, settings, gives_up) == 1
    assert store.history.get(claimed.id).message == "training stopped although nobody asked it to"


def test_batch_events_are_thinned_to_ten_a_second_and_epochs_never(store, claimed, settings):
    took = []

    def flood(recipe, settings, *, emit, should_stop, out_dir):
        began = time.monotonic()
        for step in range(1, 1001):
            emit(trainers.batch(step, 1000))
            emit(trainers.epoch(step, 0.5))
        took.append(time.monotonic() - began)
        return trainers.Outcome({})

    work(claimed, settings, flood)
    kinds = [e["kind"] for e in store.log.events(claimed.id)]
    assert kinds.count("epoch") == 1000
    # the burst allowed at once, ten a second, and the last one
    assert sinks.BURST <= kinds.count("batch") <= sinks.BURST + BATCH_EVENTS_PER_S * took[0] + 1
    assert store.log.events(claimed.id, kinds=["batch"])[-1]["step"] == 1000


@pytest.mark.long
@pytest.mark.parametrize(("executor", "goes_on"), [("process", True), ("ray", False)])
def test_a_store_that_stays_away_ends_only_a_cluster_s_worker(store, claimed, settings, executor, goes_on, monkeypatch):
    """On one machine the dispatcher identifies the worker by its process, so it can safely wait until the store
    is back.
    """
    monkeypatch.setattr(sinks, "AWAY_S", 0.3)
    kept, tried = [], []

    def away(*_, **__):
        tried.append(time.monotonic())
        raise OSError("the server is away")

    def trains(recipe, settings, *, emit, should_stop, out_dir):
        with monkeypatch.context() as outage:
            outage.setattr(EventLog, "append", away)
            end = time.monotonic() + 60
            while time.monotonic() < end and not should_stop():
                if goes_on and len(tried) > 2 and tried[-1] - tried[0] > 2 * sinks.AWAY_S:
                    break
                time.sleep(0.02)
        kept.append(not should_stop())
        return trainers.Outcome({"accuracy": 0.5})

    code = work(claimed, dataclasses.replace(settings, executor=executor), trains)
    assert kept == [goes_on] and (code == 0) == goes_on
    assert store.history.get(claimed.id).state is (State.FINISHED if goes_on else State.RUNNING)


class CrampedLog(EventLog):
    """An event log whose disk is full until the test makes room."""

    is_full = True

    def append(self, *args, **options):
        if self.is_full:
            raise OSError(errno.ENOSPC, "No space left on device")
        return super().append(*args, **options)


def test_a_full_disk_under_the_store_costs_batch_events_only(settings, claimed):
    disk_reserve.keep(settings.home, min_free_bytes=0)
    with Store(settings) as store:
        store.log = CrampedLog(store.session)
        store.transitions.begin(claimed.id, 1, pid=1, birth=None, host="here")
        sink = Sink(store, claimed.id, 1, home=settings.home)
        with sink:
            trainers.quick(None, settings, emit=sink.emit, should_stop=sink.should_stop, out_dir=settings.home)
        assert sink.n_dropped == 3 and not (settings.home / "ballast").exists()
        store.log.is_full = False
        store.log.append(claimed.id, 1, sink.unwritten)
        assert [e["kind"] for e in store.log.events(claimed.id)] == ["started", "epoch"]


def test_no_time_is_left_to_tell_until_batches_have_taken_some(store: Store):
    """The first batches may be slow: on a busy machine the fourth forecast nine minutes for a run of one minute."""
    sink = Sink(store, "run", 1)
    told = []
    for step, now in ((1, 0.0), (2, 1.5), (3, 1.8), (4, 2.1), (5, 2.4)):
        sink._note_progress(trainers.batch(step, 105), now)
        told.append(sink._progress["eta_s"])
    assert told[:3] == [None] * 3
    assert told[3:] == [pytest.approx(101 * 2.1 / 3), pytest.approx(100 * 2.4 / 4)]


class PickyLog(EventLog):
    """An event log that cannot write one of its events, with an error that no database raises."""

    def append(self, run_id, attempt, events=(), **options):
        if any(event.get("step") == 1 for event in events):
            raise ValueError("surrogates not allowed")
        return super().append(run_id, attempt, events, **options)


def test_an_event_that_cannot_be_written_does_not_end_the_signs_of_life(store: Store, claimed):
    store.log = PickyLog(store.session)
    store.transitions.begin(claimed.id, 1, pid=1, birth=None, host="here")
    with Sink(store, claimed.id, 1) as sink:
        sink.emit(trainers.batch(1, 2))
        wait_until(lambda: sink.n_dropped == 1)
        sink.emit(trainers.batch(2, 2))
        wait_until(lambda: [event["step"] for event in store.log.events(claimed.id)] == [2])
