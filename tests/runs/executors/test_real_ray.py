"""A real Ray of two nodes, where there is one (.ci/real-parts): jobs that have to be killed, and a node that dies."""

import contextlib
import dataclasses
import os
import shlex
import subprocess
import time

import psutil
import pytest

from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.states import State
from sota_core.system.processes import birth_of
from tests.runs.executors.test_executor import ended, wait_until

pytestmark = [pytest.mark.slow, pytest.mark.ray]


def test_a_real_job_is_stopped_with_its_children(executors, claim, store, settings):
    executor, run = executors("ray", "deaf"), claim()
    executor.launch(run)
    wait_until(lambda: (settings.home / "child.pid").exists() and (settings.home / "child.pid").read_text())
    child = int((settings.home / "child.pid").read_text())
    birth = birth_of(child)
    executor.kill(run, force=True)
    wait_until(lambda: ended(executor, run))
    wait_until(lambda: birth_of(child) != birth)


@pytest.fixture
def third_node(executors):
    """(executor, process): a node that joins the two, to be killed by the test; each node takes one run at a time."""
    executor = executors("ray", "patient")
    if "SOTA_TEST_RAY_NODE" not in os.environ:
        pytest.skip("SOTA_TEST_RAY_NODE gives no command that adds a node")
    n, secret = executor.capacity(), {"RAY_AUTH_MODE": "token", "RAY_AUTH_TOKEN": executor.settings.ray_token}
    with subprocess.Popen(
        shlex.split(os.environ["SOTA_TEST_RAY_NODE"]), env=os.environ | secret,
        stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True,
    ) as process:  # fmt: skip
        wait_until(lambda: executor.capacity() == n + 1)
        yield executor, process
        kill_tree(process.pid)


def kill_tree(pid):
    """Kill a process and all below it at once, as when a machine dies."""
    with contextlib.suppress(psutil.NoSuchProcess):
        for process in [psutil.Process(pid), *psutil.Process(pid).children(recursive=True)]:
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()


def test_a_node_that_dies_loses_its_run_and_the_next_one_starts_elsewhere(third_node, store, settings, recipe):
    executor, node = third_node
    supervisor = Supervisor(store, executor, dataclasses.replace(settings, min_free_bytes=1), host="the dispatcher's")
    runs = {store.queue.submit(recipe, owner=f"owner-{n}").id for n in range(4)}

    def look(condition):
        return wait_until(lambda: (supervisor.tick(), time.sleep(0.2), condition())[2])

    def in_state(state):
        return {run for run in runs if store.history.get(run).state is state}

    look(lambda: len(in_state(State.RUNNING)) == 3)  # one on each node, the fourth waits
    (waits,) = in_state(State.QUEUED)
    there = {process.pid for process in psutil.Process(node.pid).children(recursive=True)}
    (doomed,) = [run for run in store.history.active() if run.pid in there]
    kill_tree(node.pid)
    look(lambda: in_state(State.LOST) == {doomed.id})
    assert birth_of(doomed.pid) != doomed.birth
    first, second = in_state(State.RUNNING)
    assert in_state(State.QUEUED) == {waits}
    store.transitions.request_cancel(first)  # frees its node
    look(lambda: in_state(State.RUNNING) == {second, waits})
    assert store.history.get(waits).pid not in there
    for run in (second, waits):
        store.transitions.request_cancel(run)
    look(lambda: not store.history.active())
