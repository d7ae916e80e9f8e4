"""Which device and which precision a run really gets. Brings torch."""

import os
import platform

import torch

from sota_core.errors import DeviceError


def choose_device(wanted: str) -> torch.device:
    """`auto` takes CUDA, then Apple's MPS, then the CPU.

    Raises
        DeviceError  a GPU was asked for and is absent.
    """
    has = {"cuda": torch.cuda.is_available(), "mps": torch.backends.mps.is_available(), "cpu": True}
    if wanted == "auto":
        return torch.device(next(kind for kind in ("cuda", "mps", "cpu") if has[kind]))
    if not has[wanted]:
        there = ", ".join(kind for kind, present in has.items() if present)
        raise DeviceError(f"device: {wanted} was asked for, this machine has {there}; choose device=auto")
    return torch.device(wanted)


def choose_precision(wanted: str, device: torch.device) -> tuple[str, str | None]:
    """The precision in use, and a sentence where it is not the one asked for.

    fastai's mixed precision is CUDA's autocast; elsewhere it would do nothing but slow the run down.
    """
    if device.type != "cuda":
        note = (
            f"{wanted} needs a CUDA GPU; this run on {device.type} uses fp32." if wanted in ("fp16", "bf16") else None
        )
        return "fp32", note
    bf16 = torch.cuda.is_bf16_supported()
    if wanted == "auto":
        return ("bf16" if bf16 else "fp16"), None
    if wanted == "bf16" and not bf16:
        return "fp16", "This GPU has no bf16; the run uses fp16."
    return wanted, None


def device_in_words(device: torch.device) -> str:
    """For labels beside a number: the GPU's name, or the CPU's architecture and threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple GPU ({platform.machine()})"
    return f"CPU, {torch.get_num_threads()} threads ({platform.machine()})"


def usable_cores() -> int:
    """Cores this process may use: a container's limit, not the machine's count."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
