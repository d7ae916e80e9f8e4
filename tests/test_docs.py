"""The README says what the code does: its recipes, settings, folders and commands are the real ones."""

import re
import shlex

import pytest

from sota_core import paths
from sota_core.cli.compose import source_of
from sota_core.cli.main import build_parser
from sota_core.published import THREE_SEEDS, TWO_RUNS
from sota_core.recipes import PRESETS, apply_settings, preset
from sota_core.settings import Settings

ROOT = paths.ROOT
README = (ROOT / "README.md").read_text(encoding="utf-8")
COMMANDS = re.findall(r"^python -m sota_core (.+?)(?:\s+#.*)?$", README, re.MULTILINE)


def test_every_recipe_is_in_the_readmes_table_and_no_other():
    table = re.findall(r"^\| `(\w+)` \| (?!SQLAlchemy)", README, re.MULTILINE)
    assert [name for name in table if not name.startswith("SOTA_")] == list(PRESETS)


def test_the_readmes_cpu_builds_are_the_pinned_ones_from_one_place():
    pins = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    wanted = " ".join(pin for pin in pins if pin.partition("==")[0] in ("torch", "torchvision"))
    assert f"pip install {wanted} --index-url https://download.pytorch.org/whl/cpu" in README


def test_the_limits_give_the_same_figures_of_chance_as_the_app():
    text = " ".join(README.split())
    assert TWO_RUNS in text and THREE_SEEDS in text


def test_every_variable_the_settings_read_is_explained():
    source = (ROOT / "sota_core" / "settings.py").read_text(encoding="utf-8")
    assert set(re.findall(r"SOTA_\w+", source)) == set(re.findall(r"SOTA_\w+", README))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_commands_shown_are_commands(command: str, settings: Settings):
    args = build_parser().parse_args(shlex.split(command))
    if hasattr(args, "recipe"):
        apply_settings(preset(args.recipe), args.changes)
        assert source_of(args.data, settings) == args.data


def test_there_are_commands_to_show():
    assert len(COMMANDS) >= 4


@pytest.mark.parametrize("folder", re.findall(r"^  (\w+)/ {2,}", README, re.MULTILINE))
def test_every_folder_in_the_tree_exists(folder: str):
    assert (ROOT / "sota_core" / folder).is_dir() or (ROOT / "pages" / folder).is_dir()
