"""What every database must do: every edge of the state table, and cancelling."""

import pytest

from sota_core.errors import NotYoursError
from sota_core.language import use
from sota_core.later import later, now
from sota_core.runs.run import Artifact
from sota_core.runs.states import State
from sota_core.runs.store.eventlog import Beat
from sota_core.runs.store.transitions import OPERATOR
from tests.runs.builders import ME, batch, epoch


class TestEdges:
    def test_a_run_lives_from_queued_to_finished(self, store, running, clock):
        clock.pass_(60)
        model = Artifact(running.id, "model.onnx", store.artifacts_dir / running.id / "model.onnx", 12, "ab" * 32)
        assert store.transitions.finish(running.id, 1, {"accuracy": 0.9}, [model])
        run = store.history.get(running.id)
        assert (run.state, run.summary, run.ended_at, run.reason) == (
            State.FINISHED,
            {"accuracy": 0.9},
            clock.now,
            None,
        )
        assert store.history.artifacts(run.id) == [model]
        (ended,) = store.log.events(run.id)
        assert ended == {
            "kind": "ended", "run": run.id, "attempt": 1, "seq": 1, "t": clock.now,
            "state": "finished", "reason": None, "message": "",
        }  # fmt: skip

    def test_another_attempt_cannot_do_anything(self, store, running):
        wrong = running.id, 2
        assert not store.transitions.begin(*wrong, **ME)
        assert not store.transitions.finish(*wrong, {})
        assert not store.transitions.fail(*wrong, "error", "text")
        assert not store.transitions.lose(*wrong, "killed", "text")
        assert store.log.append(*wrong, [batch(1)]) is Beat.STALE
        assert store.history.get(running.id) == running and store.log.events(running.id) == []

    def test_a_terminal_state_has_no_way_out(self, store, running):
        assert store.transitions.lose(running.id, 1, "killed", "signal 9")
        lost = store.history.get(running.id)
        assert not store.transitions.finish(running.id, 1, {}) and not store.transitions.fail(
            running.id, 1, "error", "late"
        )
        assert not store.transitions.requeue(running.id, 1) and not store.transitions.begin(running.id, 1, **ME)
        assert store.log.append(running.id, 1, [batch(1)]) is Beat.STALE
        assert store.transitions.request_cancel(running.id) == lost

    def test_why_it_ended_is_kept_in_english_and_read_in_any_language(self, store, running):
        why = later("Pictures: {names}", names="owl")
        assert store.transitions.fail(running.id, 1, "bad_data", why)
        run = store.history.get(running.id)
        assert run.message == "Pictures: owl" and run.to_json()["message"] == "Pictures: owl"
        assert [event["message"] for event in store.log.events(running.id)] == ["Pictures: owl"]
        with use("de"):
            assert now(run.message) == "Bilder: owl"

    def test_a_sentence_that_is_too_long_is_kept_as_text(self, store, running):
        assert store.transitions.fail(running.id, 1, "error", later("Pictures: {names}", names="owl " * 9_000))
        message = store.history.get(running.id).message
        assert len(message) == 20_000 and message.startswith("Pictures: owl owl")

    def test_a_vanished_attempt_is_tried_three_times_in_all(self, store, recipe):
        run = store.queue.submit(recipe, owner="ann")
        for attempt in (1, 2):
            assert store.queue.claim().attempt == attempt
            assert not store.transitions.fail_start(run.id, attempt, exit_code=None, message="vanished")
            assert store.transitions.requeue(run.id, attempt)
        assert store.queue.claim().attempt == 3
        assert not store.transitions.requeue(run.id, 3)
        assert store.transitions.fail_start(run.id, 3, exit_code=None, message="vanished")
        assert (store.history.get(run.id).state, store.history.get(run.id).reason) == (State.FAILED, "no_start")

    def test_a_known_exit_code_fails_the_start_at_once(self, store, recipe):
        run = store.queue.submit(recipe, owner="ann")
        store.queue.claim()
        assert store.transitions.fail_start(run.id, 1, exit_code=1, message="cannot import torch")
        assert store.history.get(run.id).message == "cannot import torch"

    def test_a_self_started_run_is_never_queued(self, store, recipe):
        run = store.queue.submit(recipe, owner="cli", state="starting")
        assert not store.transitions.requeue(run.id, 1)
        assert store.transitions.fail_start(run.id, 1, exit_code=None, message="gone")

    def test_a_failure_keeps_reason_and_traceback(self, store, running):
        assert store.transitions.fail(running.id, 1, "gpu_oom", "out of memory", "Traceback …")
        run = store.history.get(running.id)
        assert (run.state, run.reason, run.message, run.traceback) == (
            State.FAILED, "gpu_oom", "out of memory", "Traceback …",
        )  # fmt: skip
        assert "smaller batch" in run.reason_text

    def test_a_run_ended_from_outside_keeps_what_its_events_say(self, store, running):
        store.log.append(running.id, 1, [epoch(1, 0.4), epoch(2, 0.6)])
        store.transitions.lose(running.id, 1, "killed", "signal 9")
        summary = store.history.get(running.id).summary
        assert (summary["best_accuracy"], summary["n_epochs"], summary["seconds"]) == (0.6, 2, 4.0)

    def test_events_that_cannot_be_summed_up_do_not_hold_the_run(self, store, running):
        rows = [{"kind": "epoch", "seq": 1, "t": 1.0, "accuracy": None}, epoch(2) | {"seconds": None}]
        store.log.append(running.id, 1, rows)
        assert store.transitions.lose(running.id, 1, "killed", "signal 9")


class TestCancel:
    def test_a_queued_run_is_cancelled_at_once(self, store, recipe):
        run = store.queue.submit(recipe, owner="ann")
        assert store.transitions.request_cancel(run.id, by="ann").state is State.CANCELLED
        assert store.queue.claim() is None
        assert [e["kind"] for e in store.log.events(run.id)] == ["ended"]

    def test_a_running_one_is_asked_and_ends_as_cancelled(self, store, running):
        assert store.log.append(running.id, 1) is Beat.GO
        assert store.transitions.request_cancel(running.id, by="ann").state is State.RUNNING
        assert store.log.append(running.id, 1) is Beat.STOP
        assert store.transitions.cancel(running.id, 1, summary={"accuracy": 0.3})
        run = store.history.get(running.id)
        assert (run.state, run.reason, run.cancel_by, run.summary) == (
            State.CANCELLED, "stopped", "ann", {"accuracy": 0.3},
        )  # fmt: skip

    def test_a_starting_one_never_begins(self, store, recipe):
        run = store.queue.submit(recipe, owner="ann")
        store.queue.claim()
        store.transitions.request_cancel(run.id)
        assert not store.transitions.begin(run.id, 1, **ME)
        assert not store.transitions.requeue(run.id, 1)
        assert store.transitions.cancel(run.id, 1)

    def test_nothing_is_cancelled_that_was_not_asked_for(self, store, running):
        assert not store.transitions.cancel(running.id, 1)

    def test_only_the_owner_or_the_operator_cancels(self, store, running):
        with pytest.raises(NotYoursError):
            store.transitions.request_cancel(running.id, by="bob")
        assert store.transitions.request_cancel(running.id, by=OPERATOR).cancel_by == "operator"

    def test_at_the_machine_itself_any_run_can_be_stopped_and_no_teacher_has_done_it(self, store, running):
        assert store.transitions.request_cancel(running.id).cancel_by == "machine"

    def test_time_that_is_over_counts_as_asked_once(self, store, running):
        assert store.transitions.stop_for_time(running.id, 1)
        assert not store.transitions.stop_for_time(running.id, 1)
        assert store.history.get(running.id).cancel_by == "time_limit"
