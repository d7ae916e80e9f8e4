"""What a run tells about its pictures: folders that are not used, whose split it takes, by which loader they come."""

from collections.abc import Callable
from pathlib import Path

import pytest

from sota_core.errors import DiskFullError
from sota_core.recipes import Phase, Recipe
from sota_core.settings import Settings
from sota_core.train import prepare as preparing
from sota_core.train.fit import run_recipe
from sota_core.train.prepare import prepare
from tests.pictures import class_folders

pytestmark = pytest.mark.long  # a Learner, so fastai

Told = Callable[..., list[str]]


@pytest.fixture
def told(tmp_path: Path, settings: Settings, tiny_recipe_of: Callable[..., Recipe]) -> Told:
    """told("train", "val", split="official"): the messages about pictures in these parts, without progress."""

    def of(*parts: str, **changes: object) -> list[str]:
        for part in parts:
            class_folders(tmp_path / "d" / part, "ab", 10)
        said: list[dict] = []
        prepare(tiny_recipe_of(source=str(tmp_path / "d"), **changes), settings, said.append, lambda: False)
        return [event["message"] for event in said if event["stage"] == "data" and "done" not in event]

    return of


def test_a_test_folder_that_validates_is_said(told: Told):
    assert told("train", "test") == ["test/ with its 20 pictures is the validation part: the folder has no other."]


def test_a_split_of_its_own_that_the_recipe_pools_is_said(told: Told):
    pooled = "train/ and validation/ are pooled and a random fifth of all 40 pictures is held out (split=random20)."
    assert told("train", "validation", split="random20") == [pooled]


def test_a_folder_without_a_split_says_what_is_held_out(told: Told):
    assert told("") == ["The folder has no validation part: a random fifth of its pictures is held out."]


def test_a_tidy_folder_is_trained_without_a_word(told: Told):
    assert told("train", "val") == []


@pytest.mark.slow
def test_a_run_without_room_for_the_cache_tells_which_loader_it_used(
    tiny_recipe: Recipe, settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    def full(*_: object) -> None:
        raise DiskFullError("no room", needed_bytes=2, free_bytes=1)

    monkeypatch.setattr(preparing, "build_cache", full)
    recipe, said = tiny_recipe.replace(phases=(Phase(size=32, bs=16, n_epochs=1),), tta_n=0), []
    (tmp_path / "out").mkdir()
    found = run_recipe(recipe, settings, emit=said.append, should_stop=lambda: False, out_dir=tmp_path / "out")
    (started,) = (event for event in said if event["kind"] == "started")
    assert recipe.loader == "cache" and started["loader"] == found.summary.get("loader") == "files"
    assert recipe.precision == "auto" and started["precision"] == found.summary.get("precision") != "auto"
