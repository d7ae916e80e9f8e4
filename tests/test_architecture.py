"""The shape of the project, read with the standard library's ast: imports go down only, heavy imports stay in workers,
files and folders stay small.
"""

import ast
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from functools import cache
from pathlib import Path

import pytest

from sota_core import paths

ROOT = paths.ROOT
MAX_LINES = 300
MAX_FILES = 16  # Python files a folder

# The folders of sota_core, lowest first: a module may import from its own folder and from those above in this list.
# Folders on one line do not import each other. Modules that stand in no folder (errors, language, later, limits,
# numbers, words, settings, paths, places, published) may be imported by all.
FLOORS = (
    ("functional", "system"),
    ("people", "recipes"),
    ("data", "learn"),
    ("script", "inference", "train"),
    ("runs",),
    ("analysis",),
    ("figures",),
    ("cli",),
)
# The same within a folder: the store imports from no other folder of runs, and so on upwards.
ROOMS = {
    "data": (("sample",), ("pictures",), ("sets",), ("loading",)),
    "runs": (("store",), ("migrations", "worker", "recordings"), ("executors",), ("dispatch", "steppers")),
    "figures": (("chapter", "normalization", "resizing", "tta", "mixup", "label_smoothing"), ("runs",)),
}
SHARED = (("session",), ("components",), ("people",), ("pictures",), ("runs",), ("server",), ("frame",))  # pages/shared
FASTAI_FILES = {
    "data/loading/fastai_device.py",
    "data/loading/fastai_vision.py",
    "data/loading/loaders.py",
    "data/loading/picture_dl.py",
    "data/loading/files_loader.py",
    "train/callbacks.py",
    "train/epoch_answers.py",
    "train/learner.py",
    "train/optimizer.py",
    "train/recorder.py",
    "train/step/graph.py",
    "train/step/kernels.py",
    "train/step/first_batch.py",
    "train/step/mixing.py",
    "train/step/plain.py",
    "train/step/precision.py",
    "train/step/tidy.py",
    "train/stepper/lr_finder.py",
    "train/stepper/steps.py",
    "train/stepper/watch.py",
    "train/threads.py",
}
SOURCES = sorted(p for folder in ("sota_core", "pages", "benchmarks") for p in (ROOT / folder).rglob("*.py"))
CORE = [p for p in SOURCES if p.is_relative_to(ROOT / "sota_core")]
PAGES = [p for p in SOURCES if p.is_relative_to(ROOT / "pages")]


@cache
def imported(path: Path) -> frozenset[str]:
    """Every module a file names in an import, absolute."""
    package = path.relative_to(ROOT).with_suffix("").parts[:-1]
    found: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            base = ".".join(package[: len(package) - node.level + 1]) if node.level else ""
            module = ".".join(part for part in (base, node.module or "") if part)
            found.update([module, *(f"{module}.{alias.name}" for alias in node.names)])
    return frozenset(found)


def relative(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def module_of(path: Path) -> str:
    return relative(path.with_suffix("")).replace("/", ".").removesuffix(".__init__")


MODULES = {module_of(path) for path in SOURCES}
# Pages, lowest first: a page may import parts and shared code, a part only shared code; no page imports another page.
VIEW = (("shared",), ("parts",), tuple(path.stem for path in (ROOT / "pages").glob("*.py")))


def rank_in(floors: Sequence[Sequence[str]], name: str) -> int | None:
    return next((rank for rank, names in enumerate(floors) if name in names), None)


def is_upwards(own: str, other: str) -> bool:
    """Whether an import of `other` in `own` goes up, or to a neighbour on the same floor."""
    mine, theirs = own.split("."), other.split(".")
    if (mine[0], theirs[0]) == ("sota_core", "pages"):
        return True
    if mine[0] != theirs[0]:
        return False
    if mine[0] == "pages":
        return _is_above(VIEW, mine[1:], theirs[1:]) or _is_above(SHARED, mine[2:], theirs[2:])
    return _is_above(FLOORS, mine[1:], theirs[1:]) or (
        mine[1:2] == theirs[1:2] and _is_above(ROOMS.get(mine[1], ()), mine[2:], theirs[2:])
    )


def _is_above(floors: Sequence[Sequence[str]], mine: list[str], theirs: list[str]) -> bool:
    if not mine or not theirs or mine[0] == theirs[0]:
        return False
    low, high = rank_in(floors, mine[0]), rank_in(floors, theirs[0])
    return low is not None and high is not None and high >= low


def test_imports_go_down_only():
    above = {
        own: sorted(m for m in imported(path) & MODULES if m != own and is_upwards(own, m))
        for path in (*CORE, *PAGES)
        for own in [module_of(path)]
    }
    assert not {own: found for own, found in above.items() if found}, "these modules import upwards"


def test_what_is_not_on_a_floor_is_for_everybody_and_names_nobody_above():
    free = {"errors", "language", "later", "limits", "numbers", "paths", "places", "published", "settings", "words"}
    folders = {path.relative_to(ROOT / "sota_core").parts[0] for path in CORE if path.parent != ROOT / "sota_core"}
    assert folders == {name for floor in FLOORS for name in floor}
    assert {p.stem for p in (ROOT / "sota_core").glob("*.py")} == free | {"__init__", "__main__"}
    for name in free:
        below = {m.split(".")[1] for m in imported(ROOT / "sota_core" / f"{name}.py") if m.startswith("sota_core.")}
        assert below <= free, f"{name} imports {below - free}"


@pytest.mark.parametrize(
    ("folder", "rooms"),
    [("pages/shared", SHARED), *((f"sota_core/{name}", rooms) for name, rooms in ROOMS.items())],
)
def test_every_room_has_its_floor(folder: str, rooms: Sequence[Sequence[str]]):
    there = {path.name for path in (ROOT / folder).iterdir() if any(path.glob("*.py"))}
    placed = {room for floor in rooms for room in floor}
    assert there == placed, f"{there ^ placed}: put it into ROOMS (or SHARED) here and into the README's line of rooms"


def test_no_two_modules_import_each_other_in_a_circle():
    edges = {module_of(p): {m for m in imported(p) if m in MODULES} - {module_of(p)} for p in [*CORE, *PAGES]}
    left = dict(edges)
    while leaves := [m for m, below in left.items() if not below & set(left)]:  # those that import nothing that is left
        for leaf in leaves:
            del left[leaf]
    assert not left, f"these import each other in a circle, or import from such a circle: {sorted(left)}"


def test_a_folder_can_be_taken_in_at_a_glance():
    n_files = Counter(relative(path.parent) for path in SOURCES if path.name != "__init__.py")
    assert not {folder: n for folder, n in n_files.items() if n > MAX_FILES}, f"more than {MAX_FILES} Python files"


def importers(files: Iterable[Path], *packages: str) -> dict[str, list[str]]:
    """The files that import from one of these packages, and the modules they import."""
    found = {relative(path): sorted(m for m in imported(path) if m.split(".")[0] in packages) for path in files}
    return {file: modules for file, modules in found.items() if modules}


def test_the_core_knows_no_screen():
    assert importers(CORE, "streamlit", "pages") == {}


def test_fastai_is_imported_only_where_workers_look():
    found = importers([*CORE, *PAGES], "fastai", "fastcore")
    assert {file.removeprefix("sota_core/") for file in found} <= FASTAI_FILES


def test_torchvision_is_imported_where_its_operators_are_declared_first():
    with_torchvision = {"torchvision", *(f"fastai.vision.{name}" for name in ("all", "augment", "learner", "models"))}
    found = {
        relative(p)
        for p in SOURCES
        if any(m == w or m.startswith(f"{w}.") for m in imported(p) for w in with_torchvision)
    }
    assert found == {"sota_core/data/loading/fastai_vision.py"}


def test_the_maths_needs_neither_torch_nor_a_clock():
    maths = [path for path in CORE if "functional" in path.parts]
    assert importers(maths, "torch", "fastai", "time", "random", "os", "pathlib") == {}


def test_no_file_grows_beyond_what_one_reads_in_a_sitting():
    n_lines = {
        relative(path): len(path.read_text(encoding="utf-8").splitlines())
        for path in (*SOURCES, *(ROOT / "tests").rglob("*.py"))
    }
    assert not {file: n for file, n in n_lines.items() if n > MAX_LINES}, f"more than {MAX_LINES} lines"


def test_every_part_that_is_redrawn_says_its_troubles():
    """`trouble.fragment` does; what first_visit.py runs again draws nothing."""
    own = {relative(path) for path in PAGES if "st.fragment" in path.read_text(encoding="utf-8")}
    assert own == {"pages/shared/session/trouble.py", "pages/shared/frame/first_visit.py"}


def test_there_is_no_drawer_for_odds_and_ends():
    assert not [p for p in SOURCES if p.stem in ("utils", "helpers", "common", "misc", "manager")]


def test_every_public_function_of_the_maths_gives_shapes_and_source():
    public = {
        f"{relative(path)}: {node.name}": ast.get_docstring(node) or ""
        for path in CORE
        if "functional" in path.parts and not path.stem.startswith("_")
        for node in ast.parse(path.read_text(encoding="utf-8")).body
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_")
    }
    assert len(public) > 20
    assert [name for name, text in public.items() if not ("Shapes" in text and "Source" in text)] == []


def test_no_pickle_is_read_anywhere():
    # torch.load, joblib, pd.read_pickle and numpy's allow_pickle all execute what they read; torch.load with
    # weights_only builds nothing but tensors.
    readers = re.compile(
        r"\bimport pickle|pickle\.loads?\(|torch\.load\((?![^()]*weights_only=True)|read_pickle"
        r"|allow_pickle=True|joblib"
    )
    assert not [relative(p) for p in [*SOURCES, ROOT / "app.py"] if p.exists() and readers.search(p.read_text())]
