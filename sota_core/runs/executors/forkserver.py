"""A process that has fastai imported and forks a worker in milliseconds. The dispatcher's child: `python -m …`.

It speaks JSON lines: requests on stdin, replies on stdout. When stdin ends, it ends, and its workers go on.
It never creates a thread or a CUDA context of its own, because neither survives a fork.
"""

import gc
import importlib
import logging
import os
import signal
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sota_core.runs.identity import code_version
from sota_core.runs.run import Attempt
from sota_core.settings import Settings, load
from sota_core.system.forking import Forking
from sota_core.system.json_lines import take_pipes
from sota_core.system.logs import about, log_to_stderr
from sota_core.system.processes import close_stdin

log = logging.getLogger(__name__)

PRELOAD = "sota_core.train.fit"
NICE = 10
AUTOGROUP = Path("/proc/self/autogroup")


class ForkServer(Forking):
    """Takes requests `{"run", "attempt", "log", "env"}`; for a run and attempt asked for twice, it forks once.

    Replies first `{"ready": true, "preloaded", "error", "seconds"}`, then for each worker
    `{"launched": [run, attempt], "pid"}` and `{"ended": [run, attempt], "code"}`.
    """

    def __init__(
        self,
        settings: Settings,
        requests: int,
        replies: int,
        trainer: str | None,
        fork: Callable[[], int] = os.fork,
    ) -> None:
        super().__init__(requests, replies, fork)
        self.settings, self.trainer = settings, trainer
        self.launched: set[Attempt] = set()

    def serve(self) -> None:
        self.reply(preload(self.trainer))
        super().serve()

    def asked(self, request: dict[str, Any]) -> None:
        self.launch(request["run"], request["attempt"], request["log"], request["env"])

    def launch(self, run_id: str, attempt: int, log_file: str, env: dict[str, str]) -> None:
        key = Attempt(run_id, attempt)
        if key in self.launched:
            return
        self.launched.add(key)
        try:
            pid = self.fork()
        except OSError as bad:  # too many processes, no memory: this attempt has ended, the other workers have not
            with about(*key):
                log.error("no process could be forked: %s", bad)
            self.reply({"ended": key, "code": None})
            return
        if pid == 0:
            self.become_worker(run_id, attempt, log_file, env)
        self.children[pid] = key
        self.reply({"launched": key, "pid": pid})

    def become_worker(self, run_id: str, attempt: int, log_file: str, env: dict[str, str]) -> None:
        code = 1
        try:
            os.setsid()
            self.leave()
            redirect(log_file)
            log_to_stderr(self.settings, "worker")
            be_modest()
            take_share(env)
            from sota_core.runs.worker import worker

            code = worker.main(run_id, attempt, self.settings, trainer=self.trainer)
        except BaseException:
            with about(run_id, attempt):
                log.exception("its worker broke off")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Not sys.exit: the fork must not run the server's own clean-up.
            os._exit(code)

    def before_reaping(self, pid: int) -> None:
        # Kill the whole group before its leader is reaped: until then no other group can have its number.
        try:
            os.killpg(pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass

    def ended(self, child: Attempt, pid: int, code: int) -> None:
        self.reply({"ended": child, "code": code})


def preload(trainer: str | None) -> dict[str, Any]:
    """Import what a worker needs. Returns the `ready` reply, which says whether that succeeded."""
    began = time.monotonic()
    code_version()  # kept for the workers: read later, it would be that of an upgrade, and not of what is loaded here
    module = trainer.partition(":")[0] if trainer else PRELOAD
    error = ""
    try:
        importlib.import_module(module)
        importlib.import_module("sota_core.runs.worker.worker")
    except Exception:
        error = traceback.format_exc()
    torch = sys.modules.get("torch")
    if torch is not None and torch.cuda.is_initialized():
        error = f"importing {module} made a CUDA context, which a forked worker could not use"
    gc.collect()
    gc.freeze()  # workers share these memory pages with us as long as no garbage collector touches them
    seconds = round(time.monotonic() - began, 2)
    return {"ready": True, "preloaded": not error and module in sys.modules, "error": error, "seconds": seconds}


def redirect(log_file: str) -> None:
    """From now on, read stdin from /dev/null and write stdout and stderr to the log."""
    close_stdin()
    out = os.open(log_file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    os.dup2(out, 1)
    os.dup2(out, 2)
    os.close(out)


def take_share(env: dict[str, str]) -> None:
    """Set this worker's card and number of threads (slots.py). CUDA reads its variable when it is first used."""
    os.environ.update(env)
    torch = sys.modules.get("torch")
    if torch is not None and "OMP_NUM_THREADS" in env:
        torch.set_num_threads(int(env["OMP_NUM_THREADS"]))  # OpenMP read the variable when torch was imported


def be_modest() -> None:
    """Let this process yield to the pages: a lower priority, killed first when memory runs out, no core dumps."""
    import resource

    os.nice(NICE)
    _yield_as_a_session()
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        with open("/proc/self/oom_score_adj", "w") as file:  # noqa: PTH123
            file.write("500")
    except OSError:
        pass  # not Linux, or not allowed: only a preference


def _yield_as_a_session() -> None:
    """Make this process's session nice as well. If Linux divides a core among sessions first (autogroup), a nice level
    counts only within a session: a worker, which leads its own, would get as much of a core as all web processes.
    """
    if os.getsid(0) != os.getpid():
        return  # a session that others share
    for _ in range(10):
        try:
            AUTOGROUP.write_text(str(NICE))
        except BlockingIOError:
            time.sleep(0.1)  # the kernel takes only ten such writes a second from the whole machine
        except OSError:
            return  # not Linux, or a kernel without autogroup
        else:
            return


def main() -> None:
    settings = load()
    log_to_stderr(settings, "fork server")
    requests, replies = take_pipes()
    ForkServer(settings, requests, replies, sys.argv[1] if len(sys.argv) > 1 else None).serve()


if __name__ == "__main__":
    main()
