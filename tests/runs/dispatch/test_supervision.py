"""What the dispatcher decides, with a fake executor and a clock of its own."""

import dataclasses

import pytest

from sota_core.runs.dispatch.supervision import BEGIN_WITHIN_S, Supervisor
from sota_core.runs.executors.executor import Status
from sota_core.runs.states import State
from sota_core.runs.worker import worker
from sota_core.runs.worker.publish import publish, work_folder
from tests.runs.builders import ME
from tests.runs.fakes import FakeExecutor


def test_a_queued_run_is_claimed_and_launched(supervisor, executor, store, started):
    assert (started.state, started.attempt) == (State.STARTING, 1)
    assert executor.launched == [(started.id, 1)]


def test_only_what_fits_is_started(supervisor, executor, store, recipe, started):
    second = store.queue.submit(recipe, owner="bob")
    supervisor.tick()
    assert store.history.get(second.id).state is State.QUEUED
    executor.slots = 2
    supervisor.tick()
    assert store.history.get(second.id).state is State.STARTING


def test_a_self_started_run_takes_no_slot(supervisor, store, recipe):
    store.queue.submit(recipe, owner="cli", state="starting")
    run = store.queue.submit(recipe, owner="ann")
    supervisor.tick()
    assert store.history.get(run.id).state is State.STARTING


def test_nothing_is_started_when_the_disk_is_nearly_full(store, executor, settings, recipe, caplog):
    supervisor = Supervisor(store, executor, dataclasses.replace(settings, min_free_bytes=2**60))
    run = store.queue.submit(recipe, owner="ann")
    for _ in range(3):
        assert supervisor.tick()
    assert store.history.get(run.id).state is State.QUEUED
    assert caplog.text.count("no run is started") == 1


def test_tick_says_whether_there_is_work(supervisor, store, executor, running):
    assert supervisor.tick()
    store.transitions.finish(running.id, 1, {})
    executor.end(running, 0)
    assert not supervisor.tick()


class TestStarts:
    def test_one_that_hangs_is_ended_and_tried_again_and_fails_with_why(
        self, supervisor, executor, store, started, uptime
    ):
        for attempt in (1, 2, 3):
            supervisor.tick()
            uptime.pass_(BEGIN_WITHIN_S)
            supervisor.tick()
            assert store.history.get(started.id).attempt == attempt and len(executor.killed) == attempt - 1
            uptime.pass_(1)
            supervisor.tick()
            assert executor.killed[-1] == (started.id, True)
        run = store.history.get(started.id)
        assert (run.state, run.reason) == (State.FAILED, "no_start")
        assert run.message == "the run had not begun after 10 minutes, and was ended"

    def test_those_behind_it_come_in(self, supervisor, executor, store, started, recipe, uptime):
        other = store.queue.submit(recipe, owner="bob")
        supervisor.tick()
        assert store.history.get(other.id).state is State.QUEUED
        uptime.pass_(BEGIN_WITHIN_S + 1)
        supervisor.tick()
        assert store.history.get(other.id).state is State.STARTING  # bob's, who has had fewer starts

    def test_who_waits_for_a_place_in_a_cluster_is_given_all_the_time_there_is(
        self, supervisor, executor, store, started, uptime
    ):
        for waits, passes in ((True, BEGIN_WITHIN_S + 1), (True, 1), (False, BEGIN_WITHIN_S - 1), (False, 1)):
            executor.status[(started.id, 1)] = Status(True, waits=waits)
            supervisor.tick()
            uptime.pass_(passes)
        assert executor.killed == []
        supervisor.tick()
        assert executor.killed == [(started.id, True)]

    def test_time_in_which_nobody_could_look_does_not_count(self, supervisor, executor, store, started, uptime):
        supervisor.tick()
        supervisor.note_blindness()
        uptime.pass_(BEGIN_WITHIN_S + 1)
        supervisor.tick()
        assert executor.killed == [] and store.history.get(started.id).state is State.STARTING

    def test_one_that_runs_or_is_trained_by_a_command_is_left_alone(self, supervisor, executor, store, recipe, uptime):
        own = store.queue.submit(recipe, owner="cli", state="starting")
        executor.status[(own.id, 1)] = Status(True)
        supervisor.host = own.host
        for _ in range(3):
            supervisor.tick()
            uptime.pass_(BEGIN_WITHIN_S + 1)
        assert executor.killed == [] and store.history.get(own.id).state is State.STARTING


class TestDeaths:
    @pytest.mark.parametrize("is_kept", [False, True])
    def test_files_stay_exactly_where_the_store_knows_of_them(self, is_kept, supervisor, executor, store, running):
        """The worker is killed after it has moved its files into place, before or after it has told the store."""
        folder = work_folder(store.artifacts_dir, running.id, 1)
        (folder / "model.onnx").write_text("a net")
        files = publish({"model.onnx": folder / "model.onnx"}, folder, store.artifacts_dir, running.id)
        if is_kept:
            store.transitions.keep(running.id, 1, {"accuracy": 0.5}, files)
        executor.end(running, -9)
        supervisor.tick()
        assert store.history.get(running.id).state is (State.FINISHED if is_kept else State.LOST)
        assert files[0].path.exists() == is_kept == bool(store.history.artifacts(running.id))

    def test_a_start_that_vanished_is_tried_again_three_times_in_all(self, supervisor, executor, store, started):
        for attempt in (1, 2, 3):
            assert (store.history.get(started.id).state, store.history.get(started.id).attempt) == (
                State.STARTING,
                attempt,
            )
            executor.end(store.history.get(started.id), -9)
            supervisor.tick()
        run = store.history.get(started.id)
        assert (run.state, run.reason, run.attempt) == (State.FAILED, "no_start", 3)
        assert "SIGKILL" in run.message

    def test_a_start_that_ended_with_a_code_is_not_repeated(self, supervisor, executor, store, started):
        executor.end(started, 1)
        supervisor.tick()
        run = store.history.get(started.id)
        assert (run.state, run.reason) == (State.FAILED, "no_start") and "exit code 1" in run.message

    @pytest.mark.parametrize(("code", "reason"), [(-9, "killed"), (None, "gone")])
    def test_a_worker_killed_or_gone_is_lost(self, supervisor, executor, store, running, code, reason):
        executor.end(running, code)
        supervisor.tick()
        assert (store.history.get(running.id).state, store.history.get(running.id).reason) == (State.LOST, reason)

    def test_a_worker_that_ended_unsaid_has_failed(self, supervisor, executor, store, running, settings):
        (settings.home / "logs").mkdir()
        (settings.home / "logs" / f"{running.id}-1.log").write_text("Segmentation in somebody's library")
        executor.end(running, 1)
        supervisor.tick()
        run = store.history.get(running.id)
        assert (run.state, run.reason, run.traceback) == (
            State.FAILED, "error", "Segmentation in somebody's library",
        )  # fmt: skip

    def test_a_worker_that_could_not_write_its_end_on_a_full_disk_says_so(self, store, settings, recipe):
        executor = FakeExecutor()
        supervisor = Supervisor(store, executor, dataclasses.replace(settings, min_free_bytes=2**60), host="here")
        run = store.queue.submit(recipe, owner="ann")
        claimed = store.queue.claim()
        store.transitions.begin(run.id, 1, **ME)
        executor.end(claimed, worker.UNSETTLED)
        supervisor.tick()
        assert (store.history.get(run.id).state, store.history.get(run.id).reason) == (State.FAILED, "disk_full")

    def test_a_worker_that_ended_well_is_left_alone(self, supervisor, executor, store, running):
        store.transitions.finish(running.id, 1, {"accuracy": 0.9})
        executor.end(running, 0)
        before = store.history.get(running.id)
        supervisor.look_after(running)  # as it was read before it ended
        assert store.history.get(running.id) == before

    def test_one_that_began_between_two_readings_is_not_taken_for_dead(self, supervisor, store, executor, started):
        executor.end(started, None)
        store.transitions.begin(started.id, 1, **ME)
        supervisor.look_after(started)
        assert store.history.get(started.id).state is State.RUNNING

    def test_a_self_started_run_that_vanished_has_failed(self, supervisor, store, recipe):
        run = store.queue.submit(recipe, owner="cli", state="starting")
        supervisor.host = run.host
        supervisor.tick()
        assert (store.history.get(run.id).state, store.history.get(run.id).attempt) == (State.FAILED, 1)

    def test_a_machine_that_cannot_start_processes_is_tried_again(self, supervisor, executor, store, recipe):
        def launch(run):
            raise OSError("Resource temporarily unavailable")

        executor.launch = launch
        run = store.queue.submit(recipe, owner="ann")
        supervisor.tick()
        assert (store.history.get(run.id).state, store.history.get(run.id).attempt) == (State.QUEUED, 1)


class TestStops:
    def test_a_stop_is_given_time_then_asked_then_forced(self, supervisor, executor, store, running, uptime):
        store.transitions.request_cancel(running.id)
        for at, expected in ((0, []), (4, []), (6, [False]), (9, [False, True])):
            uptime.now = at
            supervisor.tick()
            assert [force for _, force in executor.killed] == expected
            assert supervisor.needs_attention_soon()
        supervisor.tick()
        run = store.history.get(running.id)
        assert (run.state, run.reason) == (State.CANCELLED, "stopped_hard")
        supervisor.tick()
        assert not supervisor.needs_attention_soon()

    def test_a_start_is_cancelled_without_waiting_for_it(self, supervisor, executor, store, started):
        store.transitions.request_cancel(started.id)
        supervisor.tick()
        assert store.history.get(started.id).state is State.CANCELLED
        assert not store.transitions.begin(started.id, 1, **ME)

    def test_a_start_that_is_cancelled_is_told_to_end_but_no_command_of_somebody_s(
        self, supervisor, executor, store, recipe, started
    ):
        own = store.queue.submit(recipe, owner="cli", state="starting")
        executor.status[(own.id, 1)] = Status(True)
        supervisor.host = own.host
        for run in (started, own):
            store.transitions.request_cancel(run.id)
        supervisor.tick()
        assert {store.history.get(run.id).state for run in (started, own)} == {State.CANCELLED}
        assert executor.killed == [(started.id, False)]

    def test_time_that_is_over_is_a_stop_with_its_own_reason(self, supervisor, executor, store, running, uptime):
        supervisor.tick()
        uptime.pass_(running.time_limit_s + 1)
        supervisor.tick()
        assert store.history.get(running.id).cancel_requested
        supervisor.tick()
        uptime.pass_(9)
        for _ in range(2):
            supervisor.tick()
        assert (store.history.get(running.id).state, store.history.get(running.id).reason) == (
            State.CANCELLED,
            "time_limit",
        )


class TestOtherMachines:
    @pytest.fixture
    def remote(self, store, running, supervisor):
        supervisor.host = "elsewhere"
        return running

    def test_a_lease_runs_out_thirty_seconds_after_the_last_sign(self, supervisor, store, remote, uptime, clock):
        for _ in range(4):
            clock.pass_(1)
            store.log.append(remote.id, 1)
            uptime.pass_(20)
            supervisor.tick()
        uptime.pass_(29)
        supervisor.tick()
        assert store.history.get(remote.id).state is State.RUNNING
        uptime.pass_(2)
        supervisor.tick()
        assert (store.history.get(remote.id).state, store.history.get(remote.id).reason) == (State.LOST, "lease")

    def test_one_that_was_asked_to_stop_is_cancelled_not_lost(self, supervisor, store, remote, uptime):
        supervisor.tick()
        store.transitions.request_cancel(remote.id)
        uptime.pass_(31)
        supervisor.tick()
        run = store.history.get(remote.id)
        assert (run.state, run.reason) == (State.CANCELLED, "stopped_hard")

    def test_time_in_which_nobody_could_be_heard_counts_against_nobody(self, supervisor, store, remote, uptime):
        """After a minute without the store, nobody may be taken for dead at once."""
        supervisor.tick()
        for _ in range(30):
            uptime.pass_(2)
            supervisor.note_blindness()  # the dispatcher calls this when a look fails
        supervisor.tick()
        assert store.history.get(remote.id).state is State.RUNNING
        uptime.pass_(29)
        supervisor.tick()
        assert store.history.get(remote.id).state is State.RUNNING
        uptime.pass_(2)
        supervisor.tick()
        assert store.history.get(remote.id).reason == "lease"

    def test_a_suspended_laptop_loses_nothing(self, supervisor, store, remote, uptime, clock):
        """During sleep the wall clock goes on while the monotonic clock stands still."""
        supervisor.tick()
        clock.pass_(8 * 3600)
        supervisor.tick()
        assert store.history.get(remote.id).state is State.RUNNING
