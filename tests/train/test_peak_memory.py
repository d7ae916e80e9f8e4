"""The peak that a run reports, and by which a CUDA graph is judged to fit, is the run's own."""

from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from benchmarks.gpu import lab as lab_module
from benchmarks.gpu.lab import Lab
from sota_core.data.loading import loaders
from sota_core.data.loading.cache import PictureCache
from sota_core.data.pictures.listing import list_pictures
from sota_core.recipes import Recipe
from sota_core.settings import load
from sota_core.train import fit
from sota_core.train.prepare import prepare

pytestmark = pytest.mark.long  # a Learner, so fastai

CUDA = torch.device("cuda")


@pytest.fixture
def done(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """What was done on the card, in this order; it holds nothing."""
    done: list[str] = []
    monkeypatch.setattr(torch.cuda, "is_initialized", lambda: True)
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: None)
    monkeypatch.setattr(torch.cuda, "reset_peak_memory_stats", lambda device: done.append("peak reset"))
    monkeypatch.setattr(torch.cuda, "get_device_name", lambda device: "NVIDIA Nothing")
    return done


def test_a_run_resets_it_before_its_first_pictures_are_on_the_card(
    done: list[str], tiny_recipe: Recipe, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    class Put(Exception): ...

    def pictures(cache: PictureCache, device: torch.device, **_: Any) -> Any:
        done.append(f"pictures on {device}")
        raise Put

    monkeypatch.setattr(fit, "prepare", lambda *given: replace(prepare(*given), device=CUDA))
    monkeypatch.setattr(loaders, "Pictures", pictures)
    with pytest.raises(Put):
        fit.run_recipe(
            tiny_recipe,
            load({"SOTA_HOME": str(tmp_path)}),
            emit=lambda event: None,
            should_stop=lambda: False,
            out_dir=tmp_path,
        )
    assert done == ["peak reset", "pictures on cuda"]


def test_each_fit_of_the_benchmarks_resets_it(done: list[str], tmp_path: Path, tiny_folder: Path, monkeypatch):
    learner = SimpleNamespace(fit_one_cycle=lambda *_: done.append("fit"))
    monkeypatch.setattr(lab_module, "build_learner", lambda *_: learner)
    lab = Lab(CUDA, load({"SOTA_HOME": str(tmp_path)}), list_pictures(tiny_folder), smoke=True, ends=0.0)
    for _ in range(2):
        lab.fit(lab.recipe(32, 16), None, "bf16", [])
    assert done == ["peak reset", "fit"] * 2
