"""How fast this machine trains, as last measured: a small JSON file under SOTA_HOME. No torch here.

`calibrate` measures and writes it; pages and the command line read it to estimate and to scale. Until it is measured,
the speed is assumed, once, from that of a core: otherwise a first run on a machine slower than ours would take longer
than announced.
"""

import dataclasses
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings
from sota_core.system.files import read_json, write_json
from sota_core.system.processes import usable_cores

# While a small xresnet is trained, each of two cores does this share of the multiply-adds a second that it does in
# products of small matrices: 27.6 of 2 × 24.8 billion, medians of five, on cores without bf16 units.
_TRAINS_AT = 0.56
_MATRICES, _SIDE, _PRODUCTS = 40, 64, 20  # 10 ms in all; so small that one thread computes them
_CORES = min(2, usable_cores())


def throughput_file(settings: Settings) -> Path:
    return settings.home / "throughput.json"


def load_throughput(settings: Settings) -> Throughput:
    """The measured throughput; where nothing was measured, or the file is not readable, the assumed one.

    An assumption is stored like a measurement, so that a recipe that fits a minute is the same one tomorrow, and for
    all processes of a SOTA_HOME.
    """
    try:
        kept = Throughput(**read_json(throughput_file(settings)))
    except TypeError:  # none there, or other fields
        kept = None
    if settings.assumed_speed is not None and (kept is None or kept.is_assumed):
        return dataclasses.replace(DEFAULT_THROUGHPUT, macs_per_s=settings.assumed_speed)
    if kept is not None:
        return kept
    assumed = assume(_macs_per_s_of_a_core())
    with suppress(OSError):  # the error is raised later, where something must be written
        save_throughput(assumed, settings)
    return assumed


def save_throughput(throughput: Throughput, settings: Settings) -> None:
    """Write the throughput's file. Atomic: a reader sees the old file or the new one."""
    write_json(throughput_file(settings), dataclasses.asdict(throughput))


def assume(of_a_core: float) -> Throughput:
    """The throughput of two cores at most, estimated from one core's multiply-adds a second in small fp32 products.

    Never more than the default: more cores or wider units were not seen to train a net faster in proportion, and a
    first run that ends early disappoints nobody.

    >>> round(assume(20e9).macs_per_s / 1e9, 1), round(assume(900e9).macs_per_s / 1e9)
    (22.4, 55)
    """
    macs_per_s = min(DEFAULT_THROUGHPUT.macs_per_s, _TRAINS_AT * _CORES * of_a_core)
    return dataclasses.replace(DEFAULT_THROUGHPUT, macs_per_s=macs_per_s, cores=usable_cores())


def _macs_per_s_of_a_core() -> float:
    """Counted in this thread's own processor time, in calls that release Python's lock: otherwise a server that draws
    its first page, and the browser beside it, would make the machine look ten times slower than it is."""
    matrices = np.random.default_rng(0).random((_MATRICES, _SIDE, _SIDE), dtype=np.float32)
    product = np.empty_like(matrices)
    seconds = []
    for _ in range(_PRODUCTS):
        began = time.thread_time()
        np.matmul(matrices, matrices, out=product)
        seconds.append(time.thread_time() - began)
    return _MATRICES * _SIDE**3 / max(float(np.median(seconds)), 1e-6)  # a coarse clock may have stood still
