"""Features of some validation pictures: the right ones, whatever the batches, and no hook is left on the net."""

import numpy as np
import pytest
import torch
from torch import nn

from sota_core.train.evaluate import N_COMPONENTS, N_FEATURED, featured, last_inputs, spaced

pytestmark = pytest.mark.long  # a Learner, so fastai


@pytest.fixture
def net() -> nn.Sequential:
    torch.manual_seed(0)
    return nn.Sequential(nn.Linear(3, 8), nn.ReLU(), nn.Linear(8, 2))


def test_pictures_are_spaced_evenly_and_all_where_there_are_few():
    assert spaced(7).tolist() == list(range(7)) and spaced(0).tolist() == []
    many = spaced(3925)
    assert len(many) == N_FEATURED == len(set(many.tolist())) and set(np.diff(many)) == {7, 8} and many[-1] < 3925


@pytest.mark.parametrize("bs", [1, 4, 30])
def test_what_enters_the_last_layer_is_kept_for_the_pictures_asked_for(net, bs: int):
    x, index = torch.randn(30, 3), np.array([0, 3, 4, 17, 29])
    with last_inputs(net, index) as kept, torch.no_grad():
        for batch in x.split(bs):
            net(batch)
    with torch.no_grad():
        torch.testing.assert_close(torch.cat(kept), net[:2](x)[index])
    net(x)
    assert sum(map(len, kept)) == 5, "the hook must be gone"


def test_components_are_of_unit_spread_and_bounded():
    x = torch.randn(200, 300) * 40
    found = featured(spaced(200), [x])
    assert found is not None and found.components.shape == (200, N_COMPONENTS)
    assert (found.components.astype(float) ** 2).sum() / 200 == pytest.approx(float(found.share.sum()), rel=1e-3)


@pytest.mark.parametrize("kept", [[], [torch.ones(1, 4)], [torch.full((3, 4), torch.nan)], [torch.ones(2, 4)]])
def test_a_net_without_features_that_can_be_told_keeps_none(kept: list[torch.Tensor]):
    assert featured(spaced(3), kept) is None


def test_a_net_without_a_linear_layer_keeps_none():
    with last_inputs(nn.Sequential(nn.Conv2d(3, 2, 1)), np.arange(2)) as kept:
        assert kept == []
