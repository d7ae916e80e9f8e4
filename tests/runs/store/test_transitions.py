"""One contract, on every database: every edge of the state table, and cancelling."""

import pytest

from sota_core.errors import NotYoursError
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.eventlog import Beat
from tests.runs.builders import ME, batch, epoch


class TestEdges:
    def test_a_run_lives_from_queued_to_finished(self, store, running, clock):
        clock.pass_(60)
        model = Artifact(running.id, "model.onnx", store.artifacts_dir / running.id / "model.onnx", 12, "ab" * 32)
        assert store.finish(running.id, 1, {"accuracy": 0.9}, [model])
        run = store.get(running.id)
        assert (run.state, run.summary, run.ended_at, run.reason) == (
            State.FINISHED,
            {"accuracy": 0.9},
            clock.now,
            None,
        )
        assert store.artifacts(run.id) == [model]
        (ended,) = store.events(run.id)
        assert ended == {
            "kind": "ended", "run": run.id, "attempt": 1, "seq": 1, "t": clock.now,
            "state": "finished", "reason": None, "message": "",
        }  # fmt: skip

    def test_another_attempt_cannot_do_anything(self, store, running):
        wrong = running.id, 2
        assert not store.begin(*wrong, **ME)
        assert not store.finish(*wrong, {})
        assert not store.fail(*wrong, "error", "text")
        assert not store.lose(*wrong, "killed", "text")
        assert store.append(*wrong, [batch(1)]) is Beat.STALE
        assert store.get(running.id) == running and store.events(running.id) == []

    def test_a_terminal_state_has_no_way_out(self, store, running):
        assert store.lose(running.id, 1, "killed", "signal 9")
        lost = store.get(running.id)
        assert not store.finish(running.id, 1, {}) and not store.fail(running.id, 1, "error", "late")
        assert not store.requeue(running.id, 1) and not store.begin(running.id, 1, **ME)
        assert store.append(running.id, 1, [batch(1)]) is Beat.STALE
        assert store.request_cancel(running.id) == lost

    def test_a_vanished_attempt_is_tried_three_times_in_all(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        for attempt in (1, 2):
            assert store.claim().attempt == attempt
            assert not store.fail_start(run.id, attempt, exit_code=None, message="vanished")
            assert store.requeue(run.id, attempt)
        assert store.claim().attempt == 3
        assert not store.requeue(run.id, 3)
        assert store.fail_start(run.id, 3, exit_code=None, message="vanished")
        assert (store.get(run.id).state, store.get(run.id).reason) == (State.FAILED, "no_start")

    def test_a_known_exit_code_fails_the_start_at_once(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        store.claim()
        assert store.fail_start(run.id, 1, exit_code=1, message="cannot import torch")
        assert store.get(run.id).message == "cannot import torch"

    def test_a_self_started_run_is_never_queued(self, store, recipe):
        run = store.submit(recipe, owner="cli", state="starting")
        assert not store.requeue(run.id, 1)
        assert store.fail_start(run.id, 1, exit_code=None, message="gone")

    def test_a_failure_keeps_reason_and_traceback(self, store, running):
        assert store.fail(running.id, 1, "gpu_oom", "out of memory", "Traceback …")
        run = store.get(running.id)
        assert (run.state, run.reason, run.message, run.traceback) == (
            State.FAILED, "gpu_oom", "out of memory", "Traceback …",
        )  # fmt: skip
        assert "smaller batch" in run.reason_text

    def test_a_run_ended_from_outside_keeps_what_its_events_say(self, store, running):
        store.append(running.id, 1, [epoch(1, 0.4), epoch(2, 0.6)])
        store.lose(running.id, 1, "killed", "signal 9")
        summary = store.get(running.id).summary
        assert (summary["best_accuracy"], summary["n_epochs"], summary["seconds"]) == (0.6, 2, 4.0)

    def test_events_that_cannot_be_summed_up_do_not_hold_the_run(self, store, running):
        store.append(running.id, 1, [{"kind": "epoch", "seq": 1, "t": 1.0, "accuracy": None}])
        assert store.lose(running.id, 1, "killed", "signal 9")


class TestCancel:
    def test_a_queued_run_is_cancelled_at_once(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        assert store.request_cancel(run.id, by="ann").state is State.CANCELLED
        assert store.claim() is None
        assert [e["kind"] for e in store.events(run.id)] == ["ended"]

    def test_a_running_one_is_asked_and_ends_as_cancelled(self, store, running):
        assert store.heartbeat(running.id, 1) is Beat.GO
        assert store.request_cancel(running.id, by="ann").state is State.RUNNING
        assert store.heartbeat(running.id, 1) is Beat.STOP
        assert store.cancel(running.id, 1, summary={"accuracy": 0.3})
        run = store.get(running.id)
        assert (run.state, run.reason, run.cancel_by, run.summary) == (
            State.CANCELLED, "stopped", "ann", {"accuracy": 0.3},
        )  # fmt: skip

    def test_a_starting_one_never_begins(self, store, recipe):
        run = store.submit(recipe, owner="ann")
        store.claim()
        store.request_cancel(run.id)
        assert not store.begin(run.id, 1, **ME)
        assert not store.requeue(run.id, 1)
        assert store.cancel(run.id, 1)

    def test_nothing_is_cancelled_that_was_not_asked_for(self, store, running):
        assert not store.cancel(running.id, 1)

    def test_only_the_owner_or_the_operator_cancels(self, store, running):
        with pytest.raises(NotYoursError):
            store.request_cancel(running.id, by="bob")
        assert store.request_cancel(running.id).cancel_by == "operator"

    def test_time_that_is_over_counts_as_asked_once(self, store, running):
        assert store.stop_for_time(running.id, 1)
        assert not store.stop_for_time(running.id, 1)
        assert store.get(running.id).cancel_by == "time_limit"
