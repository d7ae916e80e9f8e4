"""What every test may use: the real Imagenette where it is at hand, a folder of tiny pictures, settings in a temporary
folder, the events of a small finished run.
"""

import gc
import os
import random
import re
import sys
from collections import Counter
from collections.abc import Callable, Iterator
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

# Set before torch is imported, and inherited by every process a test starts: OpenMP threads that wait must not spin. By
# default they do, and a training step on two busy cores took 8 times as long.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")

# Keep the servers and dispatchers that tests start from importing fastai and drawing the sample in advance, for a
# visitor who may never come.
os.environ.setdefault("SOTA_START_EARLY", "0")

# Assume one training speed on every machine, so that recipes fitted to a minute come out the same everywhere.
os.environ.setdefault("SOTA_ASSUMED_SPEED", "55")


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    """Do not import a file none of whose tests `-m` can select: importing torch, fastai and the app takes seconds each
    time.
    """
    asked, unwanted = marks_of(config.option.markexpr)
    if not asked | unwanted or collection_path.suffix != ".py":
        return None
    text = collection_path.read_text(encoding="utf-8")
    of_all = set(re.findall(r"mark\.(\w+)", "".join(re.findall(r"^pytestmark = (\S+|\[.*?^\])", text, re.M | re.S))))
    return True if unwanted & of_all or not all(f"mark.{name}" in text for name in asked) else None


# Rough seconds of the files that take longer than their number of tests suggests. The longest files start first: one
# that starts last would leave the other worker idle. A browser test counts as six seconds, any other as one.
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
    """Sort the longest files first, for `--dist loadfile --no-loadscope-reorder`, which hands out files in the order of
    their first tests.
    """
    if "loadfile" in getattr(config, "workerinput", {}).get("mainargv", ()):
        n_tests = Counter(item.path.relative_to(config.rootpath).as_posix() for item in items)
        seconds = {file: SECONDS.get(file, n * (6 if "/e2e/" in file else 1)) for file, n in n_tests.items()}
        items.sort(key=lambda item: -seconds[item.path.relative_to(config.rootpath).as_posix()])


def pytest_collection_finish() -> None:
    """Freeze what is loaded by now: searching it for garbage again and again took a sixteenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)


def marks_of(chosen: str) -> tuple[set[str], set[str]]:
    """The marks a test must have to be selected by this `-m`, and the marks it must not have; no marks for an
    expression with `or` or parentheses.

    >>> marks_of("slow and not long"), marks_of("not slow"), marks_of("slow or gpu"), marks_of("")
    (({'slow'}, {'long'}), (set(), {'slow'}), (set(), set()), (set(), set()))
    """
    if {"or", "("} & set(chosen.replace("(", " ( ").split()):
        return set(), set()
    parts = {part.strip() for part in chosen.split(" and ")} - {""}
    asked = {part for part in parts if part.isidentifier()}
    return asked, {part.removeprefix("not ") for part in parts - asked}


@pytest.fixture(scope="module", autouse=True)
def main_stays() -> Iterator[None]:
    """AppTest puts the app in the place of `__main__`, which multiprocessing would run in each child of later tests."""
    main = sys.modules["__main__"]
    yield
    sys.modules["__main__"] = main


@pytest.fixture(autouse=True)
def the_same_chance() -> None:
    """Seed the global generators before each test, so that what a test draws does not depend on the tests that ran
    before it.
    """
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.default_generator.manual_seed(0)  # torch.manual_seed records a stack for CUDA that nobody needs
        if torch.cuda.is_initialized():
            torch.cuda.manual_seed_all(0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings whose home and data folder are below the test's tmp_path."""
    folders = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    return load({**folders, "SOTA_ASSUMED_SPEED": os.environ["SOTA_ASSUMED_SPEED"]})


@pytest.fixture(scope="session")
def imagenette_224() -> Path:
    """The real Imagenette at 224 px, unpacked once per machine into the system's temporary folder, never into the
    project.
    """
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
    """Settings with as much of the sample set as a stepper looks at: the first pictures of every class."""
    folder = tmp_path_factory.mktemp("sampled")
    settings = load({"SOTA_HOME": str(folder / "home"), "SOTA_DATA_DIR": str(folder / "data")})
    draw_sample(
        sample.SAMPLE.folder(settings),
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
    """make(**changes): a recipe on `tiny_folder` that trains in seconds, with the given fields changed."""

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
