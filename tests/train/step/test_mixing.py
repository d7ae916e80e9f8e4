"""Mixing by a plan for a whole epoch: fastai's own numbers for the same seed, batch by batch; with other loaders
fastai's code.
"""

from typing import Any

import numpy as np
import pytest
import torch
from fastai.callback import mixup
from fastai.callback.core import Callback
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.load import DataLoader
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat
from torch import nn

from sota_core.data.loading.cache import PictureCache
from sota_core.data.loading.picture_dl import PictureDL, PictureSet
from sota_core.data.loading.resident import Pictures
from sota_core.train.step import mixing

pytestmark = pytest.mark.long  # a Learner, so fastai

SIDE, BS, N = 12, 4, 14


class Seen(Callback):
    """Notes what the net is given, and its loss."""

    order = 50
    learn: Any

    def before_fit(self) -> None:
        self.batches: list[torch.Tensor] = []
        self.losses: list[float] = []

    def before_batch(self) -> None:
        if self.training:
            self.batches.append(torch.Tensor(self.learn.xb[0]).clone())

    def after_loss(self) -> None:
        if self.training:
            self.losses.append(float(self.learn.loss.detach()))


@pytest.fixture
def picture_dls(tmp_path):
    shape = np.full(N, SIDE)
    offsets = np.arange(N) * 3 * SIDE * SIDE
    pixels = np.random.default_rng(0).integers(0, 256, N * 3 * SIDE * SIDE, dtype=np.uint8)
    cache = PictureCache(tmp_path, SIDE, ("a", "b"), "f", (), offsets, shape, shape, pixels)
    pictures = Pictures(cache, torch.device("cpu"))
    made = PictureSet(pictures, np.arange(N), np.arange(N) % 2, "ab", size=SIDE, resize="crop", split_idx=0)
    train = PictureDL(made, bs=BS, shuffle=True, drop_last=True)
    return DataLoaders(train, train.new(shuffle=False, drop_last=False))


def other_dls() -> DataLoaders:
    items = [(torch.rand(3, SIDE, SIDE), torch.tensor(i % 2)) for i in range(N)]
    return DataLoaders(DataLoader(items, bs=BS, drop_last=True), DataLoader(items, bs=BS))


def fitted(dls: DataLoaders, *cbs: Callback, n_epochs: int = 2) -> Seen:
    torch.manual_seed(3)
    dls.train.rng.seed(3)
    net = nn.Sequential(nn.Conv2d(3, 2, 3), nn.AdaptiveAvgPool2d(1), nn.Flatten())
    learn = Learner(dls, net, loss_func=CrossEntropyLossFlat(), cbs=[*cbs, Seen()])
    learn.remove_cbs(ProgressCallback)
    learn.logger = lambda *_: None
    learn.fit(n_epochs, 1e-2)
    return learn.seen


PAIRS = [(mixing.MixUp, mixup.MixUp, 0.4), (mixing.CutMix, mixup.CutMix, 1.0)]


@pytest.mark.parametrize(("ours", "theirs", "alpha"), PAIRS)
def test_the_same_seed_gives_fastais_batches_and_losses(picture_dls, ours, theirs, alpha):
    a, b = fitted(picture_dls, ours(alpha)), fitted(picture_dls, theirs(alpha))
    assert len(a.batches) == len(b.batches) == 2 * (N // BS)
    for x, y in zip(a.batches, b.batches, strict=True):
        torch.testing.assert_close(x, y, rtol=0, atol=1e-6)  # fastai multiplies by 1 − λ in another order
    assert a.losses == pytest.approx(b.losses, abs=1e-5)
    plain = fitted(picture_dls, Callback())
    assert not torch.allclose(plain.batches[0], a.batches[0])


@pytest.mark.parametrize(("ours", "theirs", "alpha"), PAIRS)
def test_with_another_loader_fastais_code_runs(ours, theirs, alpha, monkeypatch):
    torch.manual_seed(0)
    dls = other_dls()
    cb = ours(alpha)
    monkeypatch.setattr(ours, "draw", lambda self, x: pytest.fail("a plan was drawn"))
    a, b = fitted(dls, cb), fitted(dls, theirs(alpha))
    assert all(torch.equal(x, y) for x, y in zip(a.batches, b.batches, strict=True))


@pytest.mark.parametrize(("ours", "theirs", "alpha"), PAIRS)
def test_every_epoch_has_a_plan_of_its_own(picture_dls, ours, theirs, alpha):
    cb = ours(alpha)
    plans = []

    class Noted(Callback):
        order = 60

        def before_batch(self) -> None:
            if self.training and self.iter == 0:
                plans.append(cb.partners)

    fitted(picture_dls, cb, Noted())
    assert len(plans) == 2 and not torch.equal(*plans)
    assert all(sorted(row) == list(range(BS)) for plan in plans for row in plan.tolist())


def test_a_last_batch_that_is_smaller_is_mixed_as_fastai_does(picture_dls):
    dls = DataLoaders(picture_dls.train.new(drop_last=False), picture_dls.valid)
    seen = fitted(dls, mixing.MixUp(0.4), n_epochs=1)
    assert [len(x) for x in seen.batches] == [4, 4, 4, 2]
