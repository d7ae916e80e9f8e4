"""How fast this machine trains, as last measured: a small JSON file under SOTA_HOME. No torch here.

`calibrate` measures and writes it; pages and the command line read it to estimate and to scale. Before that there is an
assumption, made once: a first run would else take as many times longer than it says as the machine is slower than ours.
"""

import dataclasses
import time
from contextlib import suppress
from pathlib import Path

import numpy as np

from sota_core.recipes import DEFAULT_THROUGHPUT, Throughput
from sota_core.settings import Settings
from sota_core.system.files import read_json, write_json

# Of the multiply-adds a second that a product of two matrices reaches, the share that training a small xresnet does:
# 29.5 of 58 billion, medians of three, on two cores without bf16 units. A laptop's ratio is within a factor, not more.
_TRAINS_AT = 0.5
_SIDE, _PRODUCTS = 512, 8  # some 20 ms in all


def throughput_file(settings: Settings) -> Path:
    return settings.home / "throughput.json"


def load_throughput(settings: Settings) -> Throughput:
    """The measured throughput; where nothing was measured, or the file is not readable, the assumed one.

    What is assumed is kept like what is measured: a recipe that fits a minute is the same one tomorrow, and for all
    processes of a home.
    """
    try:
        return Throughput(**read_json(throughput_file(settings)))
    except TypeError:  # none there, or other fields
        pass
    if settings.assumed_speed is not None:
        return dataclasses.replace(DEFAULT_THROUGHPUT, macs_per_s=settings.assumed_speed)
    assumed = assume(_macs_per_s_of_a_product())
    with suppress(OSError):  # a home that cannot be written to says so where something must be
        save_throughput(assumed, settings)
    return assumed


def save_throughput(throughput: Throughput, settings: Settings) -> None:
    """Atomic: a reader sees the old file or the new one."""
    write_json(throughput_file(settings), dataclasses.asdict(throughput))


def assume(of_a_product: float) -> Throughput:
    """What a machine trains at, to go by the multiply-adds a second of a product of two matrices in fp32.

    Never more than the default: that more cores or wider units train a net as much faster was not seen, and a first run
    that ends early disappoints nobody.

    >>> round(assume(40e9).macs_per_s / 1e9), round(assume(900e9).macs_per_s / 1e9)
    (20, 55)
    """
    macs_per_s = min(DEFAULT_THROUGHPUT.macs_per_s, _TRAINS_AT * of_a_product)
    return dataclasses.replace(DEFAULT_THROUGHPUT, macs_per_s=macs_per_s)


def _macs_per_s_of_a_product() -> float:
    """The fastest of several: what runs beside it, as a browser that draws a first page, slows most of them."""
    matrix = np.random.default_rng(0).random((_SIDE, _SIDE), dtype=np.float32)
    seconds = []
    for _ in range(_PRODUCTS):
        began = time.perf_counter()
        matrix @ matrix
        seconds.append(time.perf_counter() - began)
    return _SIDE**3 / min(seconds)
