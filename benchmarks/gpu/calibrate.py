"""calibrate: what measuring the card costs, and how near its forecast of a printed run comes to the run itself."""

import time
from collections.abc import Iterator
from typing import Any

from benchmarks.gpu.lab import Lab
from benchmarks.rows import row
from sota_core.recipes import estimate_s, preset
from sota_core.train.calibrate import measure_throughput

FORECAST = "baseline_fp16"


def measure(lab: Lab) -> Iterator[dict[str, Any]]:
    """`gpu_calibrate` seconds; `gpu_forecast`, forecast over seconds taken, if `seven` trained that experiment."""
    if not lab.has_time("gpu_calibrate", 30):
        return
    start = time.perf_counter()
    throughput = measure_throughput(lab.settings, lab.device.type)
    took = time.perf_counter() - start
    yield row("gpu_calibrate", [took], unit="s", budget=None, device=lab.words)
    if FORECAST not in lab.fits:
        return
    seconds, n_train, n_valid = lab.fits[FORECAST]
    forecast = estimate_s(preset(FORECAST), throughput, n_train=n_train, n_valid=n_valid)
    note = f"{FORECAST}: {forecast:.1f} s forecast, {seconds:.1f} s taken"
    yield row("gpu_forecast", [forecast / seconds], unit="ratio", budget=None, device=lab.words, note=note)
