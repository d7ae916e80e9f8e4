"""What the tests of the maths share: both kinds of array, and fastai as the reference."""

import importlib
import warnings
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops


@pytest.fixture
def rng():
    return np.random.default_rng(42)


@pytest.fixture(params=[np.asarray, torch.tensor], ids=["numpy", "torch"])
def make(request):
    """make(values): a list as an array of either kind, NumPy or torch, with 64 bits in both."""
    return lambda values: request.param(np.asarray(values).tolist(), dtype=_dtype(request.param, values))


@pytest.fixture(scope="session")
def fastai():
    """The parts of fastai with which our maths is compared."""
    ensure_torchvision_ops()
    parts = ("callback.core", "callback.mixup", "callback.progress", "data.core", "data.load", "data.transforms")
    parts += ("learner", "losses", "vision.augment", "vision.core")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # fastai's imports use deprecated parts of torch
        return SimpleNamespace(**{part.replace(".", "_"): importlib.import_module(f"fastai.{part}") for part in parts})


@pytest.fixture
def learner_of(fastai):
    """learner_of(items, n_classes, loss_func, cbs): a fastai Learner of a linear net, whose only batch holds these
    items.
    """

    def learner_of(items, n_classes, loss_func, cbs=()):
        torch.manual_seed(0)
        net = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.LazyLinear(n_classes))
        net(items[0][0][None])
        load = fastai.data_load.DataLoader
        dls = fastai.data_core.DataLoaders(*(load(items, bs=len(items), num_workers=0) for _ in range(2)))
        return fastai.learner.Learner(dls, net, loss_func=loss_func, cbs=list(cbs), lr=0.0)

    return learner_of


def _dtype(maker, values):
    is_float = np.asarray(values).dtype.kind == "f"
    if maker is torch.tensor:
        return torch.float64 if is_float else torch.int64
    return np.float64 if is_float else np.int64
