"""The last validation: its results are fastai's for the same net and pictures."""

import contextlib

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from sota_core.recipes import Recipe
from sota_core.train.evaluate import predict_views

pytestmark = pytest.mark.long  # a Learner, so fastai


class Pairs(torch.utils.data.TensorDataset):
    """A data set without transforms, whichever are asked for."""

    def set_split_idx(self, i: int):
        return contextlib.nullcontext(self)


def test_the_cross_entropy_of_a_net_that_is_surely_wrong_is_not_cut_off():
    from fastai.data.core import DataLoaders
    from fastai.data.load import DataLoader
    from fastai.learner import Learner
    from fastai.losses import CrossEntropyLossFlat

    x = 100 * torch.eye(3).repeat(3, 1)  # used as logits: the net is sure of one class, by 100
    y = torch.tensor([0, 1, 2, 1, 2, 0, 0, 1, 2])  # and it is wrong for three of nine
    dl = DataLoader(Pairs(x, y), bs=4, device=torch.device("cpu"))
    net = nn.Linear(3, 3, bias=False)
    nn.init.eye_(net.weight)
    learn = Learner(DataLoaders(dl, dl), net, loss_func=CrossEntropyLossFlat())
    found, ce = predict_views(learn, dl, Recipe(tta_n=0), lambda event: None)
    (by_fastai,) = learn.validate(dl=dl)
    assert ce == pytest.approx(float(F.cross_entropy(x, y))) == pytest.approx(100 / 3)
    assert ce == pytest.approx(by_fastai)
    np.testing.assert_allclose(found.plain, x.softmax(1).numpy())
