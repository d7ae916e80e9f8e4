"""Workers and dispatchers killed, and everything at once: what is lost, doubled or left behind."""

import contextlib
import os
import random
import signal
import time
from typing import Any

from benchmarks.chaos.place import RECIPE, site, until
from benchmarks.rows import p95, tally


def workers_killed(n: int) -> dict[str, Any]:
    """SIGKILL workers at random moments: every run ends, `lost` within two seconds."""
    with site() as one:
        killed: dict[str, float] = {}
        while len(killed) < n:
            queued = one.store.history.count(["queued"])
            if queued < 4:
                one.submit(4, steps=3000)
            time.sleep(random.uniform(0.0, 0.3))
            for run in one.store.history.list_runs(states=["running"]):
                if run.id not in killed and run.pid and len(killed) < n and random.random() < 0.5:
                    killed[run.id] = time.time()
                    os.kill(run.pid, signal.SIGKILL)
        until(lambda: all(one.store.history.get(run_id).is_terminal for run_id in killed), required=False)
        ends = [one.store.history.get(run_id) for run_id in killed]
        stuck = sum(not run.is_terminal for run in ends)
        times = [run.ended_at - killed[run.id] for run in ends if run.ended_at]
        wrong = sum(run.is_terminal and run.state != "lost" for run in ends)
        return tally("chaos_worker_kill_p95", p95(times), "s", 2.0, n, stuck=stuck, not_lost=wrong, gaps=one.gaps())


def dispatchers_killed(n: int) -> dict[str, Any]:
    """SIGKILL dispatchers while runs train: the runs go on, none is started twice, nothing is left over."""
    with site() as one:
        runs = one.submit(4, steps=100_000)
        until(lambda: one.store.history.count(["running"]) == 4)
        pids = {run.id: run.pid for run in one.store.history.active()}
        for _ in range(n):
            one.kill()
            one.start()
            time.sleep(random.uniform(0.0, 0.3))
        time.sleep(1.5)
        now = [one.store.history.get(run_id) for run_id in runs]
        lost = sum(run.state != "running" for run in now)
        doubled = sum(run.attempt != 1 or run.pid != pids[run.id] for run in now)
        strangers = len(set(one.orphans()) - set(pids.values()))
        for run_id in runs:
            one.store.transitions.request_cancel(run_id)
        ended = one.all_ended(60)
        until(lambda: not one.orphans(), 30, required=False)
        bad = lost + doubled + strangers + one.gaps() + len(one.orphans()) + (not ended)
        facts = {"lost": lost, "doubled": doubled, "orphans": strangers + len(one.orphans()), "gaps": one.gaps()}
        return tally("chaos_dispatcher_kill_faults", bad, "faults", 0, n, **facts)


def everything_at_once(n: int) -> dict[str, Any]:
    """Random kills of both, stops and double submits over n runs: all end, the database is sound."""
    with site() as one:
        ids, doubles = [], 0
        while len(ids) < n:
            if one.store.history.count(["queued"]) < 8:
                recipe, owner, key = RECIPE.replace(seed=random.randint(1, 30)), f"o{len(ids)}", f"k{len(ids)}"
                pair = [one.store.queue.submit(recipe, owner=owner, key=key) for _ in range(2)]
                doubles += [run.is_new for run in pair] != [True, False] or pair[0].id != pair[1].id
                ids.append(pair[0].id)
            dice, active = random.random(), [run for run in one.store.history.active() if run.pid]
            if dice < 0.10 and active:
                with contextlib.suppress(ProcessLookupError):  # it has just ended by itself
                    os.kill(random.choice(active).pid, signal.SIGKILL)
            elif dice < 0.20:
                one.store.transitions.request_cancel(random.choice(ids))
            elif dice < 0.22:
                one.kill()
                one.start()
            time.sleep(0.02)
        stuck = 0 if one.all_ended(120) else sum(not r.is_terminal for r in one.store.history.list_runs(limit=None))
        states = [run.state.value for run in one.store.history.list_runs(limit=None)]
        until(lambda: not one.orphans(), 30, required=False)
        bad = stuck + doubles + (one.integrity() != "ok") + one.gaps() + len(one.orphans())
        facts = {
            "stuck": stuck,
            "integrity": one.integrity(),
            "ends": {s: states.count(s) for s in sorted(set(states))},
        }
        return tally("chaos_mixed_faults", bad, "faults", 0, n, gaps=one.gaps(), doubles=doubles, **facts)
