"""A trained run is validated, then exported. Both may fail or be cut off: what the run had reached by then is kept."""

import hashlib
import os
import signal
import time

import pytest

from sota_core.errors import BadPicturesError, GpuMemoryError
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.run import Artifact
from sota_core.runs.states import REASONS, State
from sota_core.runs.worker import worker
from tests.runs import trainers
from tests.runs.builders import ME
from tests.runs.conftest import Clock
from tests.runs.fakes import FakeExecutor


def exporting(export):
    """A trainer that has finished training and then exports with this function."""

    def train(recipe, settings, *, emit, should_stop, out_dir):
        (out_dir / "metrics.csv").write_text("epoch\n")
        files = {"metrics.csv": out_dir / "metrics.csv"}
        return trainers.Outcome({"accuracy": 0.5}, files, export=lambda: export(emit, out_dir))

    return train


def names(store, run):
    return [file.name for file in store.history.artifacts(run.id)]


@pytest.mark.parametrize(("n_epochs", "reason"), [(0, "stopped"), (1, "stopped_trained")])
def test_a_stop_after_the_last_epoch_does_not_say_that_training_was_cut_short(
    store, claimed, settings, n_epochs, reason
):
    def train(recipe, settings, *, emit, should_stop, out_dir):
        assert recipe.total_epochs == 1
        store.transitions.request_cancel(claimed.id)
        return trainers.Outcome({"accuracy": 0.5, "n_epochs": n_epochs}, stopped=True)

    assert worker.main(claimed.id, 1, settings, trainer=train) == 130
    run = store.history.get(claimed.id)
    assert (run.state, run.reason) == (State.CANCELLED, reason)
    assert ("rained to the end" in run.reason_text) == (n_epochs == 1)


@pytest.mark.parametrize(
    ("failure", "reason"),
    [
        (BadPicturesError("val/a/1.png has gone", paths=[]), "no_validation"),
        (GpuMemoryError("val/a/1.png has gone"), "gpu_oom"),  # the same batch again would end there again
    ],
)
def test_a_last_validation_that_fails_leaves_the_net(store, claimed, settings, failure, reason):
    def train(recipe, settings, *, emit, should_stop, out_dir):
        (out_dir / "model.safetensors").write_bytes(b"net")
        files = {"model.safetensors": out_dir / "model.safetensors"}
        return trainers.Outcome({"n_epochs": 1}, files, failure=failure)

    assert worker.main(claimed.id, 1, settings, trainer=train) == 1
    run = store.history.get(claimed.id)
    assert (run.state, run.reason, run.message) == (State.FAILED, reason, "val/a/1.png has gone")
    assert run.summary["n_epochs"] == 1 and type(failure).__name__ in run.traceback
    assert run.reason_text == REASONS[reason]
    (file,) = store.history.artifacts(run.id)
    assert file.path.read_bytes() == b"net"


class TestTheWorker:
    def test_results_are_safe_before_the_export_begins_and_the_model_is_added(self, store, claimed, settings):
        def export(emit, out_dir):
            run = store.history.get(claimed.id)
            assert (run.state, run.summary, names(store, run)) == (State.RUNNING, {"accuracy": 0.5}, ["metrics.csv"])
            assert store.history.artifacts(run.id)[0].path.read_text() == "epoch\n"
            (out_dir / "model.onnx").write_bytes(b"onnx")
            return {"model.onnx": out_dir / "model.onnx"}

        assert worker.main(claimed.id, 1, settings, trainer=exporting(export)) == 0
        files = store.history.artifacts(claimed.id)
        assert [f.name for f in files] == ["metrics.csv", "model.onnx"]
        assert all(f.sha256 == hashlib.sha256(f.path.read_bytes()).hexdigest() for f in files)
        assert {p.name for p in settings.artifacts_dir.rglob("*")} == {claimed.id, "metrics.csv", "model.onnx"}
        assert store.history.get(claimed.id).summary["telemetry_cpu_s"] < 1

    def test_a_file_that_the_export_writes_anew_takes_the_place_of_the_first(self, store, claimed, settings):
        def export(emit, out_dir):
            (out_dir / "metrics.csv").write_text("anew\n")
            return {"metrics.csv": out_dir / "metrics.csv"}

        assert worker.main(claimed.id, 1, settings, trainer=exporting(export)) == 0
        [file] = store.history.artifacts(claimed.id)
        assert file.path.read_text() == "anew\n" and file.sha256 == hashlib.sha256(b"anew\n").hexdigest()

    @pytest.mark.parametrize("error", [RuntimeError("unsupported operator"), OSError(28, "No space left on device")])
    def test_an_export_that_fails_is_said_and_costs_nothing_else(self, store, claimed, settings, error):
        def export(emit, out_dir):
            raise error

        assert worker.main(claimed.id, 1, settings, trainer=exporting(export)) == 0
        run = store.history.get(claimed.id)
        assert (run.state, run.reason, names(store, run)) == (State.FINISHED, None, ["metrics.csv"])
        assert f"is left out: {error}" in store.log.events(run.id, kinds=["log"])[-1]["message"]

    @pytest.mark.parametrize("how", ["stop", "ctrl-c"])
    def test_a_stop_cuts_the_export_off_and_keeps_what_was_reached(self, store, claimed, settings, how):
        def ask(event):
            if event.get("stage") == "export":
                store.transitions.request_cancel(claimed.id) if how == "stop" else os.kill(os.getpid(), signal.SIGINT)

        began = time.monotonic()
        assert worker.main(claimed.id, 1, settings, trainer=trainers.exports, listener=ask) == 130
        run = store.history.get(claimed.id)
        assert (run.state, run.reason, run.summary["accuracy"]) == (State.CANCELLED, "stopped", 0.5)
        assert names(store, run) == ["metrics.csv"] and store.history.artifacts(run.id)[0].path.exists()
        assert {p.name for p in settings.artifacts_dir.rglob("*")} == {run.id, "metrics.csv"}
        assert time.monotonic() - began < 55  # the whole export takes at least 60 s on any machine

    @pytest.mark.long
    def test_a_stop_that_was_asked_for_before_begins_no_export(self, store, claimed, settings):
        def train(recipe, settings, *, emit, should_stop, out_dir):
            store.transitions.request_cancel(claimed.id)
            while not should_stop():
                time.sleep(0.01)
            return trainers.Outcome({"accuracy": 0.5}, export=lambda: pytest.fail("the export was begun"))

        assert worker.main(claimed.id, 1, settings, trainer=train) == 130
        assert store.history.get(claimed.id).state is State.CANCELLED


class TestTheStore:
    @pytest.fixture
    def kept(self, store, running):
        file = Artifact(running.id, "metrics.csv", store.artifacts_dir / running.id / "metrics.csv", 6, "0" * 64)
        for _ in range(2):  # a worker whose connection broke sends it again
            assert store.transitions.keep(running.id, 1, {"accuracy": 0.9}, [file])
        return running

    def test_what_is_kept_belongs_to_the_attempt_that_runs(self, store, running, recipe):
        assert not store.transitions.keep(running.id, 2, {"accuracy": 0.9})
        store.transitions.lose(running.id, 1, "killed", "signal 9")
        assert not store.transitions.keep(running.id, 1, {"accuracy": 0.9})
        assert store.history.get(running.id).summary == {}

    def test_a_run_whose_results_are_kept_cannot_be_lost_and_is_finished(self, store, kept):
        assert not store.transitions.lose(kept.id, 1, "killed", "signal 9")
        assert not store.transitions.finish_after(kept.id, 2, "signal 9")
        assert store.transitions.finish_after(kept.id, 1, "signal 9")
        run = store.history.get(kept.id)
        assert (run.state, run.reason, run.summary) == (State.FINISHED, "no_export", {"accuracy": 0.9})
        assert "Trained and validated to the end" in run.reason_text and names(store, run) == ["metrics.csv"]

    def test_one_that_has_kept_nothing_is_not_finished_by_others(self, store, running):
        assert not store.transitions.finish_after(running.id, 1, "signal 9")

    def test_one_that_was_asked_to_stop_is_cancelled_with_what_it_kept(self, store, kept):
        store.transitions.request_cancel(kept.id)
        assert not store.transitions.finish_after(kept.id, 1, "signal 9") and store.transitions.cancel(
            kept.id, 1, reason="stopped_hard"
        )
        assert store.history.get(kept.id).summary == {"accuracy": 0.9} and names(store, kept) == ["metrics.csv"]


class TestTheDispatcher:
    @pytest.fixture
    def uptime(self):
        return Clock(0.0)

    @pytest.fixture
    def executor(self):
        return FakeExecutor()

    @pytest.fixture
    def supervisor(self, store, executor, settings, uptime):
        return Supervisor(store, executor, settings, host="here", clock=uptime)

    @pytest.fixture
    def kept(self, store, claimed, executor):
        store.transitions.begin(claimed.id, 1, **ME)
        store.transitions.keep(claimed.id, 1, {"accuracy": 0.9})
        return store.history.get(claimed.id)

    @pytest.mark.parametrize("code", [-9, None, 1, worker.UNSETTLED])
    @pytest.mark.parametrize("asked", [False, True])
    def test_a_death_in_the_export_is_a_run_that_finished_or_was_stopped(
        self, store, supervisor, executor, kept, code, asked
    ):
        if asked:
            store.transitions.request_cancel(kept.id)
        executor.end(kept, code)
        supervisor.tick()
        run = store.history.get(kept.id)
        expected = (State.CANCELLED, "stopped_hard") if asked else (State.FINISHED, "no_export")
        assert (run.state, run.reason) == expected and run.summary == {"accuracy": 0.9}

    @pytest.mark.parametrize("asked", [False, True])
    def test_so_is_a_machine_that_goes_away(self, store, supervisor, kept, uptime, asked):
        if asked:
            store.transitions.request_cancel(kept.id)
        supervisor.host = "elsewhere"
        supervisor.tick()
        uptime.pass_(31)
        supervisor.tick()
        assert store.history.get(kept.id).state is (State.CANCELLED if asked else State.FINISHED)
