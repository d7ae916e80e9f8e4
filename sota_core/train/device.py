"""Which device and which precision a run really gets. Brings torch."""

import platform

import torch

from sota_core import words
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

    `auto` is the fastest that loses nothing: bf16 where the chip multiplies in it, fp16 on an older GPU, else fp32.
    """
    if device.type == "cuda":
        return _on_cuda(wanted)
    if device.type == "cpu" and cpu_has_bf16():
        if wanted == "fp16":
            return "bf16", "fp16 needs a CUDA GPU; this CPU computes in bf16 instead."
        return ("bf16" if wanted == "auto" else wanted), None
    note = f"{wanted} has no units on this {device.type}; the run uses fp32." if wanted in ("fp16", "bf16") else None
    return "fp32", note


def _on_cuda(wanted: str) -> tuple[str, str | None]:
    bf16 = torch.cuda.is_bf16_supported()
    if wanted == "auto":
        return ("bf16" if bf16 else "fp16"), None
    if wanted == "bf16" and not bf16:
        return "fp16", "This GPU has no bf16; the run uses fp16."
    return wanted, None


def cpu_has_bf16() -> bool:
    """Whether this CPU has units for bf16 products; without them oneDNN emulates bf16, slower than fp32."""
    found = torch.cpu.get_capabilities()
    return any(found.get(unit, False) for unit in ("avx512_bf16", "amx_bf16"))


def device_in_words(device: torch.device) -> str:
    """For labels beside a number: the GPU's name, or the CPU's architecture and threads."""
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    if device.type == "mps":
        return f"Apple GPU ({platform.machine()})"
    return f"CPU, {words.plural(torch.get_num_threads(), 'thread')} ({platform.machine()})"
