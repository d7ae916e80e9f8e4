"""What is said about xresnet50's stages and weights holds for fastai's own net."""

import importlib
import math

import pytest
import torch

from sota_core.errors import RangeError
from sota_core.functional.stages import BODY_WEIGHTS, HEAD_INPUTS, STAGES, head_weights, stage_sides


@pytest.fixture(scope="module")
def xresnet50(fastai):
    return importlib.import_module("fastai.vision.models.xresnet").xresnet50


@pytest.mark.long
@pytest.mark.parametrize("size", [64, 100, 128, 224])
def test_the_stages_have_these_channels_and_sides_and_end_in_one_place(xresnet50, size: int):
    net = xresnet50(n_out=10).eval()
    x, found = torch.rand(1, 3, size, size), []
    with torch.no_grad():
        for layer in list(net)[:8]:
            x = layer(x)
            found.append((x.shape[1], x.shape[2]))
        assert net[8](x).shape == (1, HEAD_INPUTS, 1, 1)  # at any input size: averaged over all positions
    assert found[2:] == list(zip((channels for _, channels in STAGES), stage_sides(size), strict=True))


@pytest.mark.long
@pytest.mark.parametrize("n_out", [10, 1000])
def test_weights_and_the_first_loss(xresnet50, n_out: int):
    torch.manual_seed(0)
    net = xresnet50(n_out=n_out)
    assert sum(p.numel() for p in net[-1].parameters()) == head_weights(n_out)
    assert sum(p.numel() for p in net.parameters()) == BODY_WEIGHTS + head_weights(n_out)
    assert net[-2].p == 0  # its Dropout has p = 0
    loss = torch.nn.functional.cross_entropy(net(torch.randn(32, 3, 64, 64)), torch.randint(0, 10, (32,)))
    assert abs(loss.item() - math.log(n_out)) < 0.3  # an untrained net guesses: about ln N


def test_1000_outputs_is_what_it_has_unless_told(xresnet50):
    from sota_core.published import WIDE_OUTPUTS

    assert xresnet50()[-1].out_features == WIDE_OUTPUTS


def test_no_size_no_sides():
    with pytest.raises(RangeError):
        stage_sides(0)
