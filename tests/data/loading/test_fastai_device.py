"""fastai's default device: the CPU in a process that works there, whatever CUDA says."""

from typing import Any

import pytest
import torch
from fastai.torch_core import default_device, to_device

from sota_core.data.loading.cache import build_cache
from sota_core.data.loading.fastai_device import keep_fastai_on
from sota_core.data.loading.loaders import get_dls, split_items

pytestmark = pytest.mark.long  # imports fastai

CPU, META = torch.device("cpu"), torch.device("meta")


def test_on_a_cpu_cuda_is_not_asked(monkeypatch):
    def current_device() -> int:
        raise RuntimeError("The NVIDIA driver on your system is too old")

    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "current_device", current_device)
    keep_fastai_on(CPU)
    assert default_device() == CPU
    keep_fastai_on(META)
    with pytest.raises(RuntimeError, match="too old"):
        default_device()


def test_loaders_made_after_those_for_the_cpu_go_to_their_own_device(pictures, small_recipe, tmp_path):
    recipe = small_recipe(normalize="imagenet")
    cache, split, used = build_cache(pictures, recipe.presize, tmp_path), split_items(pictures, recipe), []
    for device in (CPU, META):
        get_dls(pictures, pictures.labels, split, recipe, recipe.phases[0], device=device, cache=cache)
        moved: Any = to_device(torch.zeros(1), META)
        used.append(moved.device)
    assert used == [CPU, META]
