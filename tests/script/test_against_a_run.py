"""The generated script, when executed, trains like our own run with the chapter's loader: the same losses, batch by
batch.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from sota_core import paths
from sota_core.recipes import Phase, Recipe
from sota_core.script.sections import CLOSE, LATER, N_CLOSE
from tests.drawn_sample import draw_sample

pytestmark = pytest.mark.slow

# A small rate: Adam's first steps follow the sign of each gradient, which rounding decides where the gradient is nearly
# 0.
LR = 3e-5
SHORT = (Phase(size=32, bs=8, n_epochs=1, lr=LR),)
COMMON = {
    "phases": SHORT, "arch": "xresnet18", "width": 0.25, "presize": 64, "tta_n": 1, "device": "cpu",
    "precision": "fp32", "loader": "files", "seed": 7,
}  # fmt: skip
RECIPES = {
    "baseline": {},
    "techniques": {"normalize": "imagenet", "mixup_alpha": 0.4, "label_smoothing": 0.1},
    "two phases": {
        "phases": (*SHORT, Phase(size=48, bs=8, n_epochs=1, lr=LR, method="fine_tune")),
        "split": "random20",
        "normalize": "batch",
    },
    "pretrained": {
        "phases": (Phase(size=32, bs=8, n_epochs=1, lr=LR, method="fine_tune"),),
        "pretrained": "sample",
        "width": 0.1875,
        "normalize": "pretrained",
    },
    "torchvision's net": {"arch": "resnet18", "width": 1.0},
    "printed split, wrong labels": {
        "phases": (*SHORT, Phase(size=40, bs=8, n_epochs=1, lr=LR)),
        "split": "random20",
        "resplit": True,
        "subset": 0.6,
        "valid_limit": 5,
        "label_noise": 0.25,
        "cutmix_alpha": 1.0,
        "resize": "squish",
    },
}

# name of the recipe → "own" or "script" → (loss, learning rate, momentum) of every training batch
Steps = dict[str, dict[str, list[tuple[float, float, float]]]]


@pytest.fixture(scope="module")
def steps(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    """The steps of all recipes, from one process beside this one."""
    place = tmp_path_factory.mktemp("script")
    parts, classes = (("train", 12), ("val", 4)), ("balloon", "carp", "clam")
    names = [f"{part}/{name}/{i:03}.jpg" for part, n in parts for name in classes for i in range(n)]
    folder = draw_sample(place / "drawn", names)
    (place / "sota_core").symlink_to(paths.CORE)  # the script names weights by their path in the project
    recipes = [Recipe(source=str(folder), **(COMMON | more)).to_json() for more in RECIPES.values()]
    driver, out = Path(__file__).with_name("driver.py"), place / "losses.json"
    command = [sys.executable, str(driver), str(folder), str(out), *recipes]
    env = os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(paths.ROOT)}
    done = subprocess.run(command, capture_output=True, text=True, timeout=580, cwd=place, env=env)
    assert done.returncode == 0, done.stderr[-3000:]
    return dict(zip(RECIPES, json.loads(out.read_text()), strict=True))


@pytest.mark.parametrize("name", RECIPES)
def test_the_script_has_the_same_losses_as_our_run(name: str, steps: Steps):
    own, script = ([loss for loss, _, _ in steps[name][whose]] for whose in ("own", "script"))
    assert len(own) == len(script) >= N_CLOSE
    assert script[:N_CLOSE] == pytest.approx(own[:N_CLOSE], abs=CLOSE)
    # later, the order of rounding in sums shows; other pictures, crops or partners would differ by tenths
    assert script == pytest.approx(own, abs=LATER)


@pytest.mark.parametrize("name", RECIPES)
def test_the_script_has_the_same_schedule_as_our_run(name: str, steps: Steps):
    own, script = ([step[1:] for step in steps[name][whose]] for whose in ("own", "script"))
    assert script == own


def test_other_recipes_have_other_losses(steps: Steps):
    assert len({round(found["own"][0][0], 3) for found in steps.values()}) == len(RECIPES)
