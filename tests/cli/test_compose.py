"""A command line and an address that mean the same make the same recipe: both are fitted by the same code."""

import shutil
from pathlib import Path

import pytest

from sota_core.cli import compose as command_line
from sota_core.cli.main import build_parser
from sota_core.errors import InputError, RecipeError
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS
from sota_core.recipes.draft import Pictures, compose
from sota_core.settings import Settings


def ignore(done: int, total: int | None, message: str) -> None:
    """In place of a progress bar."""


def of_the_command_line(words: list[str], settings: Settings):
    args = build_parser().parse_args(["train", *words])
    return command_line.compose(args, settings, lambda: DEFAULT_THROUGHPUT, ignore)


@pytest.fixture(params=["its own split", "no split"])
def folder(request: pytest.FixtureRequest, tiny_folder: Path, tmp_path: Path) -> Path:
    if request.param == "its own split":
        return tiny_folder
    return Path(shutil.copytree(tiny_folder / "train", tmp_path / "mine"))


@pytest.mark.long
@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("budget", ["20", "900"])
def test_the_same_words_make_the_same_recipe(name: str, budget: str, folder: Path, settings: Settings):
    words = ["--recipe", name, "--data", str(folder), "--budget", budget, "--set", "phases.0.bs=8", "--seed", "7"]
    pictures = command_line.pictures_of(str(folder), settings, ignore)
    asked = {"recipe": name, "fit": budget, "phases.0.bs": "8", "seed": "7"}
    assert of_the_command_line(words, settings) == compose(asked, pictures, DEFAULT_THROUGHPUT).recipe


def test_pictures_are_counted_and_a_fifth_given_up_where_there_is_no_split(folder: Path, settings: Settings):
    found = command_line.pictures_of(str(folder), settings, ignore)
    with_split = Pictures(str(folder), 72, 24)
    without = Pictures(str(folder), 58, 14, has_official_split=False)
    assert found == (with_split if (folder / "val").exists() else without)


def test_a_pretrained_net_brings_its_architecture_width_and_statistics(settings: Settings):
    words = ["--recipe", "baseline", "--data", "prints", "--pretrained", "sample", "--set", "bs=32"]
    made = of_the_command_line(words, settings)
    assert (made.pretrained, made.arch, made.width, made.normalize) == ("sample", "xresnet18", 0.1875, "pretrained")
    assert of_the_command_line([*words, "--set", "normalize=none"], settings).normalize == "none"


def test_another_net_than_the_pretrained_one_is_refused_before_there_is_a_run(settings: Settings):
    with pytest.raises(RecipeError, match=r"weights of xresnet18 with width 0\.1875, this recipe trains xresnet34"):
        of_the_command_line(["--recipe", "baseline", "--pretrained", "sample", "--set", "arch=xresnet34"], settings)


def test_weights_that_are_not_on_this_machine_are_refused_with_what_to_do(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    words = ["--recipe", "baseline", "--data", "prints", "--pretrained", "imagenet"]
    with pytest.raises(InputError, match=r"resnet34 are not in torch's cache .* fetches them once: python -c"):
        of_the_command_line(words, settings)
