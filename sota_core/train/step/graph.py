"""A training step's forward and backward pass, recorded once in a fit and replayed: one launch for some 900 kernels.

Net, loss and gradients are recorded. Data, mixing and optimizer are not: AdamW's kernel takes momentum as a number,
which the one-cycle schedule changes at every step, and its few launches cost little. Imports fastai.
"""

import contextlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar, cast

import torch
from fastai.callback.core import CancelStepException  # pyright: ignore[reportAttributeAccessIssue]
from fastai.callback.mixup import MixHandler
from torch import Tensor

from sota_core.data.loading.resident import free_on_card
from sota_core.later import first_line
from sota_core.limits import rounded_up
from sota_core.system.gpu_memory import is_out_of_memory
from sota_core.train.step.tidy import TidyLearner

# Steps of a fit before it is recorded. In them cuDNN chooses its kernels and takes memory, which no recording allows.
N_WARM = 3
_MIXED = {"bf16": torch.bfloat16, "fp16": torch.float16}

T = TypeVar("T")

# Runs `work`, which returns the tensors it has made, and records what it launches. Returns these tensors, and a
# function that replays the recording into them.
Recorder = Callable[[Callable[[], list[Tensor]]], tuple[list[Tensor], Callable[[], None]]]


@dataclass(frozen=True, slots=True)
class _Recorded:
    """What the recorded step reads and writes, always at the same places in memory."""

    given: list[Tensor]  # pictures, labels and what the mixing callback adds to them
    loss: Tensor
    pred: Tensor
    grads: list[Tensor]
    replay: Callable[[], None]


class StepGraph:
    """Makes a Learner's steps from a recording, or says that a step is to be made as usual.

    precision   what the net computes in: fp32, bf16 or fp16
    on_log      told once whether the step is replayed, or why it is not
    n_replayed  steps so far that were, in all fits
    """

    def __init__(self, precision: str, record: Recorder, on_log: Callable[[str], None]) -> None:
        self.mixed, self.record, self.on_log = _MIXED.get(precision), record, on_log
        self.said: set[str] = set()
        self.n_replayed = 0
        self.forget()

    def forget(self) -> None:
        """Drop the recording and its memory, at the end of a fit: the next one may have other sizes."""
        self.recorded: _Recorded | None = None
        self.n_warm, self.is_off = 0, False

    def run(self, learn: Any) -> bool:
        """Set pred, loss_grad and every parameter's gradient for the Learner's batch; False: nothing was done."""
        if self.is_off:
            return False
        given = _given(learn)
        if self.recorded is None:
            self.n_warm += 1
            if self.n_warm > N_WARM:
                self._try(learn, given)
        known = self.recorded
        if known is None or [_shape(t) for t in given] != [_shape(t) for t in known.given]:
            return False
        for place, what in zip(known.given, given, strict=True):
            place.copy_(what) if isinstance(what, Tensor) else place.fill_(what)
        known.replay()
        self.n_replayed += 1
        learn.pred, learn.loss_grad = known.pred, known.loss
        for p, grad in zip(_parameters(learn), known.grads, strict=True):
            p.grad = grad
        return True

    def _try(self, learn: Any, given: Sequence[Tensor | float]) -> None:
        learn.pred = learn.loss = learn.loss_grad = None  # frees the last step's activations
        places = [
            t.detach().clone() if isinstance(t, Tensor) else torch.full((), t, device=learn.xb[0].device) for t in given
        ]
        params = _parameters(learn)
        is_full = False
        try:
            (loss, pred, *grads), replay = self.record(lambda: self._work(learn, places, params))
        except Exception as bad:  # whatever cannot be recorded can still be done
            self.is_off, is_full = True, is_out_of_memory(bad)
            self._say(f"The training step is not recorded as a CUDA graph: {first_line(bad)[:300]}")
        if is_full:
            torch.cuda.empty_cache()  # only here are the step's activations let go of, which the error's traceback held
        if self.is_off:
            return
        self.recorded = _Recorded(places, loss, pred, grads, replay)
        self._say(f"From batch {N_WARM + 1} on the training step is replayed as a CUDA graph.")

    def _work(self, learn: Any, places: list[Tensor], params: list[Tensor]) -> list[Tensor]:
        """fastai's _do_one_batch up to the optimizer, in the same order and precisions.

        Gradients are returned, not accumulated, so that nothing is added to what an earlier stream has written.
        """
        x, y, *mixing = places
        kind = x.device.type
        with _mixed_with(learn, mixing), torch.autocast(kind, enabled=False):  # leaves the autocast that fastai entered
            # no cache: a weight cast outside the recording and kept would not be cast anew at a replay
            with torch.autocast(kind, dtype=self.mixed, enabled=self.mixed is not None, cache_enabled=False):
                pred = learn.model(x).float()
                loss = learn.loss_func(pred, y)
            scaler = getattr(learn, "scaler", None)
            grads = torch.autograd.grad(loss if scaler is None else scaler.scale(loss), params)
        return [loss.detach(), pred.detach(), *(_laid_out_as(p, g) for p, g in zip(params, grads, strict=True))]

    def _say(self, sentence: str) -> None:
        if sentence not in self.said:
            self.said.add(sentence)
            self.on_log(sentence)


class GraphLearner(TidyLearner):
    """A Learner whose training steps a StepGraph makes where it can."""

    step_graph: StepGraph
    opt: Any  # None before the first fit

    def _do_one_batch(self) -> None:
        if not self.training or not self.step_graph.run(self):
            super()._do_one_batch()
            return
        self("after_pred")
        self.loss = self.loss_grad.clone()
        self("after_loss")
        self._with_events(self._step, "step", CancelStepException)
        self.opt.zero_grad()

    def _end_cleanup(self) -> None:
        super()._end_cleanup()
        self.step_graph.forget()


def cuda_recorder(work: Callable[[], list[Tensor]]) -> tuple[list[Tensor], Callable[[], None]]:
    """A Recorder that makes a CUDA graph of torch.

    Raises
        MemoryError   the card has no room: a graph keeps its memory, and whatever else is computed needs more.
        RuntimeError  work does what cannot be recorded, such as asking for a value.
    """
    _require_gpu_memory()
    return recorded(work)


def recorded(work: Callable[[], T]) -> tuple[T, Callable[[], None]]:
    """What `work` returns, and a function that launches what it launched. Computes nothing.

    Where CUDA refuses, everything that follows is launched as before; torch alone would stay on the recording's stream.

    Raises
        what `work` raises, or what torch does. An error within a recording often makes its end raise another one, which
        says less: that is not told.
    """
    stream, pool = torch.cuda.current_stream(), torch.cuda.graph_pool_handle()
    graph = torch.cuda.CUDAGraph()
    first: BaseException | None = None
    try:
        with torch.cuda.graph(graph, pool=pool):
            try:
                made = work()
            except BaseException as bad:
                first = bad
                raise
    except BaseException:
        torch.cuda.set_stream(stream)
        _release(pool)
        if first is None:
            raise
        raise first from None
    finally:
        first = None  # an error that its own traceback leads to would hold the step's activations
    return made, graph.replay


def _release(pool: tuple[int, int]) -> None:
    """End a recording's use of its memory, which a recording that is invalid at its end leaves to others.

    Until then torch's allocator takes it for still going on: what it allocated stays taken, and `empty_cache` raises.

    Source
        pytorch, aten/src/ATen/cuda/CUDAGraph.cpp, `capture_end` and `reset`; torch.cuda.use_mem_pool for the two calls.
    """
    device, memory = torch.cuda.current_device(), cast(Any, torch.cuda.memory)
    with contextlib.suppress(RuntimeError):  # torch has ended it, so the graph gives its memory back
        memory._cuda_endAllocateToPool(device, pool)
        memory._cuda_releasePool(device, pool)


def _require_gpu_memory() -> None:
    """Require room for a step's activations twice: once for the graph, once for the validation beside it."""
    in_use = torch.cuda.memory_allocated()
    needed = 2 * (torch.cuda.max_memory_allocated() - in_use)
    free = free_on_card()
    if free < needed:
        raise MemoryError(
            f"it needs {rounded_up(needed / 2**30):.1f} GiB of memory, the card has {free / 2**30:.1f} GiB free"
        )


def _given(learn: Any) -> list[Tensor | float]:
    """What a step depends on: pictures, labels, and λ and the partners' labels of a mixing callback."""
    mixing = _mixing(learn)
    return [*learn.xb, *learn.yb, *((mixing.lam, *mixing.yb1) if mixing else ())]


def _mixing(learn: Any) -> Any:
    return next((cb for cb in learn.cbs if isinstance(cb, MixHandler)), None)


@contextmanager
def _mixed_with(learn: Any, given: list[Tensor]) -> Iterator[None]:
    """Inside this context, the mixing callback's loss takes λ and the partners' labels from these tensors."""
    mixing = _mixing(learn)
    if mixing is None:
        yield
        return
    before = mixing.lam, mixing.yb1
    mixing.lam, *mixing.yb1 = given
    try:
        yield
    finally:
        mixing.lam, mixing.yb1 = before


def _parameters(learn: Any) -> list[Tensor]:
    return [p for group in learn.opt.param_lists for p in group if p.requires_grad]


def _shape(t: Tensor | float) -> tuple[Any, ...]:
    return (tuple(t.shape), t.dtype) if isinstance(t, Tensor) else ((), torch.float32)


def _laid_out_as(p: Tensor, grad: Tensor) -> Tensor:
    """The gradient in its parameter's memory layout, as torch accumulates it; a fused optimizer needs both alike."""
    return grad if grad.stride() == p.stride() else torch.empty_like(p).copy_(grad)
