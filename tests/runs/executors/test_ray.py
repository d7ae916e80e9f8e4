"""What the executor sends to Ray and makes of the answers. The contract runs against a real Ray in test_executor.py."""

import dataclasses
import json
import os
import signal
import socketserver
import threading
import urllib.error
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.executor import Status
from sota_core.runs.executors.ray import RayExecutor, job_id
from sota_core.runs.states import State
from sota_core.system.processes import birth_of, host_name
from tests.runs.conftest import Clock

TOKEN = "a-token-of-some-length"
NODE = {"state": "ALIVE", "resources_total": {"CPU": 4.0}}


class Ray:
    """A server that answers as Ray 2.60 did, and records the requests."""

    def __init__(self):
        self.jobs, self.asked, self.nodes, self.moved_to = {}, [], [NODE], None
        ray = self

        class Handler(BaseHTTPRequestHandler):
            def log_message(self, *_):
                pass

            def do_GET(self):
                self.answer("GET")

            def do_POST(self):
                self.answer("POST")

            def answer(self, method):
                body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
                ray.asked.append((method, self.path, dict(self.headers)))
                code, reply = ray.reply(method, self.path, json.loads(body or "null"), self.headers)
                self.send_response(code)
                if ray.moved_to:
                    self.send_header("Location", ray.moved_to)
                self.end_headers()
                self.wfile.write(json.dumps(reply).encode())

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self.server.server_port}/"
        threading.Thread(target=self.server.serve_forever, args=(0.01,), daemon=True).start()

    def reply(self, method, path, body, headers):
        if self.moved_to:
            return 302, ""
        if headers["Authorization"] != f"Bearer {TOKEN}":
            return 401, "Unauthorized: Missing authentication token"
        if path.startswith("/api/v0/nodes"):
            return 200, {"data": {"result": {"result": self.nodes}}}
        if method == "POST" and path == "/api/jobs/":
            if body["submission_id"] in self.jobs:
                return 500, "ValueError: Job with submission_id already exists"
            self.jobs[body["submission_id"]] = {"status": "RUNNING", "driver_exit_code": None, **body}
            return 200, {}
        job = self.jobs.get(path.split("/")[3])
        if job is None:
            return 404, "Job does not exist"
        if path.endswith("/stop"):
            job["status"] = "STOPPED"
        return 200, {"logs": "its last words"} if path.endswith("/logs") else job

    def end(self, run, status, code=None):
        self.jobs[job_id(run)] |= {"status": status, "driver_exit_code": code}

    def close(self):
        self.server.shutdown()
        self.server.server_close()


@pytest.fixture
def ray():
    ray = Ray()
    yield ray
    ray.close()


@pytest.fixture
def executor(settings, ray):
    return RayExecutor(dataclasses.replace(settings, ray_address=ray.address, ray_token=TOKEN, operator_token="secret"))


def test_a_job_is_the_worker_command_with_our_settings_and_without_our_secrets(executor, ray, claim, settings):
    run = claim()
    assert executor.capacity() == 1
    executor.launch(run)
    (job,) = ray.jobs.values()
    assert job["submission_id"] == f"{run.id}-1" and job["entrypoint"].endswith(f"-m sota_core worker {run.id} 1")
    passed = job["runtime_env"]["env_vars"]
    assert passed["SOTA_HOME"] == str(settings.home) and "PYTHONPATH" in passed
    assert not {"SOTA_OPERATOR_TOKEN", "SOTA_RAY_TOKEN", "PATH", "HOME"} & set(passed)
    assert (job["entrypoint_num_cpus"], job["entrypoint_num_gpus"]) == (4, 0)


def test_launching_twice_is_launching_once_and_a_dispatcher_that_comes_later_finds_it(executor, ray, claim):
    run = claim()
    executor.launch(run)
    executor.launch(run)
    later = RayExecutor(executor.settings)
    later.launch(run)
    assert len(ray.jobs) == 1 and later.poll(run) == Status(True)
    for status, waits in (("PENDING", True), ("RUNNING", False)):
        ray.jobs[job_id(run)]["status"] = status
        assert later.poll(run).waits is waits


@pytest.mark.parametrize(
    ("status", "code", "expected"),
    [
        ("SUCCEEDED", 0, 0), ("FAILED", 1, 1), ("FAILED", 130, 130), ("FAILED", 75, 75),
        ("FAILED", 137, -signal.SIGKILL), ("FAILED", 255, 255), ("FAILED", None, None), ("STOPPED", None, None),
    ],
)  # fmt: skip
def test_how_it_ended_is_told_as_by_other_executors(executor, ray, claim, settings, status, code, expected):
    run = claim()
    executor.launch(run)
    ray.end(run, status, code)
    assert executor.poll(run) == Status(False, expected)
    assert (settings.home / "logs" / f"{run.id}-1.log").read_text() == "its last words"
    del ray.jobs[job_id(run)]
    assert executor.poll(run) == Status(False, expected)


def test_an_address_that_does_not_speak_http_counts_as_a_cluster_that_is_away(settings, claim):
    class Nonsense(socketserver.BaseRequestHandler):
        def handle(self):
            self.request.recv(65536)
            self.request.sendall(b"nonsense\r\n\r\n")

    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), Nonsense) as server:
        threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        address = f"http://127.0.0.1:{server.server_address[1]}"
        executor = RayExecutor(dataclasses.replace(settings, ray_address=address, ray_token=TOKEN))
        assert executor.capacity() == 0 and executor.poll(claim()) == Status(True)
        server.shutdown()


def test_a_cluster_that_is_away_starts_nothing_and_buries_nobody(executor, ray, claim):
    run = claim()
    executor.launch(run)
    ray.close()
    assert executor.capacity() == 0 and executor.poll(run) == Status(True)
    executor.kill(run, force=True)
    with pytest.raises(OSError):
        executor.launch(claim())
    mine = dataclasses.replace(run, pid=os.getpid(), birth=birth_of(os.getpid()), host=host_name())
    assert executor.poll(mine) == Status(True)
    assert executor.poll(dataclasses.replace(mine, birth="another boot:1")) == Status(False)


def test_a_wrong_token_is_refused_and_no_redirect_takes_it_elsewhere(executor, ray, claim):
    other = RayExecutor(dataclasses.replace(executor.settings, ray_token="wrong"))
    assert other.capacity() == 0
    with pytest.raises(urllib.error.HTTPError, match="401"):
        other.launch(claim())
    elsewhere = Ray()
    ray.moved_to = elsewhere.address
    assert executor.capacity() == 0 and elsewhere.asked == []
    elsewhere.close()


def test_gpus_decide_how_many_where_there_are_any(executor, ray):
    ray.nodes = [NODE, {"state": "DEAD", "resources_total": {"GPU": 8.0}}]
    ray.nodes += 2 * [{"state": "ALIVE", "resources_total": {"CPU": 16.0, "GPU": 2.0}}]
    assert executor.capacity() == 4 and (executor.cluster.cpus, executor.cluster.gpus) == (8, 1)


class TestWithADispatcher:
    """Its workers are on other machines; the dispatcher supervises them all the same."""

    @pytest.fixture
    def uptime(self):
        return Clock(0.0)

    @pytest.fixture
    def supervisor(self, store, executor, settings, uptime):
        settings = dataclasses.replace(settings, min_free_bytes=1)
        return Supervisor(store, executor, settings, host="here", clock=uptime)

    @pytest.fixture
    def far(self, store, supervisor, recipe):
        run = store.queue.submit(recipe, owner="ann")
        supervisor.tick()
        assert store.transitions.begin(run.id, 1, pid=7, birth="b", host="far away")
        return store.history.get(run.id)

    def test_a_worker_far_away_takes_a_slot(self, supervisor, store, recipe, far):
        second = store.queue.submit(recipe, owner="bob")
        supervisor.tick()
        assert store.history.get(second.id).state is State.QUEUED

    def test_its_death_is_known_at_once(self, supervisor, store, ray, far):
        ray.end(far, "FAILED", 137)
        supervisor.tick()
        assert (store.history.get(far.id).state, store.history.get(far.id).reason) == (State.LOST, "killed")

    def test_a_stop_it_does_not_hear_is_ended_there(self, supervisor, store, ray, far, uptime):
        store.transitions.request_cancel(far.id)
        supervisor.tick()
        uptime.pass_(9)
        for _ in range(2):
            supervisor.tick()
        assert (store.history.get(far.id).state, store.history.get(far.id).reason) == (State.CANCELLED, "stopped_hard")

    def test_while_ray_is_away_the_lease_decides(self, supervisor, store, ray, far, uptime):
        ray.close()
        supervisor.tick()
        assert store.history.get(far.id).state is State.RUNNING
        uptime.pass_(31)
        supervisor.tick()
        assert (store.history.get(far.id).state, store.history.get(far.id).reason) == (State.LOST, "lease")


def test_a_cluster_that_stays_away_is_one_line_of_the_log_until_it_answers(executor, ray, claim, caplog):
    run = claim()
    ray.close()
    for _ in range(5):
        executor.capacity()
        executor.poll(run)
    assert len(caplog.records) == 1 and "does not answer" in caplog.text
    executor.is_away = False  # as an answer sets it
    executor.capacity()
    assert len(caplog.records) == 2
