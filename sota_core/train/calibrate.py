"""Measure how fast this machine trains the small net, in a few seconds. Brings torch."""

import statistics
import time

import torch
import torch.nn.functional as F

from sota_core.recipes import Phase, Recipe, Throughput, macs
from sota_core.recipes.scaling import SMALL_ARCH, SMALL_BS, SMALL_WIDTH, TRAIN_FACTOR
from sota_core.settings import Settings
from sota_core.train.device import choose_device, choose_precision, device_in_words
from sota_core.train.learner import build_model
from sota_core.train.throughput import save_throughput

_SIZE = 64  # smaller sizes do a little better per multiply-add, so an estimate from here keeps its promise
_ROUNDS, _STEPS = 3, 6
_BS = SMALL_BS

# Seconds per picture on this kind of device for what is not the net: gathering, augmenting, normalizing one picture
# of the cache. Measured once (benchmarks/training/data_cost.py), small beside the
# net, so not worth a cache at every start.
_DATA_S = {"cpu": 0.25e-3, "mps": 0.3e-3, "cuda": 2e-5}

_MIXED = {"bf16": torch.bfloat16, "fp16": torch.float16}


def measure_throughput(settings: Settings, device: str = "auto") -> Throughput:
    """Train a few batches of noise, keep the result under SOTA_HOME and return it. Blocking, some 10 s on a CPU."""
    where = choose_device(device)
    mixed = _MIXED.get(choose_precision("auto", where)[0])
    seconds = _seconds_per_image(where, [None, mixed] if mixed else [None])
    found = Throughput(
        macs_per_s=TRAIN_FACTOR * macs(SMALL_ARCH, SMALL_WIDTH, _SIZE) / seconds[None],
        image_s=_DATA_S[where.type],
        device=device_in_words(where),
        mixed_speedup=seconds[None] / seconds[mixed] if mixed else 1.0,
    )
    save_throughput(found, settings)
    return found


def _seconds_per_image(device: torch.device, precisions: list[torch.dtype | None]) -> dict[torch.dtype | None, float]:
    """Of each precision (None: fp32), the mean over a few steps; on a CPU with all cores or with one less, whichever
    is faster now, as a run picks its threads.

    The mean, not the best: a run lasts as long as all its steps together, slow ones too. They take turns, so that a
    machine which is busy for a second is busy for all of them.
    """
    model = build_model(Recipe(phases=(Phase(),), arch=SMALL_ARCH, width=SMALL_WIDTH), 10).to(device).train()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-4)
    everything = torch.get_num_threads()
    counts = [everything, everything - 1] if device.type == "cpu" and everything > 1 else [everything]
    taken: dict[tuple[torch.dtype | None, int], list[float]] = {(p, n): [] for p in precisions for n in counts}
    try:
        for _ in range(_ROUNDS):
            for (precision, threads), times in taken.items():
                torch.set_num_threads(threads)
                times += _steps(model, opt, device, precision, _STEPS if precision is None else 2 * _STEPS)
    finally:
        torch.set_num_threads(everything)
    return {p: min(statistics.mean(taken[p, n]) for n in counts) / _BS for p in precisions}


def _steps(
    model: torch.nn.Module, opt: torch.optim.Optimizer, device: torch.device, mixed: torch.dtype | None, n: int
) -> list[float]:
    """Seconds of each of n steps; the one before them (kernels chosen, memory taken) is left out."""
    x = torch.randn(_BS, 3, _SIZE, _SIZE, device=device).to(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (_BS,), device=device)
    times = []
    for _ in range(n + 1):
        start = time.perf_counter()
        with torch.autocast(device.type, dtype=mixed, enabled=mixed is not None):
            loss = F.cross_entropy(model(x).float(), y)
        loss.backward()
        opt.step()
        opt.zero_grad()
        if device.type == "cuda":
            torch.cuda.synchronize()
        times.append(time.perf_counter() - start)
    return times[1:]
