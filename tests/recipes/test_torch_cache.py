"""torch's own cache of weights: the folder is torch.hub's, and the right file in it is found."""

import doctest
from pathlib import Path

import pytest

from sota_core.recipes import torch_cache
from sota_core.recipes.torch_cache import checkpoints, fetched


def test_the_examples_of_the_docstrings_hold() -> None:
    assert doctest.testmod(torch_cache).failed == 0


@pytest.mark.parametrize("name", ["TORCH_HOME", "XDG_CACHE_HOME", None])
def test_the_folder_is_torchs_own(name: str | None, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torch import hub

    for other in ("TORCH_HOME", "XDG_CACHE_HOME"):
        monkeypatch.delenv(other, raising=False)
    if name:
        monkeypatch.setenv(name, str(tmp_path))
    assert checkpoints() == Path(hub.get_dir()) / "checkpoints"


def test_only_the_weights_of_the_net_that_is_asked_for_are_found(tmp_path: Path) -> None:
    env = {"TORCH_HOME": str(tmp_path)}
    assert fetched("resnet34", env) is None
    checkpoints(env).mkdir(parents=True)
    (checkpoints(env) / "resnet18-f37072fd.pth").touch()
    assert fetched("resnet34", env) is None
    (checkpoints(env) / "resnet34-b627a593.pth").touch()
    (checkpoints(env) / "resnet34-333f7ec4.pth").touch()  # an older file of the same net, not torchvision's default
    assert fetched("resnet34", env) == checkpoints(env) / "resnet34-b627a593.pth"
    assert fetched("xresnet50", env) is None
