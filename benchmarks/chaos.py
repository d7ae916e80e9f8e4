"""Runs under fire: workers and dispatchers killed, stops, double submits, crowds, a full disk. Figures of what held.

`python -m benchmarks.chaos [--quick] [NAME…]` prints a line each; exit 1 if one is over its budget. Every value is a
count of faults (budget 0) or a time, p95.
"""

import argparse
import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from benchmarks.chaos_site import RECIPE, site, until
from sota_core.errors import QuotaError
from sota_core.runs.store import Store
from sota_core.settings import Settings


def p95(values: list[float]) -> float:
    return sorted(values)[min(len(values) - 1, int(0.95 * len(values)))]


def row(name: str, value: float, unit: str, budget: float, n: int, **facts: object) -> dict[str, Any]:
    note = ", ".join(f"{key} {fact}" for key, fact in facts.items())
    figures = {"name": name, "value": round(value, 4), "unit": unit, "better": "lower", "budget": budget, "n": n}
    return figures | {"spread": None, "device": "cpu", "note": note}


def workers_killed(n: int) -> dict[str, Any]:
    """SIGKILL workers at random moments: every run ends, `lost` within two seconds."""
    with site() as one:
        killed: dict[str, float] = {}
        while len(killed) < n:
            queued = one.store.count(["queued"])
            if queued < 4:
                one.submit(4, steps=3000)
            time.sleep(random.uniform(0.0, 0.3))
            for run in one.store.list_runs(states=["running"]):
                if run.id not in killed and run.pid and len(killed) < n and random.random() < 0.5:
                    killed[run.id] = time.time()
                    os.kill(run.pid, signal.SIGKILL)
        until(lambda: all(one.store.get(run_id).is_terminal for run_id in killed), required=False)
        ends = [one.store.get(run_id) for run_id in killed]
        stuck = sum(not run.is_terminal for run in ends)
        times = [run.ended_at - killed[run.id] for run in ends if run.ended_at]
        wrong = sum(run.is_terminal and run.state != "lost" for run in ends)
        return row("chaos_worker_kill_p95", p95(times), "s", 2.0, n, stuck=stuck, not_lost=wrong, gaps=one.gaps())


def dispatchers_killed(n: int) -> dict[str, Any]:
    """SIGKILL dispatchers while runs train: the runs go on, none is started twice, nothing is left over."""
    with site() as one:
        runs = one.submit(4, steps=100_000)
        until(lambda: one.store.count(["running"]) == 4)
        pids = {run.id: run.pid for run in one.store.active()}
        for _ in range(n):
            one.kill()
            one.start()
            time.sleep(random.uniform(0.0, 0.3))
        time.sleep(1.5)
        now = [one.store.get(run_id) for run_id in runs]
        lost = sum(run.state != "running" for run in now)
        doubled = sum(run.attempt != 1 or run.pid != pids[run.id] for run in now)
        strangers = len(set(one.orphans()) - set(pids.values()))
        for run_id in runs:
            one.store.request_cancel(run_id)
        ended = one.all_ended(15)
        until(lambda: not one.orphans(), 5, required=False)
        bad = lost + doubled + strangers + one.gaps() + len(one.orphans()) + (not ended)
        facts = {"lost": lost, "doubled": doubled, "orphans": strangers + len(one.orphans()), "gaps": one.gaps()}
        return row("chaos_dispatcher_kill_faults", bad, "faults", 0, n, **facts)


def everything_at_once(n: int) -> dict[str, Any]:
    """Random kills of both, stops and double submits over n runs: all end, the database is sound."""
    with site() as one:
        ids, doubles = [], 0
        while len(ids) < n:
            if one.store.count(["queued"]) < 8:
                recipe, owner, key = RECIPE.replace(seed=random.randint(1, 30)), f"o{len(ids)}", f"k{len(ids)}"
                pair = [one.store.submit(recipe, owner=owner, key=key) for _ in range(2)]
                doubles += [run.is_new for run in pair] != [True, False] or pair[0].id != pair[1].id
                ids.append(pair[0].id)
            dice, active = random.random(), [run for run in one.store.active() if run.pid]
            if dice < 0.10 and active:
                os.kill(random.choice(active).pid, signal.SIGKILL)
            elif dice < 0.20:
                one.store.request_cancel(random.choice(ids))
            elif dice < 0.22:
                one.kill()
                one.start()
            time.sleep(0.02)
        stuck = 0 if one.all_ended(120) else sum(not r.is_terminal for r in one.store.list_runs(limit=None))
        states = [run.state.value for run in one.store.list_runs(limit=None)]
        until(lambda: not one.orphans(), 5, required=False)
        bad = stuck + doubles + (one.integrity() != "ok") + one.gaps() + len(one.orphans())
        facts = {
            "stuck": stuck,
            "integrity": one.integrity(),
            "ends": {s: states.count(s) for s in sorted(set(states))},
        }
        return row("chaos_mixed_faults", bad, "faults", 0, n, gaps=one.gaps(), doubles=doubles, **facts)


def _write_events(settings: Settings, run_id: str, seconds: float, times: list[float]) -> None:
    """One run's worker: fifty events a second in two writes, as its sink would batch them."""
    with Store(settings) as store:
        end, seq = time.monotonic() + seconds, 0
        time.sleep(random.uniform(0.0, 0.5))  # workers do not beat in step
        while time.monotonic() < end:
            began = time.perf_counter()
            events = [{"kind": "batch", "seq": seq + i, "t": time.time(), "step": seq + i} for i in range(1, 26)]
            store.append(run_id, 1, events, step=seq, total=9999)
            seq += 25
            times.append(time.perf_counter() - began)
            time.sleep(max(0.0, 0.5 - times[-1]))


def _poll(settings: Settings, ids: list[str], seconds: float) -> list[float]:
    """A hundred looks a second at runs, each after its cursor, as live panels do."""
    times, cursors = [], dict.fromkeys(ids, 0)
    with Store(settings) as store:
        end = time.monotonic() + seconds
        while time.monotonic() < end:
            run_id, began = random.choice(ids), time.perf_counter()
            cursors[run_id] = store.snapshot(run_id, cursors[run_id]).cursor
            times.append(time.perf_counter() - began)
            time.sleep(max(0.0, 0.01 - times[-1]))
    return times


def crowd(n: int) -> list[dict[str, Any]]:
    """Eight runs write 50 events a second each, in processes of their own, while pages look 100 times a second."""
    with site() as one:
        runs = [one.store.submit(RECIPE, owner=f"w{i}", state="starting") for i in range(8)]
        for run in runs:
            one.store.begin(run.id, 1, pid=os.getpid(), birth=run.birth, host=run.host or "")
        code = (
            "import json, sys; from sota_core.settings import load; from benchmarks.chaos import _write_events; "
            "times = []; _write_events(load(), sys.argv[1], float(sys.argv[2]), times); print(json.dumps(times))"
        )
        env = os.environ | {"SOTA_HOME": str(one.settings.home), "PYTHONPATH": str(Path(__file__).parents[1])}
        command = [sys.executable, "-c", code]
        writers = [subprocess.Popen([*command, run.id, str(n)], env=env, stdout=subprocess.PIPE) for run in runs]
        until(lambda: all(one.store.get(run.id).step is not None for run in runs))
        polls = _poll(one.settings, [run.id for run in runs], n - 1)
        outs = [writer.communicate()[0] for writer in writers]
        failed = sum(writer.returncode != 0 for writer in writers)
        writes = [seconds for out in outs if out for seconds in json.loads(out)]
        for run in runs:
            one.store.finish(run.id, 1, {})
        return [
            row("chaos_write_p95", p95(writes), "s", 0.010, len(writes), failed=failed, worst=round(max(writes), 3)),
            row("chaos_poll_p95", p95(polls), "s", 0.015, len(polls), worst=round(max(polls), 3)),
        ]


def class_starts(n: int) -> dict[str, Any]:
    """n owners submit within ten seconds, everything sent twice at the same moment: each accepted once, in turn."""
    with site(slots=8) as one:
        news: dict[str, list[bool]] = {}
        errors: list[Exception] = []

        def press(owner: str) -> None:
            try:
                run = one.store.submit(RECIPE.replace(seed=1), owner=owner, key="press")
                news.setdefault(owner, []).append(run.is_new)
            except Exception as bad:
                errors.append(bad)

        began = time.monotonic()
        for i in range(n):
            pair = [threading.Thread(target=press, args=(f"pupil-{i:03}",)) for _ in range(2)]
            for thread in pair:
                thread.start()
            for thread in pair:
                thread.join()
        took = time.monotonic() - began
        wrong = sum(sorted(pair) != [False, True] for pair in news.values()) + len(errors) + (len(news) != n)
        ended = one.all_ended(120)
        runs = sorted(one.store.list_runs(limit=None), key=lambda run: run.created_at)
        starts = [run.claimed_at for run in runs]
        unfair = sum(a > b for a, b in itertools.pairwise(starts))
        bad = wrong + unfair + (not ended) + (took > 10)
        return row("chaos_class_faults", bad, "faults", 0, n, wrong=wrong, unfair=unfair, seconds=round(took, 2))


def disk_full(n: int) -> dict[str, Any]:
    """Fill a small disk at random moments, make room again: no corrupt database, no run without an end."""
    mount = Path(tempfile.mkdtemp())
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount]).returncode:
        return row("chaos_disk_full_faults", 0, "faults", 0, 0, skipped="needs the right to mount a tmpfs")
    try:
        with site(home=mount / "home") as one:
            corrupt = refused = 0
            filler = mount / "filler"
            for _ in range(n):
                try:
                    one.submit(3, steps=random.randint(5, 30))
                except (QuotaError, OSError):
                    refused += 1
                time.sleep(random.uniform(0.2, 1.5))
                with filler.open("wb") as file:
                    try:
                        while True:
                            file.write(b"x" * 65536)
                    except OSError:
                        pass
                time.sleep(random.uniform(0.5, 2.5))
                corrupt += one.integrity() != "ok"
                filler.unlink()
            stuck = 0 if one.all_ended(90) else sum(not r.is_terminal for r in one.store.list_runs(limit=None))
            states = [f"{run.state}:{run.reason or ''}" for run in one.store.list_runs(limit=None)]
            bad = corrupt + stuck + (one.integrity() != "ok")
            ends = {state: states.count(state) for state in sorted(set(states))}
            return row("chaos_disk_full_faults", bad, "faults", 0, n, corrupt=corrupt, stuck=stuck, ends=ends)
    finally:
        subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(mount, ignore_errors=True)


# name → (scenario, size, size when quick)
SCENARIOS: dict[str, tuple[Callable[[int], Any], int, int]] = {
    "workers": (workers_killed, 100, 8),
    "dispatchers": (dispatchers_killed, 50, 4),
    "mixed": (everything_at_once, 250, 20),
    "crowd": (crowd, 20, 4),
    "class": (class_starts, 100, 20),
    "disk": (disk_full, 20, 3),
}


def measure(device: str = "cpu", quick: bool = False, only: tuple[str, ...] = ()) -> list[dict[str, Any]]:
    """A row per figure. `device` is for the sake of the other benchmarks: nothing here trains."""
    rows = []
    for name in only or SCENARIOS:
        scenario, full, short = SCENARIOS[name]
        found = scenario(short if quick else full)
        rows += found if isinstance(found, list) else [found]
    return rows


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.chaos")
    parser.add_argument("only", nargs="*", choices=[*SCENARIOS, []], help="default: all")
    parser.add_argument("--quick", action="store_true", help="a tenth of the size")
    args = parser.parse_args()
    rows = []
    for name in args.only or SCENARIOS:
        for one in measure(quick=args.quick, only=(name,)):
            rows.append(one)
            value = f"{one['value']:>10} {one['unit']:7} budget {one['budget']}"
            print(f"{one['name']:32} {value}  n={one['n']}  {one['note']}", flush=True)
    return int(any(one["value"] > one["budget"] for one in rows))


if __name__ == "__main__":
    sys.exit(main())
