"""Measure how fast this machine trains: the small net on a CPU, the chapter's on a GPU. Imports torch."""

import statistics
import time
from collections.abc import Callable, Mapping

import torch
import torch.nn.functional as F

from sota_core.data.loading import augment
from sota_core.recipes import Phase, Recipe, Throughput, macs
from sota_core.recipes.scaling import SMALL_ARCH, SMALL_BS, SMALL_WIDTH, TRAIN_FACTOR
from sota_core.settings import Settings
from sota_core.system.gpu_memory import is_out_of_memory
from sota_core.system.processes import usable_cores
from sota_core.train.device import choose_device, choose_precision, device_in_words
from sota_core.train.learner import build_model
from sota_core.train.throughput import save_throughput

_SIZE = 64  # smaller sizes take a little less time per multiply-add, so they keep within an estimate from this one
_ROUNDS, _STEPS = 3, 6
_BS = SMALL_BS

# Seconds per picture on this kind of device for what is not the net: gathering, augmenting, normalizing one picture
# of the cache. Measured once (benchmarks/training/data_cost.py): small beside the net's time, so it is not worth
# building a cache to measure it anew.
_DATA_S = {"cpu": 0.25e-3, "mps": 0.3e-3}

# A small net keeps a GPU waiting for kernel launches, so it says nothing of a large one's speed: a GPU is measured with
# the chapter's net, batch and sizes. Two sizes, to separate what a picture costs whatever its size.
_LARGE_ARCH, _LARGE_SIZES, _LARGE_BS = "xresnet50", (128, 224), 64

_MIXED = {"bf16": torch.bfloat16, "fp16": torch.float16}


def measure_throughput(settings: Settings, device: str = "auto") -> Throughput:
    """Train a few batches of noise, keep the result under SOTA_HOME and return it. Blocking, some 10 s."""
    where = choose_device(device)
    mixed = _MIXED.get(choose_precision("auto", where)[0])
    found = _of_small_net(where, mixed)
    if where.type == "cuda":
        try:
            found = _of_large_net(where, mixed)
        except RuntimeError as bad:  # a card on which the chapter's net does not fit keeps the small one's figures
            if not is_out_of_memory(bad):
                raise
        torch.cuda.empty_cache()  # only here is the net let go of, which the error's traceback held
    save_throughput(found, settings)
    return found


def _of_small_net(where: torch.device, mixed: torch.dtype | None) -> Throughput:
    seconds = _seconds_per_image(where, [None, mixed] if mixed else [None])
    return Throughput(
        macs_per_s=TRAIN_FACTOR * macs(SMALL_ARCH, SMALL_WIDTH, _SIZE) / seconds[None],
        image_s=_DATA_S[where.type] if where.type in _DATA_S else _data_s(where, _SIZE),
        device=device_in_words(where),
        mixed_speedup=seconds[None] / seconds[mixed] if mixed else 1.0,
        cores=usable_cores(),
    )


def _of_large_net(
    where: torch.device,
    mixed: torch.dtype | None,
    arch: str = _LARGE_ARCH,
    sizes: tuple[int, int] = _LARGE_SIZES,
    bs: int = _LARGE_BS,
) -> Throughput:
    """Measured as the chapter trains: its net, batch and two sizes, in fp32 and the device's mixed precision."""
    model = build_model(Recipe(phases=(Phase(),), arch=arch), 10).to(where).train()
    opt = torch.optim.AdamW(model.parameters(), lr=1e-4, fused=True)
    work = {size: TRAIN_FACTOR * macs(arch, 1.0, size) for size in sizes}
    lines = []
    for precision in [None, mixed] if mixed else [None]:
        lines.append(_line({work[s]: _batch_s(model, opt, where, precision, s, bs) / bs for s in sizes}))
    (fp32, _), (fastest, fixed) = lines[0], lines[-1]
    return Throughput(
        macs_per_s=1 / fp32,
        image_s=fixed + _data_s(where, sizes[-1], bs),
        device=device_in_words(where),
        mixed_speedup=fp32 / fastest,
        cores=usable_cores(),
    )


def _line(seconds: Mapping[float, float]) -> tuple[float, float]:
    """Seconds per multiply-add, and seconds per picture besides, from two measurements {multiply-adds: seconds}.

    The second is 0 if the smaller work took no more than its share of the larger one's time, or as long as the larger.

    >>> _line({1e9: 3.0, 3e9: 7.0})
    (2e-09, 1.0)
    >>> _line({1e9: 2.0, 4e9: 10.0})
    (2.5e-09, 0.0)
    """
    (less, short), (more, long) = sorted(seconds.items())
    each = (long - short) / (more - less)
    besides = short - each * less
    if each <= 0:  # the launches took all the time: no size costs more than another
        return long / more, 0.0
    return (each, besides) if besides > 0 else (long / more, 0.0)


def _batch_s(
    model: torch.nn.Module,
    opt: torch.optim.Optimizer,
    device: torch.device,
    mixed: torch.dtype | None,
    size: int,
    bs: int,
) -> float:
    """Seconds of one step: the median over rounds of several steps, launched without waiting in between."""
    times = []
    for _ in range(_ROUNDS + 1):
        x = torch.randn(bs, 3, size, size, device=device).to(memory_format=torch.channels_last)
        y = torch.randint(0, 10, (bs,), device=device)
        times.append(_timed(device, _STEPS, lambda x=x, y=y: _step(model, opt, x, y, mixed)))
    return statistics.median(times[1:])  # the first round also chooses kernels and allocates memory


def _data_s(device: torch.device, size: int, bs: int = _LARGE_BS) -> float:
    """Seconds per picture for augmenting a batch that lies on the device."""
    side = augment.working_side(size, 2 * size)
    squares = torch.randint(0, 256, (bs, 3, side, side), dtype=torch.uint8, device=device)
    u = augment.draw(bs)
    matrices, (factor, shift) = augment.homographies(u).to(device), (t.to(device) for t in augment.lighting(u))

    def augmented() -> None:
        augment.lit(augment.sampled(squares.float(), matrices, size).div_(255), factor, shift)

    return min(_timed(device, _STEPS, augmented) for _ in range(_ROUNDS)) / bs


def _timed(device: torch.device, n: int, work: Callable[[], None]) -> float:
    """Seconds of one call, the mean of n in a row."""
    _finish(device)
    start = time.perf_counter()
    for _ in range(n):
        work()
    _finish(device)
    return (time.perf_counter() - start) / n


def _finish(device: torch.device) -> None:
    if device.type == "cuda":
        torch.cuda.synchronize()


def _seconds_per_image(device: torch.device, precisions: list[torch.dtype | None]) -> dict[torch.dtype | None, float]:
    """Seconds per picture in each precision (None: fp32), the mean over a few steps; on a CPU with all threads or with
    one less, whichever is faster now, as a run picks its threads.

    The mean, not the best: a run lasts as long as all its steps together, slow ones too. Precisions and thread counts
    take turns, so that a machine which is busy for a second slows all of them.
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
    """Seconds of each of n steps, after one that is not counted: it also chooses kernels and allocates memory."""
    x = torch.randn(_BS, 3, _SIZE, _SIZE, device=device).to(memory_format=torch.channels_last)
    y = torch.randint(0, 10, (_BS,), device=device)
    times = []
    for _ in range(n + 1):
        times.append(_timed(device, 1, lambda: _step(model, opt, x, y, mixed)))
    return times[1:]


def _step(
    model: torch.nn.Module, opt: torch.optim.Optimizer, x: torch.Tensor, y: torch.Tensor, mixed: torch.dtype | None
) -> None:
    with torch.autocast(x.device.type, dtype=mixed, enabled=mixed is not None):
        loss = F.cross_entropy(model(x).float(), y)
    loss.backward()
    opt.step()
    opt.zero_grad()
