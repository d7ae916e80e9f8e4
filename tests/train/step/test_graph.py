"""Steps replayed from a recording are the steps that fastai makes. In place of a CUDA graph a stand-in computes
everything anew into the places of the first results; tests/train/test_on_a_card.py has the real one, on a card.
"""

import weakref
from collections.abc import Callable
from typing import Any, cast

import fastai.callback.schedule  # noqa: F401  adds fit_one_cycle
import pytest
import torch
from fastai.callback.core import Callback
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat, LabelSmoothingCrossEntropy
from torch import Tensor, nn

from benchmarks.gpu.ways import Anew
from sota_core.train.callbacks import CPUMixedPrecision
from sota_core.train.optimizer import FusedAdam
from sota_core.train.step import graph
from sota_core.train.step.graph import N_WARM, GraphLearner, StepGraph
from sota_core.train.step.mixing import CutMix, MixUp
from sota_core.train.step.plain import CountBatches, PlainTensors
from sota_core.train.step.precision import ScaledOnDevice

pytestmark = pytest.mark.long  # a Learner, so fastai

BS, N_BATCHES, SIDE = 4, 8, 8


class Again(Anew):
    """A recorder that leaves the net's buffers unchanged while it records, as on a card, where recording computes
    nothing.
    """

    net: nn.Module

    def __call__(self, work: Callable[[], list[Tensor]]) -> tuple[list[Tensor], Callable[[], None]]:
        buffers = [b.clone() for b in self.net.buffers()]
        made = super().__call__(work)
        for now, before in zip(self.net.buffers(), buffers, strict=True):
            now.copy_(before)
        return made


class Noted(Callback):
    """Notes the loss of every batch."""

    order = 60
    learn: Any

    def __init__(self) -> None:
        self.train: list[float] = []
        self.valid: list[float] = []

    def after_batch(self) -> None:
        (self.train if self.training else self.valid).append(float(self.learn.loss.detach()))


def learner(
    record: Any, cbs: list[Callback], precision: str, eps: float = 0.0, sides: tuple[int, ...] = (SIDE,)
) -> tuple[Any, Noted, list[str]]:
    """A GraphLearner with this recorder, or fastai's own Learner if it is None."""
    torch.manual_seed(0)
    items = [(torch.rand(3, sides[i // BS % len(sides)], SIDE), torch.tensor(i % 3)) for i in range(BS * N_BATCHES)]
    loader = DataLoader(items, bs=BS)
    net = nn.Sequential(
        nn.Conv2d(3, 6, 3), nn.BatchNorm2d(6), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(6, 3)
    ).to(memory_format=torch.channels_last)  # pyright: ignore[reportCallIssue]
    losses, said = Noted(), []
    learn = (Learner if record is None else GraphLearner)(
        DataLoaders(loader, loader),
        net,
        loss_func=LabelSmoothingCrossEntropy(eps) if eps else CrossEntropyLossFlat(),
        opt_func=FusedAdam,  # pyright: ignore[reportArgumentType]
        cbs=[PlainTensors(), CountBatches(), *cbs, losses],
    )
    if isinstance(learn, GraphLearner):
        if isinstance(record, Again):
            record.net = net
        learn.step_graph = StepGraph(precision, cast(Any, record), said.append)
    learn.remove_cbs(ProgressCallback)
    return learn, losses, said


WAYS: dict[str, tuple[Callable[[], list[Callback]], str, float]] = {
    "fp32": (list, "fp32", 0.0),
    "bf16": (lambda: [CPUMixedPrecision()], "bf16", 0.0),
    "fp16": (lambda: [ScaledOnDevice("fp16", "cpu")], "fp16", 0.0),
    "label smoothing": (list, "fp32", 0.1),
    "mixup": (lambda: [MixUp(0.4)], "fp32", 0.0),
    "mixup, smoothing and bf16": (lambda: [MixUp(0.4), CPUMixedPrecision()], "bf16", 0.1),
    "cutmix": (lambda: [CutMix(1.0)], "fp32", 0.0),
}


@pytest.mark.parametrize("way", WAYS)
def test_a_replayed_fit_is_the_fit_that_fastai_makes(way):
    cbs, precision, eps = WAYS[way]
    again, fitted = Again(), []
    for record in (again, None):
        learn, losses, _ = learner(record, cbs(), precision, eps)
        torch.manual_seed(1)
        learn.fit_one_cycle(2, 1e-2)
        fitted.append((losses, learn.model.state_dict()))
    (replayed, weights), (usual, expected) = fitted
    assert (again.n_recorded, again.n_replayed) == (1, 2 * N_BATCHES - N_WARM)
    assert len(replayed.train) == len(usual.train) == 2 * N_BATCHES
    torch.testing.assert_close(replayed.train, usual.train, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(replayed.valid, usual.valid, rtol=1e-5, atol=1e-6)
    torch.testing.assert_close(weights, expected, rtol=1e-4, atol=1e-5)


def test_each_fit_is_recorded_anew_and_it_is_said_once():
    again = Again()
    learn, _, said = learner(again, [], "fp32")
    learn.fit(1)
    learn.fit(1)
    assert again.n_recorded == 2 and len(said) == 1
    assert said[0].startswith(f"From batch {N_WARM + 1} on")
    assert learn.step_graph.recorded is None


def test_what_cannot_be_recorded_is_trained_as_usual_and_the_log_says_why():
    def refuse(work: Any) -> Any:
        raise RuntimeError("operation not permitted when stream is capturing\nmore of it")

    learn, losses, said = learner(refuse, [], "fp32")
    _, usual, _ = fits = learner(None, [], "fp32")
    for each in (learn, fits[0]):
        each.fit(2)
    assert losses.train == usual.train and len(losses.train) == 2 * N_BATCHES
    assert said == [
        "The training step is not recorded as a CUDA graph: operation not permitted when stream is capturing"
    ]


def test_memory_that_ran_out_while_recording_is_given_back(monkeypatch):
    held: list[weakref.ref[Tensor]] = []
    given_back: list[bool] = []

    def runs_out(work: Any) -> Any:
        made = work()
        held.extend(weakref.ref(t) for t in made)
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(all(t() is None for t in held)))
    learn, _, said = learner(runs_out, [], "fp32")
    learn.fit(1)
    assert given_back == [True] and len(said) == 1


def test_a_batch_of_another_shape_is_trained_as_usual():
    again = Again()
    learn, losses, _ = learner(again, [], "fp32", sides=(SIDE, SIDE + 1))
    _, usual, _ = fits = learner(None, [], "fp32", sides=(SIDE, SIDE + 1))
    for each in (learn, fits[0]):
        each.fit(1)
    assert again.n_replayed == 3  # of batches 0 to 7 those with the recorded shape: 3, 5 and 7
    torch.testing.assert_close(losses.train, usual.train, rtol=1e-5, atol=1e-6)


def test_validation_is_never_replayed():
    again = Again()
    learn, losses, _ = learner(again, [], "fp32")
    learn.fit(1)
    before = again.n_replayed
    learn.validate()
    learn.get_preds()
    assert again.n_replayed == before and len(losses.valid) == 3 * N_BATCHES


@pytest.mark.parametrize(("free_gib", "fits"), [(12.0, True), (7.0, False)])
def test_a_card_needs_room_for_a_step_twice(free_gib, fits, monkeypatch):
    """5 GiB are in use, 9 at the peak: a step's activations take 4. Of the free memory 1 GiB is reserved by torch."""
    gib = 2**30
    for name, value in (("memory_allocated", 5), ("max_memory_allocated", 9), ("memory_reserved", 6)):
        monkeypatch.setattr(torch.cuda, name, lambda device=None, value=value: value * gib)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device=None: (int((free_gib - 1) * gib), 24 * gib))
    if fits:
        graph._require_gpu_memory()
    else:
        with pytest.raises(MemoryError, match=r"it needs 8\.0 GiB of memory, the card has 7\.0 GiB free"):
            graph._require_gpu_memory()
