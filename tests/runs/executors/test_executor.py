"""The contract that every executor keeps, and what only executors of processes can do."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest

from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.choose import make_executor
from sota_core.runs.executors.executor import Status
from sota_core.runs.executors.forkserver import ForkServer, preload
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.executors.process import ProcessExecutor
from sota_core.runs.states import State
from sota_core.system.environment import log_path
from sota_core.system.logs import plain_formatter
from sota_core.system.processes import birth_of, is_alive

PATIENCE_S = 120.0  # test machines are busy; what must be quick is timed by its own timestamps


def wait_until(condition, seconds=PATIENCE_S):
    """Wait for a condition with a deadline; returns its value.

    Looks often at first, then pauses for a twentieth of the wait so far: a look may cost a query, and the awaited work
    needs the processor.
    """
    began = time.monotonic()
    while not (value := condition()):
        waited = time.monotonic() - began
        assert waited < seconds, "waited in vain"
        time.sleep(min(0.01 + waited / 20, 0.5))
    return value


def ended(executor, run):
    status = executor.poll(run)
    return None if status.is_alive else status


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["inline", "process", pytest.param("ray", marks=pytest.mark.ray)])
class TestContract:
    def test_a_launched_run_ends_and_its_exit_code_is_known(self, kind, executors, claim, store):
        executor, run = executors(kind, "quick"), claim()
        executor.launch(run)
        assert wait_until(lambda: ended(executor, run)).code == 0
        assert store.history.get(run.id).state is State.FINISHED

    def test_a_failure_has_its_exit_code(self, kind, executors, claim, store):
        executor, run = executors(kind, "broken"), claim()
        executor.launch(run)
        assert wait_until(lambda: ended(executor, run)).code == 1
        assert "ZeroDivisionError" in store.history.get(run.id).traceback

    def test_launching_twice_is_launching_once(self, kind, executors, claim, store):
        executor, run = executors(kind, "quick"), claim()
        executor.launch(run)
        executor.launch(run)
        wait_until(lambda: ended(executor, run))
        assert [e["kind"] for e in store.log.events(run.id)].count("started") == 1

    def test_a_run_nobody_launched_is_not_alive(self, kind, executors, claim):
        status = executors(kind, "quick").poll(claim())
        assert (status.is_alive, status.code) == (False, None)

    def test_a_cancelled_run_stops_by_itself(self, kind, executors, claim, store):
        executor, run = executors(kind, "patient"), claim()
        if kind == "inline":
            store.transitions.request_cancel(run.id)
            executor.launch(run)
        else:
            executor.launch(run)
            wait_until(lambda: store.history.get(run.id).state is State.RUNNING)
            store.transitions.request_cancel(run.id)
        assert wait_until(lambda: ended(executor, run)).code == 130
        assert store.history.get(run.id).state is State.CANCELLED

    def test_killing_what_has_ended_is_harmless(self, kind, executors, claim):
        executor, run = executors(kind, "quick"), claim()
        executor.launch(run)
        wait_until(lambda: ended(executor, run))
        executor.kill(run, force=True)


@pytest.mark.slow
class TestProcesses:
    def test_a_killed_worker_says_by_which_signal(self, executors, claim, store):
        executor, run = executors("process", "patient"), claim()
        executor.launch(run)
        pid = wait_until(lambda: store.history.get(run.id).pid)
        os.kill(pid, signal.SIGKILL)
        assert wait_until(lambda: ended(executor, run)).code == -signal.SIGKILL

    def test_a_worker_leads_its_own_session_and_its_log_is_kept(self, executors, claim, store, settings):
        executor, run = executors("process", "patient"), claim()
        executor.launch(run)
        pid = wait_until(lambda: store.history.get(run.id).pid)
        assert os.getsid(pid) == os.getpgid(pid) == pid
        executor.kill(run, force=False)
        assert wait_until(lambda: ended(executor, run)).code == -signal.SIGTERM
        assert (settings.home / "logs" / f"{run.id}-1.log").exists()

    @pytest.mark.parametrize("trainer", ["deaf", "with_child"])
    def test_no_child_outlives_its_worker(self, executors, claim, store, settings, trainer):
        executor, run = executors("process", trainer), claim()
        executor.launch(run)
        child = wait_until(lambda: (settings.home / "child.pid").exists() and (settings.home / "child.pid").read_text())
        birth = birth_of(int(child))
        executor.kill(run, force=trainer == "deaf")
        wait_until(lambda: ended(executor, run))
        wait_until(lambda: not is_alive(int(child), birth))

    def test_another_executor_adopts_by_pid_and_birth(self, executors, claim, store):
        first, run = executors("process", "patient"), claim()
        first.launch(run)
        wait_until(lambda: store.history.get(run.id).pid)
        first.close()
        second, run = executors("process", "patient"), store.history.get(run.id)
        assert second.poll(run).is_alive
        os.kill(run.pid, signal.SIGKILL)
        status = wait_until(lambda: ended(second, run))
        assert status.code is None

    def test_workers_survive_their_fork_server_and_a_new_one_takes_over(self, executors, claim, store):
        executor, first = executors("process", "patient"), claim()
        executor.launch(first)
        wait_until(lambda: store.history.get(first.id).pid)
        executor.server.kill()
        wait_until(
            lambda: executor.poll(store.history.get(first.id)) and executor.is_preloaded and executor._n_starts == 2
        )
        assert executor.poll(store.history.get(first.id)).is_alive
        second = claim()
        executor.launch(second)
        wait_until(lambda: store.history.get(second.id).state is State.RUNNING)

    def test_a_fork_server_that_hangs_is_replaced_once_a_start_is_given_up(self, executors, claim):
        executor, first, second = executors("process", "quick"), claim(), claim()
        os.kill(executor.server.pid, signal.SIGSTOP)
        executor.launch(first)
        assert executor.poll(first).is_alive and executor.children[(first.id, 1)].pid is None
        executor.kill(first, force=False)
        assert executor.poll(first).is_alive
        executor.kill(first, force=True)
        assert executor.poll(first) == Status(False)
        executor.launch(second)
        assert wait_until(lambda: ended(executor, second)).code == 0

    def test_a_start_that_hangs_leaves_no_process_once_it_is_cancelled(self, executors, claim, store, settings):
        executor, run = executors("process", "quick"), claim()
        log_path(settings, run.id, 1).parent.mkdir(parents=True, exist_ok=True)
        os.mkfifo(log_path(settings, run.id, 1))  # nobody reads: its worker waits for ever before it begins
        executor.launch(run)
        pid = wait_until(lambda: executor.poll(run) and executor.children[(run.id, 1)].pid)
        store.transitions.request_cancel(run.id)
        Supervisor(store, executor, settings).look_after(store.history.get(run.id))
        assert store.history.get(run.id).state is State.CANCELLED
        assert wait_until(lambda: ended(executor, run)).code == -signal.SIGTERM and birth_of(pid) is None

    def test_a_reply_that_cannot_be_used_keeps_the_next_one_from_nobody(self, executors):
        executor = executors("process", "quick")
        executor._replies._lines.append(b'{"ended": 3}')
        wait_until(lambda: executor.wakers() and executor.is_preloaded)

    def test_a_launch_that_failed_leaves_no_worker_that_is_still_to_come(self, settings, store, claim):
        executor = ProcessExecutor(settings, "no_such_module:train")
        try:
            first, run = claim(), claim()
            wait_until(lambda: not executor.poll(first).is_alive and executor.is_preloaded is False)
            # a folder in its place: the log cannot be opened
            (settings.home / "logs" / f"{run.id}-1.log").mkdir(parents=True)
            with pytest.raises(OSError):
                executor.launch(run)
            assert executor.poll(run) == Status(False)
        finally:
            executor.close()

    def test_where_preloading_fails_workers_start_from_scratch(self, settings, store, claim):
        executor = ProcessExecutor(settings, "no_such_module:train")
        try:
            first, run = claim(), claim()
            wait_until(lambda: not executor.poll(first).is_alive and executor.is_preloaded is False)
            executor.launch(run)
            assert wait_until(lambda: ended(executor, run)).code == 1
            assert executor.children[(run.id, 1)].popen is not None
            assert "no_such_module" in store.history.get(run.id).message
        finally:
            executor.close()


def test_a_fork_that_fails_ends_that_attempt_and_not_the_server(settings, caplog, monkeypatch):
    monkeypatch.setattr(caplog.handler, "formatter", plain_formatter())

    def fork():
        raise OSError(11, "Resource temporarily unavailable")

    answers, replies = os.pipe()
    ForkServer(settings, -1, replies, None, fork).launch("abc", 2, "no.log", {})
    assert json.loads(os.read(answers, 1000)) == {"ended": ["abc", 2], "code": None}
    assert "run abc, attempt 2: no process could be forked: [Errno 11]" in caplog.text
    for fd in (answers, replies):
        os.close(fd)


@pytest.mark.long
def test_preloading_says_whether_it_happened():
    assert preload("json:loads")["preloaded"]
    failed = preload("no_such_module:train")
    assert not failed["preloaded"] and "ModuleNotFoundError" in failed["error"]


@pytest.mark.slow
def test_the_fork_server_has_fastai_and_neither_threads_nor_cuda():
    code = """
import json, os, sys, threading
from sota_core.runs.executors.forkserver import preload
import sota_core.train.fit, torch
said = preload(None)
assert said["preloaded"], said
assert "fastai" in sys.modules and not torch.cuda.is_initialized()
tasks = [open(f"/proc/self/task/{t}/comm").read().strip() for t in os.listdir("/proc/self/task")]
print(json.dumps([threading.active_count(), tasks]))
"""
    out = subprocess.run(
        [sys.executable, "-c", code],
        env=os.environ | {"OPENBLAS_NUM_THREADS": "1"},
        capture_output=True,
        text=True,
        check=True,
    )
    n_threads, tasks = json.loads(out.stdout)
    # jemalloc's thread (it comes with pyarrow) survives forks; any other thread would be lost in the child
    assert n_threads == 1 and set(tasks[1:]) <= {"jemalloc_bg_thd"}


def test_the_executor_is_the_one_of_the_settings(settings, only_sqlite):
    import dataclasses

    from sota_core.errors import InputError

    assert isinstance(make_executor(dataclasses.replace(settings, executor="inline")), InlineExecutor)
    with pytest.raises(InputError, match=r"SOTA_RAY_TOKEN: required .* runs any command it is sent"):
        make_executor(dataclasses.replace(settings, executor="ray"))
    assert make_executor(dataclasses.replace(settings, executor="ray", ray_token="t")).is_everywhere
