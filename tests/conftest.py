"""What every test may use: real pictures where they are, a folder of tiny ones, settings in a temporary folder."""

import gc
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from benchmarks import pictures
from sota_core.analysis.series import Series, fold
from sota_core.data.sample import sample
from sota_core.recipes import Phase, Recipe
from sota_core.settings import Settings, load
from sota_core.train.stepper import messages
from tests.analysis.run_events import run_events
from tests.drawn_sample import draw_sample

# Before torch is imported, and for every process a test starts: threads that wait must not spin. On two busy cores a
# training step took 8 times as long with the default.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Nor does each server and dispatcher of a test import fastai and draw the sample for a visitor who may come.
os.environ.setdefault("SOTA_START_EARLY", "0")

# And recipes that are made to fit a minute are the same on every machine.
os.environ.setdefault("SOTA_ASSUMED_SPEED", "55")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """A file none of whose tests `-m` can choose is not imported: torch, fastai and the app take seconds each time."""
    asked, unwanted = marks_of(config.option.markexpr)
    if not asked | unwanted or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    of_all = set(re.findall(r"mark\.(\w+)", "".join(re.findall(r"^pytestmark = (\S+|\[.*?^\])", text, re.M | re.S))))
    return True if unwanted & of_all or not all(f"mark.{name}" in text for name in asked) else None


# Roughly the seconds of files that take longer than their number of tests says: what takes longest is begun first, for
# begun last it would leave the other worker without work. A test in a browser takes six.
SECONDS = {
    "tests/train/test_imagenette.py": 90,
    "tests/runs/test_chaos.py": 80,
    "tests/benchmarks/test_gpu.py": 60,
    "tests/train/test_fit.py": 40,
    "tests/runs/executors/test_real_ray.py": 40,
    "tests/cli/test_serve.py": 40,
    "tests/cli/test_main.py": 35,
    "tests/train/outside/test_predict_script.py": 35,
    "tests/train/stepper/test_steps.py": 30,
    "tests/runs/test_real_training.py": 30,
    "tests/script/test_against_a_run.py": 30,
    "tests/e2e/test_foreign_proxy.py": 30,
    "tests/pages/parts/compare/test_ladder.py": 20,
}


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """For `--dist loadfile --no-loadscope-reorder`, which hands out files in the order of their first tests."""
    if "loadfile" in getattr(config, "workerinput", {}).get("mainargv", ()):
        n_tests = Counter(item.path.relative_to(config.rootpath).as_posix() for item in items)
        seconds = {file: SECONDS.get(file, n * (6 if "/e2e/" in file else 1)) for file, n in n_tests.items()}
        items.sort(key=lambda item: -seconds[item.path.relative_to(config.rootpath).as_posix()])


def pytest_collection_finish() -> None:
    """What is loaded by now stays: to look for garbage in it again and again took a sixteenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def marks_of(chosen: str) -> tuple[set[str], set[str]]:
    """The marks without which this `-m` chooses no test, and those with which it chooses none.

    >>> marks_of("slow and not long"), marks_of("not slow"), marks_of("slow or gpu"), marks_of("")
    (({'slow'}, {'long'}), (set(), {'slow'}), (set(), set()), (set(), set()))
    """
    if {"or", "("} & set(chosen.replace("(", " ( ").split()):
        return set(), set()
    parts = {part.strip() for part in chosen.split(" and ")} - {""}
    asked = {part for part in parts if part.isidentifier()}
    return asked, {part.removeprefix("not ") for part in parts - asked}


@pytest.fixture(autouse=True)
def the_same_chance() -> None:
    """What a test draws without a seed of its own does not hang on which tests this process has had before."""
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.default_generator.manual_seed(0)  # torch.manual_seed writes down a stack for a card nobody has asked for
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Everything of a test lives below its tmp_path."""
    folders = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    return load({**folders, "SOTA_ASSUMED_SPEED": os.environ["SOTA_ASSUMED_SPEED"]})


@pytest.fixture(scope="session")
def imagenette_224() -> Path:
    """The real Imagenette at 224 px, unpacked once per machine into the temporary folder; never into the project."""
    folder = pictures.imagenette_224()
    return folder or pytest.skip("the real Imagenette (imagenette2-224.tar) is not beside this checkout")


N_TRAIN, N_VALID = 24, 8  # tiny pictures per class


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
def sampled(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Settings whose sample set is there as far as a stepper looks: the first pictures of every class."""
    folder = tmp_path_factory.mktemp("sampled")
    settings = load({"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")})
    draw_sample(
        sample.sample_folder(settings),
        (
            f"{part}/{name}/{i:03d}.jpg"
            for part, n in (("train", messages.N_TRAIN), ("val", messages.N_VALID))
            for name in sample.sample_classes
            for i in range(n // len(sample.sample_classes))
        ),
    )
    return settings


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


@pytest.fixture
def events() -> list[dict]:
    """What a finished run of three epochs and four TTA views has written."""
    return run_events()


@pytest.fixture
def series(events: list[dict]) -> Series:
    return fold(Series(), events)
