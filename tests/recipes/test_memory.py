"""The memory forecast: its tables are what autograd keeps, counted again on torch's meta device."""

import pytest
import torch

from sota_core.data.loading.fastai_vision import models, xresnet
from sota_core.recipes import Phase, Recipe, memory
from sota_core.recipes.fields import ARCHS, RESNETS

pytestmark = pytest.mark.long  # imports fastai


def numbers(arch: str, width: float, size: int, bs: int) -> tuple[int, int]:
    """How many numbers a forward pass keeps for the backward pass, each storage once and without weights; and how many
    parameters the net has.
    """
    with torch.device("meta"):
        made = (
            getattr(models, arch)(num_classes=10) if arch in RESNETS else getattr(xresnet, arch)(n_out=10, widen=width)
        )
        net = made.train()
        x, y = torch.empty(bs, 3, size, size), torch.empty(bs, dtype=torch.long)
    own = {t.untyped_storage()._cdata for t in (*net.parameters(), *net.buffers())}
    kept: dict[int, torch.Tensor] = {}

    def keep(t: torch.Tensor) -> torch.Tensor:
        if t.untyped_storage()._cdata not in own:
            kept[t.untyped_storage()._cdata] = t
        return t

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda t: t):
        torch.nn.functional.cross_entropy(net(x), y)
    return sum(t.untyped_storage().nbytes() for t in kept.values()) // 4, sum(p.numel() for p in net.parameters())


@pytest.mark.parametrize(
    ("arch", "width", "size"), [("xresnet18", 1, 224), ("xresnet50", 0.5, 128), *((arch, 1, 224) for arch in RESNETS)]
)
def test_the_tables_are_what_autograd_keeps(arch: str, width: float, size: int) -> None:
    two, parameters = numbers(arch, width, size, 2)
    three, _ = numbers(arch, width, size, 3)
    one = Recipe(arch=arch, width=width, phases=(Phase(size=size, bs=2),))
    two_more = one.replace(phases=(Phase(size=size, bs=4),))
    a_picture = (memory.least_bytes(two_more, is_half=False) - memory.least_bytes(one, is_half=False)) / 2 / 4
    assert a_picture == pytest.approx(three - two, rel=0.03)
    weights = memory.least_bytes(one, is_half=False) - 2 * 4 * a_picture
    assert weights == pytest.approx(16 * parameters, rel=0.05)


def test_every_net_of_the_lab_has_its_counts() -> None:
    assert set(memory._KEPT) == set(memory._PARAMETERS) == {*ARCHS, *RESNETS}


def test_the_heaviest_phase_decides_and_half_precision_halves_what_is_kept() -> None:
    recipe = Recipe(phases=(Phase(size=128, bs=128), Phase(size=224, bs=64)))
    assert memory.heaviest(recipe).size == 224
    fp32, half = (memory.least_bytes(recipe, is_half=h) for h in (False, True))
    assert fp32 - half == pytest.approx(64 * 2 * 23.434e6)
    # a card held 5.7 GiB of this recipe (DECISIONS.md, 2026-11-26); the forecast is of the least memory needed, so it
    # must be lower
    assert 0.5 < half / (5.7 * 2**30) < 1
