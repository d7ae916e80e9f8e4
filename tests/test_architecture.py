"""The shape of the project, kept by the standard library's ast: arrows point down, heavy imports stay in workers."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
MAX_LINES = 250

# Higher numbers may import lower ones; what is not listed (errors, settings, recipes, published) is for everybody.
FLOORS = {
    "functional": 0,
    "script": 0,
    "learn": 1,
    "data": 1,
    "inference": 2,
    "train": 2,
    "runs": 3,
    "figures": 4,
    "cli": 5,
}
FASTAI_FILES = {
    "data/loaders.py",
    "data/picture_dl.py",
    "data/chapter.py",
    "train/callbacks.py",
    "train/learner.py",
    "train/optimizer.py",
    "train/recorder.py",
    "train/threads.py",
}
SOURCES = sorted(p for folder in ("sota_core", "pages", "benchmarks") for p in (ROOT / folder).rglob("*.py"))
CORE = [p for p in SOURCES if p.is_relative_to(ROOT / "sota_core")]


def imported(path: Path) -> Iterator[str]:
    """Every module a file names in an import, absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            yield module
            yield from (f"{module}.{alias.name}" for alias in node.names)


def floor_of(module: str) -> int | None:
    match = re.match(r"sota_core\.(\w+)", module)
    return FLOORS.get(match.group(1)) if match else None


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_imports_go_down_only(path: Path):
    own = floor_of(relative(path).replace("/", "."))
    if own is not None:
        above = [m for m in imported(path) if (floor := floor_of(m)) is not None and floor > own]
        assert not above, f"{relative(path)} imports upwards: {above}"


@pytest.mark.parametrize("path", CORE, ids=relative)
def test_the_core_knows_no_screen(path: Path):
    assert not [m for m in imported(path) if m.split(".")[0] in ("streamlit", "pages")]


@pytest.mark.parametrize("path", SOURCES, ids=relative)
def test_fastai_is_imported_only_where_workers_look(path: Path):
    if any(m.split(".")[0] in ("fastai", "fastcore") for m in imported(path)) and "benchmarks" not in path.parts:
        assert relative(path).removeprefix("sota_core/") in FASTAI_FILES


@pytest.mark.parametrize("path", [p for p in CORE if "functional" in p.parts], ids=relative)
def test_the_maths_needs_neither_torch_nor_a_clock(path: Path):
    assert not {m.split(".")[0] for m in imported(path)} & {"torch", "fastai", "time", "random", "os", "pathlib"}


@pytest.mark.parametrize("path", [*SOURCES, *sorted((ROOT / "tests").rglob("*.py"))], ids=relative)
def test_no_file_grows_beyond_what_one_reads_in_a_sitting(path: Path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MAX_LINES


def test_there_is_no_drawer_for_odds_and_ends():
    assert not [p for p in SOURCES if p.stem in ("utils", "helpers", "common", "misc", "manager")]


def test_page_files_stand_one_folder_below_pages_and_above_them_are_only_doors():
    # pages/_shared/frame.py says what the doors are for
    door = (ROOT / "pages" / "train.py").read_text().split("\n", 1)[1]
    assert "runpy.run_path" in door and len(door.splitlines()) <= 6
    assert all(p.read_text().split("\n", 1)[1] == door for p in (ROOT / "pages").glob("*.py"))


@pytest.mark.parametrize(
    "path", [p for p in CORE if "functional" in p.parts and not p.stem.startswith("_")], ids=relative
)
def test_every_public_function_of_the_maths_gives_shapes_and_source(path: Path):
    for node in ast.parse(path.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            text = ast.get_docstring(node) or ""
            assert "Shapes" in text and "Source" in text, f"{relative(path)}: {node.name}"


def test_no_pickle_is_read_anywhere():
    # torch.load, joblib, pd.read_pickle and numpy's allow_pickle all run what they read
    readers = re.compile(r"\bimport pickle|pickle\.loads?\(|torch\.load\(|read_pickle|allow_pickle=True|joblib")
    assert not [relative(p) for p in [*SOURCES, ROOT / "app.py"] if p.exists() and readers.search(p.read_text())]
