"""A step that CUDA refuses to record leaves torch as it was: on its usual stream, its memory its own. torch.cuda is
faked: on a card, a refused recording cannot be made without harm to the tests that follow.
"""

import contextlib
import weakref
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from sota_core.train.step import graph
from sota_core.train.step.graph import cuda_recorder
from tests.train.step.test_graph import N_BATCHES, learner

pytestmark = pytest.mark.long  # imports fastai

POOL = (0, 7)


class Card:
    """What torch.cuda does around a recording, in this order. `begins` and `ends` raise there, if they are errors."""

    def __init__(self) -> None:
        self.begins: Exception | None = None
        self.ends: Exception | None = None
        self.stream = "usual"
        self.did: list[str] = []
        self.holds_pool = False

    def __enter__(self) -> None:
        self.stream, self.holds_pool = "recording", True
        if self.begins:
            raise self.begins

    def __exit__(self, *_: object) -> None:  # as torch's, which leaves its stream last
        if self.ends:
            raise self.ends
        self.stream, self.holds_pool = "usual", False

    def end_pool(self, device: int, pool: tuple[int, int]) -> None:
        if not self.holds_pool:
            raise RuntimeError("endAllocatePool: not currently recording to mempool_id")
        self.holds_pool = False

    def release_pool(self, device: int, pool: tuple[int, int]) -> None:
        self.did.append(f"released {pool}")


@pytest.fixture
def card(monkeypatch: pytest.MonkeyPatch) -> Card:
    card = Card()

    def graph_of(_: Any, pool: Any) -> Card:
        assert pool == POOL
        return card

    fakes: dict[str, Callable[..., Any]] = {
        "current_stream": lambda: card.stream,
        "set_stream": lambda stream: setattr(card, "stream", stream),
        "current_device": lambda: 0,
        "graph_pool_handle": lambda: POOL,
        "graph": graph_of,
        "CUDAGraph": lambda: SimpleNamespace(replay=lambda: card.did.append("replayed")),
    }
    for name, fake in fakes.items():
        monkeypatch.setattr(torch.cuda, name, fake)
    monkeypatch.setattr(torch.cuda.memory, "_cuda_endAllocateToPool", card.end_pool)
    monkeypatch.setattr(torch.cuda.memory, "_cuda_releasePool", card.release_pool)
    monkeypatch.setattr(graph, "_require_gpu_memory", lambda: None)
    return card


def no(work: str) -> Any:
    raise RuntimeError(work)


def test_a_recording_that_succeeds_can_be_replayed(card: Card):
    made, replay = cuda_recorder(lambda: [torch.ones(1)])
    replay()
    assert made == [torch.ones(1)] and card.did == ["replayed"] and card.stream == "usual"


def test_one_that_is_invalid_at_its_end_is_undone_and_the_first_error_told(card: Card):
    card.ends = RuntimeError("CUDA error: operation failed due to a previous error during capture")
    with pytest.raises(RuntimeError, match="not permitted"):
        cuda_recorder(lambda: no("operation not permitted when stream is capturing"))
    assert card.stream == "usual" and not card.holds_pool and card.did == [f"released {POOL}"]


@pytest.mark.parametrize("at", ["begins", "ends"])
def test_one_that_torch_itself_refuses_is_undone_too(card: Card, at: str):
    setattr(card, at, RuntimeError("refused"))
    with pytest.raises(RuntimeError, match="refused"):
        cuda_recorder(lambda: [])
    assert card.stream == "usual" and not card.holds_pool and card.did == [f"released {POOL}"]


def test_one_that_torch_ends_properly_gives_its_memory_back_by_itself(card: Card):
    with pytest.raises(RuntimeError, match="out of memory"):
        cuda_recorder(lambda: no("out of memory"))
    assert card.stream == "usual" and card.did == []


def test_training_goes_on_launched_and_the_log_says_why(card: Card):
    card.ends = RuntimeError("CUDA error: operation failed due to a previous error during capture")
    learn, losses, said = learner(cuda_recorder, [], "fp32")
    learn.fit(1)
    assert len(losses.train) == N_BATCHES and card.stream == "usual"
    assert said == ["The training step is not recorded as a CUDA graph: " + str(card.ends)]


def test_what_a_refused_one_had_made_is_let_go_of_at_once(card: Card):
    held: list[weakref.ref[torch.Tensor]] = []

    def work() -> Any:
        activations = torch.zeros(1)
        held.append(weakref.ref(activations))
        return no("out of memory")

    with contextlib.suppress(RuntimeError):
        cuda_recorder(work)
    assert held[0]() is None
