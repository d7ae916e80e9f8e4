"""The web server killed under a browser that watches a run: what the chaos measures besides. Not a benchmark by itself.

The server is the real one (`streamlit run app.py`), the session a real browser's, which finds the server again by
itself. The last server of all starts the dispatcher that outlives it.
"""

import itertools
import os
import random
import re
import signal
import time
from typing import Any

from benchmarks.chaos.place import Site, site, until
from benchmarks.rows import tally
from benchmarks.site import CHROMIUM, answers, browsing, free_port, start
from sota_core.runs.dispatch import dispatcher
from sota_core.settings import Settings
from sota_core.system.environment import child_environment

_PATIENCE_S = 60.0


class WebServer:
    """The app at one port, in a process group of its own; killed and started again."""

    def __init__(self, settings: Settings) -> None:
        self.settings, self.port = settings, free_port()
        self.url = f"http://localhost:{self.port}"
        self.start()

    def start(self) -> None:
        with (self.settings.home / "web.log").open("ab") as out:
            self.process = start(self.port, child_environment(self.settings), out=out, start_new_session=True)
        until(lambda: answers(self.url), _PATIENCE_S)

    def kill(self, group: bool = False) -> None:
        (os.killpg if group else os.kill)(self.process.pid, signal.SIGKILL)
        self.process.wait()


def _step_shown(page: Any) -> int:
    """The step the open page says the run is at; -1 while it says none."""
    bar = page.locator("[data-testid=stProgress]")
    found = re.search(r"batch (\d+) of", bar.first.inner_text()) if bar.count() else None
    return int(found[1]) if found else -1


def web_servers_killed(n: int) -> dict[str, Any]:
    """SIGKILL web servers while a browser watches a run: the runs do not notice, the page comes back by itself."""
    if CHROMIUM is None:
        return tally("chaos_web_kill_faults", 0, "faults", 0, 0, skipped="needs Chromium")
    with site() as one, browsing() as page:
        runs = one.submit(4, steps=100_000)
        until(lambda: one.store.history.count(["running"]) == 4)
        pids = {run.id: run.pid for run in one.store.history.active()}
        server = WebServer(one.settings)
        try:
            page.goto(f"{server.url}/train?run={runs[0]}")
            blind = 0
            for _ in range(n):
                until(lambda: _step_shown(page) > 0, _PATIENCE_S)
                time.sleep(random.uniform(0.0, 1.0))
                server.kill()
                killed_at = one.store.history.get(runs[0]).step or 0
                server.start()
                blind += not until(lambda k=killed_at: _step_shown(page) > k, _PATIENCE_S, required=False)
            survived = _dispatcher_survives(one, server, page)
        finally:
            if server.process.poll() is None:
                server.kill()
        now = [one.store.history.get(run_id) for run_id in runs]
        lost = sum(run.state != "running" for run in now)
        doubled = sum(run.attempt != 1 or run.pid != pids[run.id] for run in now)
        strangers = len(set(one.orphans()) - set(pids.values()))
        pause = max(_longest_pause(one, run_id) for run_id in runs)
        for run in one.store.history.list_runs():
            one.store.transitions.request_cancel(run.id)
        ended = one.all_ended(15)
        until(lambda: not one.orphans(), 5, required=False)
        left = strangers + len(one.orphans())
        stopped = dispatcher.stop(one.settings, 10)
        bad = lost + doubled + left + one.gaps() + blind + (not survived) + (not ended) + (not stopped)
        facts = {"lost": lost, "doubled": doubled, "orphans": left, "gaps": one.gaps(), "pages_not_back": blind}
        facts |= {"dispatcher_survived": survived, "longest_pause_s": round(pause, 2)}
        return tally("chaos_web_kill_faults", bad, "faults", 0, n, **facts)


def _dispatcher_survives(one: Site, server: WebServer, page: Any) -> bool:
    """With it killed, a waiting run's page makes the server start another: does that outlive the server's group?"""
    one.kill()
    (waiting,) = one.submit(1, steps=10)
    page.goto(f"{server.url}/train?run={waiting}")
    until(lambda: dispatcher.status(one.settings), _PATIENCE_S)
    before = dispatcher.status(one.settings)
    server.kill(group=True)
    time.sleep(1.0)
    return before is not None and dispatcher.status(one.settings) == before


def _longest_pause(one: Site, run_id: str) -> float:
    """Seconds between two of a run's batch events, at most."""
    times = [event["t"] for event in one.store.log.events(run_id, kinds=["batch"])]
    return max((b - a for a, b in itertools.pairwise(times)), default=0.0)
