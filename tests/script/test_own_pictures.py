"""The generated script takes the run's own pictures: the same files, classes and parts, whatever the folders are
called.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from sota_core import paths
from sota_core.errors import SourceError
from sota_core.recipes import Phase, Recipe
from sota_core.script import python_script


def part(folder: str, *classes: str, n: int = 6) -> list[str]:
    return [f"{folder}/{name}/{i}.png" for name in classes or ("a", "b") for i in range(n)]


LAYOUTS = {
    "classes": part("", "cat", "dog"),
    "years": ["cat/2023/1.png", "cat/2024/2.jpg", "dog/2023/3.png", "dog/2024/new/4.PNG", "owl/5.jpeg", "owl/6.png"],
    "train val": [*part("train"), *part("val", n=3)],
    "train valid": [*part("train"), *part("valid", n=3)],
    "train val test": [*part("train"), *part("val", n=3), *part("test", n=4)],
    "train val, test without labels": [*part("train"), *part("val", n=3), "test/1.png", "test/2.png"],
    "training validation": [*part("Training"), *part("validation", n=3)],
    "train test": [*part("Training", "x", "y"), *part("Testing", "x", "y", n=3)],
    "train alone": [*part("train"), "test/1.png"],
    "seg": [*part("seg_train/seg_train"), *part("seg_test/seg_test", n=3), "seg_pred/1.png"],
    "sets": [*part("training_set"), *part("test_set", n=3)],
    "wrapped": [*part("archive/train"), *part("archive/dev", n=3), "archive/readme.png"],
    "wrapped classes": part("archive", "cat", "dog"),
    "beside no pictures": [*part("home/ann/food/images", "pie", "soup"), "home/ann/food/meta/train.txt"],
    "image folder": [*part("data/train"), *part("data/validation", n=3), *part("data/test"), "data/train/metadata.csv"],
    "a rare class": [*part("train", "a", "b", "rare"), *part("val", n=3)],
    "odd files": [
        *part("train"), *part("val", n=3), "train/a/.hidden.png", "train/a/._x.png", "train/.ipynb_checkpoints/1.png",
        "train/a/__MACOSX/1.png", "train/b/notes.txt", "train/b/1.heic", "train/b/1.jfif", "train/b/png",
        "train/stray.png", "val/a/Thumbs.db", "val/a/deep/er/x.WEBP", "loose.png", "extra/1.png",
        "train/b/caf\udce9.png",
    ],
    "both forms of é": [*part("train", "caf\u00e9", "bar"), *part("val", "cafe\u0301", n=3)],
}  # fmt: skip
KINDS = {
    "official": {"split": "official"},
    "random": {"split": "random20", "split_seed": 3},
    "share": {"split": "official", "subset": 0.6, "valid_limit": 2},
}
Found = dict[tuple[str, str], list[dict]]


def recipe(folder: Path, **changes: object) -> Recipe:
    return Recipe(
        phases=(Phase(size=16, bs=2),), source=str(folder), presize=16, device="cpu", loader="files", **changes
    )


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Found:
    """(layout, kind) → what the run takes and what the script takes, from one process beside this one."""
    place = tmp_path_factory.mktemp("own")
    Image.new("RGB", (12, 12), "teal").save(place / "one.png")
    one = (place / "one.png").read_bytes()
    arguments = []
    for number, names in enumerate(LAYOUTS.values()):
        for name in names:
            file = place / f"set {number}" / name.lstrip("/")
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_bytes(one)
        for changes in KINDS.values():
            folder = place / f"set {number}"
            arguments += [recipe(folder, **changes).to_json(), str(folder)]
    command = [sys.executable, str(Path(__file__).with_name("own_driver.py")), str(place / "out.json"), *arguments]
    environment = os.environ | {"PYTHONPATH": str(paths.ROOT), "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, capture_output=True, text=True, timeout=580, cwd=place, env=environment)
    assert done.returncode == 0, done.stderr[-3000:]
    cases = [(layout, kind) for layout in LAYOUTS for kind in KINDS]
    return dict(zip(cases, json.loads((place / "out.json").read_text()), strict=True))


@pytest.mark.slow
@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("layout", LAYOUTS)
def test_the_script_takes_the_runs_files_classes_and_split(layout: str, kind: str, found: Found):
    run, script = found[layout, kind]
    assert script["classes"] == run["classes"]
    assert script["train"] == run["train"] and script["valid"] == run["valid"]
    assert run["train"] and run["valid"]


@pytest.mark.slow
def test_no_test_picture_is_among_them_where_there_is_a_validation_part(found: Found):
    for kind in KINDS:
        for rows in found["train val test", kind]:
            files = [file for part in ("train", "valid") for file, _ in rows[part]]
            assert files and not [file for file in files if "/test/" in file]


def test_pictures_that_are_not_here_are_supposed_to_lie_as_the_recipe_splits_them(tmp_path: Path):
    official = python_script(recipe(tmp_path / "away", split="official"))
    assert (
        "train_path = path / 'train'\nvalid_path = path / 'val'\n" in official and "FuncSplitter(is_valid)" in official
    )
    assert "train_path = path\n" in python_script(recipe(tmp_path / "away", split="random20"))


def test_a_folder_that_is_no_data_set_is_refused_where_it_is_named(tmp_path: Path):
    (tmp_path / "set").mkdir()
    with pytest.raises(SourceError, match="no pictures found"):
        python_script(recipe(tmp_path), folder=str(tmp_path / "set"))
    assert "my_pictures" in python_script(recipe(tmp_path / "set"))  # a run's folder may have become unusable since
