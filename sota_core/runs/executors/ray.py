"""Workers as jobs of a Ray cluster, by its Jobs REST API and the same worker command. Ray itself is not needed here.

A job's submission id is made of run and attempt, so submitting twice starts it once, and any dispatcher finds it again.
Workers on other machines need a PostgreSQL store, the program at the same path, and either SOTA_HOME on a disk they
share or SOTA_ARTIFACTS for the files that runs leave.
"""

import contextlib
import json
import logging
import shlex
import signal
import urllib.error
import urllib.request
from dataclasses import dataclass
from http.client import HTTPException
from typing import Any

from sota_core.errors import InputError
from sota_core.runs.executors.executor import Status
from sota_core.runs.run import Run
from sota_core.settings import Settings
from sota_core.system.environment import child_environment, log_path, worker_command
from sota_core.system.processes import host_name, is_alive

log = logging.getLogger(__name__)

_PATIENCE_S = 10.0
_ENDED = frozenset({"SUCCEEDED", "FAILED", "STOPPED"})
_CANCELLED = 130  # a worker's own exit code, not a signal's

# What a worker needs of our environment. Ray shows a job's variables to whoever has its token, so secrets that a worker
# does not need are kept back.
_PASSED_ON = ("SOTA_", "PYTHON", "MALLOC_", "GOMP_", "OMP_WAIT_POLICY")
_KEPT_BACK = frozenset({"SOTA_OPERATOR_TOKEN", "SOTA_RAY_TOKEN", "SOTA_RAY_ADDRESS"})


@dataclass(frozen=True, slots=True)
class Capacity:
    """How many runs fit on the cluster's living nodes at a time, and what each run asks for, so that it fits on any."""

    slots: int
    cpus: int
    gpus: int


class RayExecutor:
    """The contract of executor.Executor over HTTP.

    Raises
        InputError  no token is set: without one, whoever reaches the Jobs API could run any command on the cluster.
    """

    is_everywhere = True

    def __init__(self, settings: Settings, trainer: str | None = None) -> None:
        if not settings.ray_token:
            raise InputError(
                "SOTA_RAY_TOKEN: required for SOTA_EXECUTOR=ray, since Ray's Jobs API runs any command it is sent; "
                "start Ray with RAY_AUTH_MODE=token and set SOTA_RAY_TOKEN to the same token as its RAY_AUTH_TOKEN"
            )
        self.settings, self.trainer = settings, trainer
        # Straight to the address: no proxy, and no redirect, which would take the token elsewhere.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), _NoRedirect)
        self.cluster = Capacity(0, 1, 0)
        self.codes: dict[str, int | None] = {}
        self.is_away = False

    def capacity(self) -> int:
        """SOTA_SLOTS; without it one run per GPU, or per node if there is no GPU. 0 while Ray is away."""
        try:
            answer = self._ask("GET", "/api/v0/nodes?limit=1000")
        except OSError as bad:
            self._note_away(bad)
            return 0
        self.is_away = False
        nodes = answer["data"]["result"]["result"]
        self.cluster = capacity_of([n["resources_total"] for n in nodes if n["state"] == "ALIVE"], self.settings.slots)
        return self.cluster.slots

    def launch(self, run: Run) -> None:
        """Raises
        OSError  Ray is away, or refuses.
        """
        job = {
            "submission_id": job_id(run),
            "entrypoint": "exec " + shlex.join(worker_command(run.id, run.attempt, self.trainer)),
            "runtime_env": {"env_vars": self._environment()},
            "entrypoint_num_cpus": self.cluster.cpus,
            "entrypoint_num_gpus": self.cluster.gpus,
            "metadata": {"owner": run.owner[:100]},
        }
        try:
            self._ask("POST", "/api/jobs/", job)
        except urllib.error.HTTPError as bad:
            # If the job is there, all is well, whatever Ray has answered: it may have been launched before.
            if self._job(run) is None:
                raise OSError(f"Ray refused the job: {bad}") from bad

    def poll(self, run: Run) -> Status:
        name = job_id(run)
        if name in self.codes:
            return Status(False, self.codes[name])
        try:
            job = self._job(run)
        except OSError as bad:
            self._note_away(bad)
            return self._by_process(run, unknown=True)
        if job is None:
            return self._by_process(run, unknown=False)
        if job["status"] not in _ENDED:
            return Status(True, waits=job["status"] == "PENDING")
        self.codes[name] = _exit_code(job)
        self._keep_log(run)
        return Status(False, self.codes[name])

    def kill(self, run: Run, *, force: bool) -> None:
        """Ray has one way to stop a job: SIGTERM to its processes, three seconds later SIGKILL."""
        with contextlib.suppress(OSError):
            self._ask("POST", f"/api/jobs/{job_id(run)}/stop", {})

    def wakers(self) -> list[int]:
        return []

    def close(self) -> None:
        pass

    def _note_away(self, bad: OSError) -> None:
        """Log it once, until Ray has answered again: it is asked every second."""
        if not self.is_away:
            log.warning("Ray at %s does not answer: %s", self.settings.ray_address, bad)
        self.is_away = True

    def _by_process(self, run: Run, *, unknown: bool) -> Status:
        """The status if Ray does not say it: our own process is looked up; any other counts as alive if `unknown`."""
        if run.pid is not None and run.host == host_name():
            return Status(is_alive(run.pid, run.birth))
        return Status(unknown, waits=unknown)

    def _job(self, run: Run) -> dict[str, Any] | None:
        """What Ray says about the run's job; None if there is no such job."""
        try:
            return self._ask("GET", f"/api/jobs/{job_id(run)}")
        except urllib.error.HTTPError as bad:
            if bad.code == 404:
                return None
            raise

    def _keep_log(self, run: Run) -> None:
        with contextlib.suppress(OSError):
            text = self._ask("GET", f"/api/jobs/{job_id(run)}/logs")["logs"]
            log_path(self.settings, run.id, run.attempt).write_text(text, errors="replace")

    def _environment(self) -> dict[str, str]:
        ours = child_environment(self.settings)
        return {k: v for k, v in ours.items() if k.startswith(_PASSED_ON) and k not in _KEPT_BACK}

    def _ask(self, method: str, path: str, body: dict[str, Any] | None = None) -> Any:
        """Raises
        OSError  an HTTPError (with a code), any network error, or an answer that is not HTTP or not JSON.
        """
        request = urllib.request.Request(
            self.settings.ray_address.rstrip("/") + path,
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {self.settings.ray_token}", "Content-Type": "application/json"},
        )
        try:
            with self.opener.open(request, timeout=_PATIENCE_S) as answer:
                return json.load(answer)
        except (ValueError, HTTPException) as bad:
            raise OSError(f"no JSON came from {path}; is that Ray's dashboard address?") from bad


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        return None


def job_id(run: Run) -> str:
    return f"{run.id}-{run.attempt}"


def capacity_of(nodes: list[dict[str, float]], slots: int | None) -> Capacity:
    """The Capacity of a cluster. Workers that share a node share its CPUs; if there are GPUs, each worker has one.

    nodes  the resources of each node
    slots  SOTA_SLOTS; None: one per GPU, or per node if there are none

    >>> capacity_of([{"CPU": 16.0, "GPU": 2.0}, {"CPU": 16.0, "GPU": 2.0}], None)
    Capacity(slots=4, cpus=8, gpus=1)
    >>> capacity_of([{"CPU": 2.0}], 2)
    Capacity(slots=2, cpus=1, gpus=0)
    """
    n_gpus = int(sum(node.get("GPU", 0) for node in nodes))
    able = [node for node in nodes if node.get("GPU", 0) >= 1] if n_gpus else nodes
    slots = slots or n_gpus or len(able)
    each = -(-slots // max(1, len(able)))  # on the fullest node
    cpus = min((int(node.get("CPU", 0)) // max(1, each) for node in able), default=0)
    return Capacity(slots if able else 0, max(1, cpus), 1 if n_gpus else 0)


def _exit_code(job: dict[str, Any]) -> int | None:
    """A job's exit code: negative for a signal, which the shell reports as 128 + number; None if Ray does not know it.

    >>> [_exit_code({"driver_exit_code": code}) for code in (1, 137, 130, 255)]
    [1, -9, 130, 255]
    """
    code = job.get("driver_exit_code")
    if code is None:
        return 0 if job["status"] == "SUCCEEDED" else None
    return 128 - code if 128 < code < 128 + signal.NSIG and code != _CANCELLED else code
