"""Many at once and no room left: what the chaos measures besides kills. Not a benchmark by itself."""

import itertools
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from typing import Any

from benchmarks.chaos.place import RECIPE, site, until
from benchmarks.rows import p95, tally
from sota_core import paths
from sota_core.errors import QuotaError
from sota_core.runs.store.store import Store
from sota_core.settings import Settings


def _write_events(settings: Settings, run_id: str, seconds: float, times: list[float]) -> None:
    """One run's worker: fifty events a second in two writes, as its sink would batch them."""
    with Store(settings) as store:
        end, seq = time.monotonic() + seconds, 0
        time.sleep(random.uniform(0.0, 0.5))  # workers do not beat in step
        while time.monotonic() < end:
            began = time.perf_counter()
            events = [{"kind": "batch", "seq": seq + i, "t": time.time(), "step": seq + i} for i in range(1, 26)]
            store.log.append(run_id, 1, events, step=seq, total=9999)
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
            cursors[run_id] = store.log.snapshot(run_id, cursors[run_id]).cursor
            times.append(time.perf_counter() - began)
            time.sleep(max(0.0, 0.01 - times[-1]))
    return times


def crowd(n: int) -> list[dict[str, Any]]:
    """Eight runs write 50 events a second each, in processes of their own, while pages look 100 times a second."""
    with site() as one:
        runs = [one.store.queue.submit(RECIPE, owner=f"w{i}", state="starting") for i in range(8)]
        for run in runs:
            one.store.transitions.begin(run.id, 1, pid=os.getpid(), birth=run.birth, host=run.host or "")
        code = (
            "import json, sys; from sota_core.settings import load; from benchmarks.chaos.crowds import _write_events; "
            "times = []; _write_events(load(), sys.argv[1], float(sys.argv[2]), times); print(json.dumps(times))"
        )
        env = os.environ | {"SOTA_HOME": str(one.settings.home), "PYTHONPATH": str(paths.ROOT)}
        command = [sys.executable, "-c", code]
        writers = [subprocess.Popen([*command, run.id, str(n)], env=env, stdout=subprocess.PIPE) for run in runs]
        until(lambda: all(one.store.history.get(run.id).step is not None for run in runs))
        polls = _poll(one.settings, [run.id for run in runs], n - 1)
        outs = [writer.communicate()[0] for writer in writers]
        failed = sum(writer.returncode != 0 for writer in writers)
        writes = [seconds for out in outs if out for seconds in json.loads(out)]
        for run in runs:
            one.store.transitions.finish(run.id, 1, {})
        return [
            tally("chaos_write_p95", p95(writes), "s", 0.010, len(writes), failed=failed, worst=round(max(writes), 3)),
            tally("chaos_poll_p95", p95(polls), "s", 0.015, len(polls), worst=round(max(polls), 3)),
        ]


def class_starts(n: int) -> dict[str, Any]:
    """n owners submit within ten seconds, everything sent twice at the same moment: each accepted once, in turn."""
    with site(slots=8) as one:
        news: dict[str, list[bool]] = {}
        errors: list[Exception] = []

        def press(owner: str) -> None:
            try:
                run = one.store.queue.submit(RECIPE.replace(seed=1), owner=owner, key="press")
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
        runs = sorted(one.store.history.list_runs(limit=None), key=lambda run: run.created_at)
        starts = [run.claimed_at for run in runs]
        unfair = sum(a > b for a, b in itertools.pairwise(starts))
        bad = wrong + unfair + (not ended) + (took > 10)
        return tally("chaos_class_faults", bad, "faults", 0, n, wrong=wrong, unfair=unfair, seconds=round(took, 2))


def disk_full(n: int) -> dict[str, Any]:
    """Fill a small disk at random moments, make room again: no corrupt database, no run without an end."""
    mount = Path(tempfile.mkdtemp())
    if os.geteuid() != 0 or subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64m", "tmpfs", mount]).returncode:
        return tally("chaos_disk_full_faults", 0, "faults", 0, 0, skipped="needs the right to mount a tmpfs")
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
                with filler.open("wb", buffering=0) as file:
                    try:
                        while True:
                            file.write(b"x" * 65536)
                    except OSError:
                        pass
                time.sleep(random.uniform(0.5, 2.5))
                corrupt += one.integrity() != "ok"
                filler.unlink()
            stuck = 0 if one.all_ended(90) else sum(not r.is_terminal for r in one.store.history.list_runs(limit=None))
            states = [f"{run.state}:{run.reason or ''}" for run in one.store.history.list_runs(limit=None)]
            bad = corrupt + stuck + (one.integrity() != "ok")
            ends = {state: states.count(state) for state in sorted(set(states))}
            return tally("chaos_disk_full_faults", bad, "faults", 0, n, corrupt=corrupt, stuck=stuck, ends=ends)
    finally:
        subprocess.run(["umount", "-l", mount], check=False)
        shutil.rmtree(mount, ignore_errors=True)
