"""Which device and which precision a run really gets. Imports torch."""

import os
import platform
import re
from collections.abc import Iterator
from contextlib import contextmanager

import torch

from sota_core import words
from sota_core.errors import DeviceError, GpuMemoryError
from sota_core.later import first_line, later
from sota_core.recipes import Phase, Recipe
from sota_core.system import nvidia_smi
from sota_core.system.gpu_memory import is_out_of_memory

# The oldest Linux driver for each major version of CUDA: https://docs.nvidia.com/deploy/cuda-compatibility/
OLDEST_DRIVERS = {"12": 525, "13": 580}
# Its builds also have kernels for Maxwell, Pascal and Volta: pytorch's RELEASE.md, "PyTorch CUDA Support Matrix".
OLDER_CUDA = "https://download.pytorch.org/whl/cu126"


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA, then Apple's MPS, then the CPU.

    Raises
        DeviceError  a GPU was asked for and is absent.
    """
    trouble = _cuda_trouble() if wanted in ("auto", "cuda") else ""
    is_cuda = torch.cuda.is_available() and not trouble
    has = {"cuda": is_cuda, "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if has[kind]))
    if not has[wanted]:
        there = ", ".join(kind for kind, present in has.items() if present)
        said = f" ({trouble})" if trouble else ""
        raise DeviceError(f"device: {wanted} was asked for, this machine has {there}{said}; choose device=auto")
    return torch.device(wanted)


def _cuda_trouble() -> str:
    """The error CUDA gives when it is really asked to compute; "" if it computes, lacks memory, or torch has no card.

    `is_available` is not enough. In a forked worker it asks only the driver's library (process.py sets it so), which
    does not say whether the driver is new enough for torch; and it is true for a card too old for torch's kernels.
    """
    if not torch.cuda.is_available():
        return ""
    try:
        torch.cuda.init()
        torch.zeros(1, device="cuda").add_(1)
    except RuntimeError as bad:
        return "" if is_out_of_memory(bad) else first_line(bad)
    return ""


def unused_card(device: torch.device) -> str | None:
    """A sentence where a run may use a card and is on the CPU all the same: which, and what to do."""
    if device.type != "cpu" or (card := _card_and_driver(os.environ.get("CUDA_VISIBLE_DEVICES"))) is None:
        return None
    version, cuda = torch.__version__, torch.version.cuda
    if cuda is None:
        return f"{card} is not used: torch {version} is built without CUDA. Install torch's CUDA build to train on it."
    return f"{card} is not used: torch {version} is built for CUDA {cuda} and could not compute on it. " + (
        _old_driver(card, cuda)
        or f"If the card is older than those this torch has kernels for, install torch from {OLDER_CUDA}."
    )


def _old_driver(card: str, cuda: str) -> str | None:
    """What to do where the driver is older than this CUDA needs; None where it is not, or where that is not known."""
    needed = OLDEST_DRIVERS.get(cuda.partition(".")[0])
    found = re.search(r"\(driver (\d+)", card)
    if needed is None or found is None or int(found[1]) >= needed:
        return None
    older = OLDEST_DRIVERS["12"]
    other = f", or install torch from {OLDER_CUDA}, for which driver {older} is enough" if needed > older else ""
    return f"That CUDA needs driver {needed} or newer: update the driver{other}."


def _card_and_driver(choice: str | None) -> str | None:
    """The first card that CUDA_VISIBLE_DEVICES shows, with its driver; None if it shows none.

    Of a part of a card (MIG) nvidia-smi's list does not say whose it is: then the first card is named.
    """
    cards = _cards()
    shown = nvidia_smi.visible(cards, None if nvidia_smi.names_a_part(choice) else choice)
    return f"{shown[0][1]} (driver {shown[0][2]})" if shown else None


def driver() -> str | None:
    """The version of NVIDIA's driver, which is one for all cards; None without nvidia-smi or a card."""
    return next((version for *_, version in _cards()), None)


def _cards() -> list[list[str]]:
    """Uuid, name and driver of all cards; [] without nvidia-smi, a card or an answer. Blocking, 20 s at most."""
    return nvidia_smi.query(("uuid", "name", "driver_version"), patience_s=20)


def choose_precision(wanted: str, device: torch.device) -> tuple[str, str | None]:
    """The precision in use, and a sentence where it is not the one asked for.

    `auto` is the fastest that loses nothing: bf16 where the chip multiplies in it, fp16 on an older GPU, else fp32.
    """
    if device.type == "cuda":
        return _on_cuda(wanted)
    if device.type == "cpu" and cpu_has_bf16():
        if wanted == "fp16":
            return "bf16", later("fp16 needs a CUDA GPU; this CPU computes in bf16 instead.")
        return ("bf16" if wanted == "auto" else wanted), None
    if wanted not in ("fp16", "bf16"):
        return "fp32", None
    note = later("This {device} has no units for {wanted}; the run uses fp32.", wanted=wanted, device=device.type)
    return "fp32", note


def _on_cuda(wanted: str) -> tuple[str, str | None]:
    bf16 = torch.cuda.is_bf16_supported(including_emulation=False)  # Turing only emulates it, slower than fp16
    if wanted == "auto":
        return ("bf16" if bf16 else "fp16"), None
    if wanted == "bf16" and not bf16:
        return "fp16", later("This GPU has no bf16; the run uses fp16.")
    return wanted, None


def cpu_has_bf16() -> bool:
    """Whether this CPU has units for bf16 products; without them oneDNN emulates bf16, slower than fp32."""
    found = torch.cpu.get_capabilities()
    return any(found.get(unit, False) for unit in ("avx512_bf16", "amx_bf16"))


@contextmanager
def memory_in_words(recipe: Recipe, phase: Phase, precision: str, device: torch.device) -> Iterator[None]:
    """Turn an out-of-memory error into one that says what was asked of the card, and how much memory was in use.

    Raises
        GpuMemoryError  instead of it.
    """
    try:
        yield
    except RuntimeError as bad:
        if not is_out_of_memory(bad):
            raise
        asked = later(
            "{arch}, batches of {bs} at {size} px in {precision}",
            arch=recipe.arch,
            bs=str(phase.bs),
            size=str(phase.size),
            precision=precision,
        )
        narrower = "precision=auto" if precision == "fp32" else later("a narrower net")
        raise GpuMemoryError(
            later(
                "{asked}: {device} does not have enough memory{peak}; choose a smaller batch, smaller pictures "
                "or {narrower}. The error: {said}",
                asked=asked,
                device=device_in_words(device),
                peak=_peak(device),
                narrower=narrower,
                said=first_line(bad)[:300],
            )
        ) from bad


def _peak(device: torch.device) -> str:
    """In words, the most memory held since `count_memory_anew`, and the card's total; "" where that is not counted."""
    if device.type != "cuda":
        return ""
    peak, total = torch.cuda.max_memory_allocated(device), torch.cuda.get_device_properties(device).total_memory
    return later(" (this run held {peak} of {total} GiB at most)", peak=peak / 2**30, total=total / 2**30)


def count_memory_anew(device: torch.device) -> None:
    """Give back what torch keeps of a card for later, and count the peaks of its memory from here on.

    torch counts them from the process's start, and a process may have calibrated, or trained another recipe, before.
    """
    if device.type == "cuda" and torch.cuda.is_initialized():
        torch.cuda.empty_cache()
        torch.cuda.reset_peak_memory_stats(device)


def device_in_words(device: torch.device) -> str:
    """For labels beside a number: the GPU's name, or the CPU's architecture and threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple GPU ({platform.machine()})"
    return f"CPU, {words.plural(torch.get_num_threads(), 'thread')} ({platform.machine()})"
