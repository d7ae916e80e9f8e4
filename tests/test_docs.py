"""The README, CONTRIBUTING.md and the docs name recipes, settings, folders, files, commands and labels that exist."""

import ast
import re
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest

from benchmarks import messages
from sota_core import paths
from sota_core.cli.compose import source_of
from sota_core.cli.main import build_parser
from sota_core.published import three_seeds, two_runs
from sota_core.recipes import PRESETS, apply_settings, preset
from sota_core.settings import Settings
from tests.test_architecture import FLOORS, ROOMS, SHARED

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
    assert all(said.replace("\u00a0", " ") in text for said in (two_runs(), three_seeds()))


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


TREE = re.findall(
    r"^( *)([\w.<>/]+) {2,}\S", README[README.index("\napp.py ") : README.index("Rooms have floors")], re.MULTILINE
)


def in_the_tree() -> Iterator[Path]:
    """Every path of the README's tree; `<page>` stands for any."""
    above = ROOT
    for indent, name in TREE:
        if not indent:
            above = ROOT / name
        yield (above / name if indent else ROOT / name).parent if "<" in name else above / name if indent else above


@pytest.mark.parametrize("path", list(in_the_tree()), ids=lambda path: path.relative_to(ROOT).as_posix())
def test_what_the_tree_shows_exists(path: Path):
    assert path.exists()


def test_the_tree_leaves_no_folder_of_the_core_out():
    shown = {path.name for path in in_the_tree() if path.parent == paths.CORE}
    assert shown == {path.name for path in paths.CORE.iterdir() if (path / "__init__.py").exists()}


def test_the_picture_s_floors_are_those_that_are_kept():
    boxes = dict(re.findall(r'(\w+)\["(.+?)"\]', README))
    arrows = {
        low: high
        for high, low in re.findall(r"^  (\w+)(?:\[.+?\])? --> (\w+)", README, re.MULTILINE)
        if high != "pages"
    }
    floors, at = [], "functional"
    while at:
        floors.append(tuple(boxes[at].split(", ")))
        at = arrows.pop(at, "")
    assert tuple(floors) == FLOORS and not arrows
    assert '--> figures\n  cli["cli"]' in README  # pages and the command line both stand on figures


def test_the_rooms_are_those_that_are_kept():
    told = dict(re.findall(r"^`([\w/]+)`: (.+?)(?: ·|\.)$", README, re.MULTILINE))
    rooms = {name: tuple(tuple(floor.split(", ")) for floor in text.split("; ")) for name, text in told.items()}
    assert rooms == {"pages/shared": SHARED, **ROOMS}


WAYS = re.findall(r"`([\w/]+\.py):(\w+)`", README)


@pytest.mark.parametrize(("file", "function"), WAYS, ids=[":".join(way) for way in WAYS])
def test_a_function_on_the_way_exists(file: str, function: str):
    (path,) = (p for folder in ("pages", "sota_core") for p in (ROOT / folder).rglob("*.py") if p.match(f"*/{file}"))
    tree = ast.parse(path.read_text(encoding="utf-8"))
    assert function in {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef)}


def test_there_are_four_ways():
    lines = re.findall(r"^- \*\*(.+?)\*\*: .*:\w+`", README, re.MULTILINE)
    assert lines == ["A recipe", "An event", "A λ", "An uploaded picture"]


CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "place", sorted(set(re.findall(r"`((?:sota_core|pages|tests|benchmarks)/[\w/]*(?:\.py)?)`", CONTRIBUTING)))
)
def test_a_place_contributors_are_sent_to_exists(place: str):
    assert (ROOT / place).exists()


def test_the_technique_s_walk_passes_every_file_that_knows_such_a_one():
    # a technique of the same kind that is there; what only lists every field, or tells of the chapter, needs nothing
    known = {
        path.relative_to(ROOT).as_posix()
        for folder in ("sota_core", "pages")
        for path in (ROOT / folder).rglob("*.py")
        if "cutmix_alpha" in path.read_text(encoding="utf-8")
    }
    special = {
        "sota_core/learn/experiments.py",  # one of the chapter's experiments
        "sota_core/analysis/verdict.py",  # whether losses can be compared: soft targets only
        "sota_core/figures/runs/calibration.py",  # what softer targets do to confidence
        "pages/mixup.py",  # its page
    }
    assert special <= known
    assert {place for place in known - special if f"`{place}`" not in CONTRIBUTING} == set()


def test_the_hooks_and_the_workflow_do_what_the_makefile_does():
    hooks = set(re.findall(r"entry: \.venv/bin/(\w+)", (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")))
    makefile = (ROOT / "Makefile").read_text(encoding="utf-8")
    parts = re.findall(r"^\t@\$\(MAKE\) .*?((?: \w+)+)$", makefile.partition("\ncheck:")[2].partition("\n\n")[0], re.M)
    check = "".join(makefile.partition(f"\n{part}:")[2].partition("\n\n")[0] for part in " ".join(parts).split())
    assert hooks == set(re.findall(r"\$\(BIN\)/(\w+)", check)) - {"python"}
    assert "- run: bash .ci/run" in (ROOT / ".github" / "workflows" / "ci.yml").read_text(encoding="utf-8")
    shared = [f'-m "{layer}" -n auto' for layer in ("not slow and not long", "not slow")]
    for layer in (*shared, "-m slow -n 2 --dist loadfile --no-loadscope-reorder"):
        assert layer in CONTRIBUTING and layer in (ROOT / "Makefile").read_text(encoding="utf-8")


@pytest.mark.parametrize("name", ["hosting", "own_pictures", "sample_model", "scale", "teaching"])
def test_what_a_guide_names_in_italics_is_called_so_on_the_screen(name: str):
    text = (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8")
    ids = [m.id if isinstance(m.id, list | tuple) else (m.id,) for m in messages.collected(messages.sources()) if m.id]
    known = {one.partition(" {")[0].strip("*") for of in ids for one in of}  # a label may end with a value
    known |= set(re.findall(r"^#+ (.+)$", text, re.M))
    named = set(re.findall(r"(?<![*\w`])\*([A-Z][^*\n]*)\*(?!\*)", text))
    assert {label for label in named if label not in known and f"{label} of room" not in known} == set()


def test_contributing_gives_no_number_of_tests_that_a_new_one_makes_wrong():
    assert re.findall(r"some [\d,]{3,}", CONTRIBUTING) == []
