"""A page's prediction for a picture equals the one its run has stored: other code, but the same view and net."""

import numpy as np
import pytest

from sota_core.data.pictures.view import load_presized
from sota_core.data.sample.sample import sample_classes
from sota_core.inference import load_model, predict
from sota_core.recipes import Phase, Recipe
from tests.drawn_sample import draw_sample


@pytest.mark.slow
# With the cache, torch's and Pillow's filters differ by a grey level. fastai's loader cuts before it reduces: half a
# pixel.
@pytest.mark.parametrize(("loader", "off"), [("cache", 1e-3), ("files", 0.03)])
@pytest.mark.filterwarnings("ignore::UserWarning")  # warnings of fastai and torch about tensors
def test_a_pages_prediction_equals_the_runs_stored_one(loader, off, settings, tmp_path):
    from sota_core.train.fit import run_recipe

    some_of_it = (("train", 12), ("val", 5))  # pictures of each class
    names = [f"{part}/{name}/{i:03d}.jpg" for part, n in some_of_it for name in sample_classes for i in range(n)]
    root = draw_sample(tmp_path / "drawn", names)
    recipe = Recipe(
        source=str(root),
        phases=(Phase(size=48, bs=32, n_epochs=2, lr=3e-3),),
        arch="xresnet18",
        width=0.25,
        presize=96,
        normalize="dataset",
        split="official",
        device="cpu",
        tta_n=0,
        loader=loader,
    )
    done = run_recipe(recipe, settings, emit=lambda event: None, should_stop=lambda: False, out_dir=tmp_path)
    assert done.export is not None
    done.export()
    stored = np.load(tmp_path / "predictions.npz")
    model = load_model(tmp_path)
    some = np.arange(0, len(stored["names"]), 7)
    pictures = [load_presized(root / str(stored["names"][i]), model.presize) for i in some]
    found = predict(model, pictures)
    np.testing.assert_allclose(found, stored["plain"][some], atol=off)
    assert list(model.classes) == stored["classes"].tolist()
