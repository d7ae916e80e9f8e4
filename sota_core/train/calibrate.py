"""Measure how fast this machine trains the small net, in a few seconds. Brings torch."""

import statistics
import time

import torch
import torch.nn.functional as F

from sota_core.recipes import Phase, Recipe, Throughput, macs
from sota_core.recipes.scaling import SMALL_ARCH, SMALL_WIDTH, TRAIN_FACTOR
from sota_core.settings import Settings
from sota_core.train.device import choose_device, choose_precision, device_in_words
from sota_core.train.learner import build_model
from sota_core.train.throughput import save_throughput

_SIZE = 64  # smaller sizes do a little better per multiply-add, so an estimate from here keeps its promise
_STEPS = 7
_BS = 64

# Seconds per picture on this kind of device for what is not the net: gathering, augmenting, normalizing one picture
# of the cache. Measured once (benchmarks/data_cost.py), small beside the net, so not worth a cache at every start.
_DATA_S = {"cpu": 0.25e-3, "mps": 0.3e-3, "cuda": 2e-5}

_MIXED = {"bf16": torch.bfloat16, "fp16": torch.float16}


def measure_throughput(settings: Settings, device: str = "auto") -> Throughput:
    """Train a few batches of noise, keep the result under SOTA_HOME and return it. Blocking, some 5 s on a CPU."""
    where = choose_device(device)
    model = build_model(Recipe(phases=(Phase(),), arch=SMALL_ARCH, width=SMALL_WIDTH), 10).to(where).train()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-4)
    fp32_s = _seconds_per_image(model, opt, where, None)
    mixed = _MIXED.get(choose_precision("auto", where)[0])
    found = Throughput(
        macs_per_s=TRAIN_FACTOR * macs(SMALL_ARCH, SMALL_WIDTH, _SIZE) / fp32_s,
        image_s=_DATA_S[where.type],
        device=device_in_words(where),
        mixed_speedup=fp32_s / _seconds_per_image(model, opt, where, mixed) if mixed else 1.0,
    )
    save_throughput(found, settings)
    return found


def _seconds_per_image(
    model: torch.nn.Module, opt: torch.optim.Optimizer, device: torch.device, mixed: torch.dtype | None
) -> float:
    """On a CPU with all cores or with one less, whichever is faster now: as a run picks its threads."""
    everything = torch.get_num_threads()
    if device.type != "cpu" or everything < 2:
        return _median_step(model, opt, device, mixed)
    try:
        found = []
        for threads in (everything, everything - 1):
            torch.set_num_threads(threads)
            found.append(_median_step(model, opt, device, mixed))
        return min(found)
    finally:
        torch.set_num_threads(everything)


def _median_step(
    model: torch.nn.Module, opt: torch.optim.Optimizer, device: torch.device, mixed: torch.dtype | None
) -> float:
    """Seconds per picture, the median of a few steps; the first (kernels chosen, memory taken) is left out.

    The median, not the best: a machine that is a little busy now will be a little busy during the run.
    """
    x = torch.randn(_BS, 3, _SIZE, _SIZE, device=device).to(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (_BS,), device=device)
    times = []
    for _ in range(_STEPS + 1):
        start = time.perf_counter()
        with torch.autocast(device.type, dtype=mixed, enabled=mixed is not None):
            loss = F.cross_entropy(model(x).float(), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return statistics.median(times[1:]) / _BS
