"""Two classes of small pictures, wide and tall, and loaders over them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.recipes import Phase, Recipe


def _recipe(**changes: Any) -> Recipe:
    phase = {name: changes.pop(name) for name in ("size", "bs") if name in changes}
    return Recipe(phases=(Phase(**{"size": 24, "bs": 8, **phase}),), **{"presize": 32, **changes})


def _fill(root: Path, n_train: int = 20, n_valid: int = 7) -> Path:
    for part, n in (("train", n_train), ("val", n_valid)):
        for i in range(n):
            path = root / part / "ab"[i % 2] / f"{i:03}.jpg"
            path.parent.mkdir(parents=True, exist_ok=True)
            coarse = np.random.default_rng(i).integers(0, 255, (3, 4, 3), dtype=np.uint8)
            size = (48, 36) if i % 3 else (36, 60)
            Image.fromarray(coarse).resize(size, Image.Resampling.BICUBIC).save(path, quality=95)
    return root


@pytest.fixture(scope="session")
def small_recipe() -> Callable[..., Recipe]:
    """small_recipe(size=…, bs=…, field=…): a recipe of 24 px from 32, with batches of 8."""
    return _recipe


@pytest.fixture(scope="session")
def fill_pictures() -> Callable[..., Path]:
    """fill_pictures(root, n_train, n_valid): a folder of pictures with an official split."""
    return _fill


@pytest.fixture(scope="session")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Listing:
    """A listing of 20 training and 7 validation pictures."""
    return list_pictures(_fill(tmp_path_factory.mktemp("pictures")))


@pytest.fixture(scope="session")
def make_dls(pictures: Listing, tmp_path_factory: pytest.TempPathFactory) -> Callable[..., Any]:
    """make_dls(recipe, split=…, seed=…, labels=…): DataLoaders over `pictures`, after the global generators are
    seeded.
    """
    import torch

    from sota_core.data.loading.cache import build_cache
    from sota_core.data.loading.loaders import get_dls, split_items

    cache_dir = tmp_path_factory.mktemp("cache")

    def dls_of(recipe: Recipe, *, split: Any = None, seed: int = 5, labels: Any = None, **kwargs: Any) -> Any:
        from fastai.torch_core import set_seed

        cache = build_cache(pictures, recipe.presize, cache_dir) if recipe.loader == "cache" else None
        split = split or split_items(pictures, recipe)
        labels = pictures.labels if labels is None else labels
        set_seed(seed)
        device = torch.device("cpu")
        return get_dls(pictures, labels, split, recipe, recipe.phases[0], device=device, cache=cache, **kwargs)

    return dls_of
