"""A class folder small enough to train on in seconds."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.recipes import Phase, Recipe

N_TRAIN, N_VALID = 24, 8  # per class


@pytest.fixture(scope="session")
def tiny_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three classes of 48×64 pictures told apart by colour and stripes: a net learns them in a few epochs."""
    root = tmp_path_factory.mktemp("tiny")
    rng = np.random.default_rng(0)
    for label, name in enumerate(("amber", "blue", "coral")):
        for part, n in (("train", N_TRAIN), ("val", N_VALID)):
            folder = root / part / name
            folder.mkdir(parents=True)
            for i in range(n):
                pixels = rng.integers(0, 90, (48, 64, 3))
                pixels[:, :: label + 2, label] += 150
                Image.fromarray(pixels.astype(np.uint8)).save(folder / f"{i:03}.jpg", quality=92)
    return root


@pytest.fixture(scope="session")
def tiny_recipe_of(tiny_folder: Path) -> Callable[..., Recipe]:
    """Recipe of seconds on `tiny_folder`, with whatever a test wants different."""

    def make(**changes) -> Recipe:
        values = {
            "phases": (Phase(size=32, bs=16, n_epochs=2, lr=5e-3),),
            "source": str(tiny_folder),
            "arch": "xresnet18",
            "width": 0.25,
            "presize": 48,
            "normalize": "imagenet",
            "tta_n": 2,
            "device": "cpu",
        }
        return Recipe(**(values | changes))

    return make


@pytest.fixture
def tiny_recipe(tiny_recipe_of: Callable[..., Recipe]) -> Recipe:
    return tiny_recipe_of()


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    """These nets are too small to share out: with two threads the waiting costs more than the work."""
    import torch

    torch.set_num_threads(1)
