"""Counts what is asked of torch's meta device, as if it were a GPU: kernels, waits of the host, copies to it."""

import traceback
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch.overrides import TorchFunctionMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from sota_core import paths

META = torch.device("meta")

_WAIT, _COPY = "wait", "copy"
# Operations that launch no kernel, although they are no views.
_FREE = frozenset(
    "aten." + name
    for name in (
        *("empty", "empty_like", "empty_strided", "new_empty", "new_empty_strided"),
        *("_unsafe_view", "_reshape_alias", "lift_fresh", "detach_", "resize_", "set_"),
    )
)


@dataclass(slots=True)
class Counts:
    """What `n_batches` batches in the middle of an epoch did, by the part of the step (`PARTS`) and by line of source.

    kernels   launches: each operation on the device that is no view
    waits     how often the host stands still until the device has answered, or has taken what was not pinned; a batch
    copies    from host to device; a batch
    at_edges  waits and copies of the epoch's first and last batch: its plan, and the events told there
    """

    n_batches: int
    kernels: Counter[str] = field(default_factory=Counter)
    operations: Counter[tuple[str, str]] = field(default_factory=Counter)
    lines: Counter[tuple[str, str]] = field(default_factory=Counter)
    at_edges: Counter[tuple[str, str]] = field(default_factory=Counter)

    @property
    def kernels_a_batch(self) -> float:
        return self.kernels.total() / self.n_batches

    @property
    def waits(self) -> float:
        return sum(n for (kind, _), n in self.lines.items() if kind == _WAIT) / self.n_batches

    @property
    def copies(self) -> float:
        return sum(n for (kind, _), n in self.lines.items() if kind == _COPY) / self.n_batches


class DeviceCounter(TorchDispatchMode):
    """Counts operations that touch the device; answers what a meta tensor cannot: values asked of it."""

    def __init__(self, counts: Counts) -> None:
        super().__init__()
        self.counts, self.part = counts, "data"
        self.is_on = self.is_between = False

    def note(self, kind: str) -> None:
        if self.is_on:
            (self.counts.lines if self.is_between else self.counts.at_edges)[(kind, _line())] += 1

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        given = [a for a in tree_leaves((args, kwargs)) if isinstance(a, torch.Tensor)]
        name = str(func).rsplit(".", 1)[0]
        if name == "aten._local_scalar_dense" and given[0].is_meta:
            self.note(_WAIT)
            return torch.zeros((), dtype=given[0].dtype).item()
        if name == "aten._to_copy" and given[0].is_meta and torch.device(kwargs.get("device", META)).type == "cpu":
            self.note(_WAIT)
            return torch.zeros(given[0].shape, dtype=kwargs.get("dtype", given[0].dtype))
        # A scalar of the host travels with the launch; a vector is copied, and waited for unless it is pinned.
        comes_from_host = any(not t.is_meta and t.dim() > 0 for t in given)
        result = func(*args, **kwargs)
        on_device = [t for t in (*given, *tree_leaves(result)) if isinstance(t, torch.Tensor) and t.is_meta]
        if on_device and comes_from_host:
            self.note(_COPY)
            if not kwargs.get("non_blocking"):
                self.note(_WAIT)
        if self.is_on and self.is_between and on_device and not func.is_view and name not in _FREE:
            self.counts.kernels[self.part] += 1
            self.counts.operations[(self.part, name.removeprefix("aten."))] += 1
        return result


class _Lists(TorchFunctionMode):
    """Lists of numbers that become tensors on the device, or indices of one: copied below what a dispatch mode sees."""

    def __init__(self, counter: DeviceCounter) -> None:
        super().__init__()
        self.counter = counter

    def __torch_function__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        kwargs = kwargs or {}
        if func in (torch.tensor, torch.as_tensor):
            is_copy = torch.device(kwargs.get("device") or "cpu").type == "meta" and not isinstance(
                args[0], torch.Tensor
            )
        else:
            indexes = func in (torch.Tensor.__getitem__, torch.Tensor.__setitem__) and args[0].is_meta
            is_copy = indexes and any(
                isinstance(i, list) for i in (args[1] if isinstance(args[1], tuple) else args[1:2])
            )
        if is_copy:
            self.counter.note(_COPY)
            self.counter.note(_WAIT)
        return func(*args, **kwargs)


def _line() -> str:
    """The innermost line of ours or of fastai that led here."""
    for frame in reversed(traceback.extract_stack()):
        file = frame.filename
        if (
            file != __file__
            and "/fastai/torch_core" not in file
            and ("/fastai/" in file or file.startswith(str(paths.ROOT / "sota_core")))
        ):
            short = file.split("site-packages/")[-1].removeprefix(f"{paths.ROOT}/")
            return f"{short}:{frame.lineno} {(frame.line or '')[:80]}"
    return "elsewhere"


@contextmanager
def counting(counter: DeviceCounter) -> Iterator[None]:
    """Everything in the block is seen by `counter`, which counts while it is on."""
    with counter, _Lists(counter):
        yield
