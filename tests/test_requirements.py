"""Every imported package is pinned; every pinned package is used and has its reason in DECISIONS.md."""

import ast
import re
import sys
from collections.abc import Iterator
from functools import cache
from importlib.metadata import packages_distributions
from pathlib import Path

import pytest

from sota_core import paths

ROOT = paths.ROOT
OURS = {"sota_core", "pages", "benchmarks", "tests"}
RUN_TIME = ("app.py", "sota_core", "pages")
DEVELOPMENT = ("benchmarks", "tests")

# Packages used without an import of ours: the file that shows the use, and the words in it that do.
USED_OTHERWISE = {
    "onnxscript": ("sota_core/train/export.py", "dynamo=True"),  # torch's exporter imports it
    "flask": ("tests/runs/store/test_shared_files.py", "ThreadedMotoServer"),  # moto's server imports it, and its CORS
    "flask-cors": ("tests/runs/store/test_shared_files.py", "ThreadedMotoServer"),
    "psycopg": ("tests/databases.py", "SOTA_TEST_PG_URL"),  # SQLAlchemy imports it for a PostgreSQL URL
    "pytest-xdist": ("Makefile", "-n auto"),
    "pytest-timeout": ("pyproject.toml", "timeout ="),
    "pytest-rerunfailures": ("Makefile", "--reruns 1"),
    "pytest-playwright": ("tests/e2e/conftest.py", "page: Page"),  # its fixture
    "ruff": ("Makefile", "/ruff check"),
    "pyright": ("Makefile", "/pyright"),
}


def normal(name: str) -> str:
    """A distribution's name in the normalized form that package indexes compare."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(file: str) -> dict[str, str]:
    """Distribution → version, for every line of the file that names one."""
    found = {}
    for line in (ROOT / file).read_text(encoding="utf-8").splitlines():
        if line and not line.startswith(("#", "-r ")):
            name, _, version = line.partition("==")
            name = name.partition("[")[0]
            assert re.fullmatch(r"\d[\d.]*", version), f"{file}: {line!r} must be name==version"
            found[normal(name)] = version
    return found


@cache
def modules(path: Path) -> frozenset[str]:
    """The top-level modules a file imports, also by `pytest.importorskip`."""
    return frozenset(_modules(path))


def _modules(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            names = [node.module or ""] if not node.level else []
        elif isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "importorskip":
            names = [ast.literal_eval(node.args[0])]
        else:
            continue
        yield from (name.partition(".")[0] for name in names)


@cache
def imported(places: tuple[str, ...]) -> dict[str, set[str]]:
    """Distribution → files that import it. A module that no installed distribution provides is listed under its own
    name.
    """
    brought_by = packages_distributions()
    found: dict[str, set[str]] = {}
    for place in places:
        for path in [ROOT / place] if place.endswith(".py") else sorted((ROOT / place).rglob("*.py")):
            for module in modules(path) - sys.stdlib_module_names - OURS:
                for distribution in brought_by.get(module, [module]):
                    found.setdefault(normal(distribution), set()).add(path.relative_to(ROOT).as_posix())
    return found


RUN_PINS, DEV_PINS = (
    pins("requirements.txt"),
    pins("requirements-dev.txt") | pins("requirements-postgres.txt") | pins("requirements-s3.txt"),
)


@pytest.mark.parametrize(
    ("places", "pinned"), [(RUN_TIME, RUN_PINS), (DEVELOPMENT, RUN_PINS | DEV_PINS)], ids=["run time", "development"]
)
def test_what_is_imported_is_pinned(places: tuple[str, ...], pinned: dict[str, str]):
    missing = {name: sorted(files)[:3] for name, files in imported(places).items() if name not in pinned}
    assert not missing, f"imported and not pinned: {missing}"


@pytest.mark.parametrize(
    ("places", "pinned"),
    [(RUN_TIME, RUN_PINS), ((*RUN_TIME, *DEVELOPMENT), DEV_PINS)],
    ids=["requirements.txt", "requirements-dev.txt"],
)
def test_what_is_pinned_is_used(places: tuple[str, ...], pinned: dict[str, str]):
    idle = set(pinned) - set(imported(places)) - set(USED_OTHERWISE)
    assert not idle, f"pinned and not used: {sorted(idle)}"


def test_the_exceptions_are_still_some():
    used = imported((*RUN_TIME, *DEVELOPMENT))
    assert not set(USED_OTHERWISE) & set(used), "imported by now: remove it from USED_OTHERWISE"
    assert set(USED_OTHERWISE) <= set(RUN_PINS | DEV_PINS), "in USED_OTHERWISE, but not pinned"


@pytest.mark.parametrize("name", USED_OTHERWISE)
def test_what_is_used_without_an_import_is_seen_at_work(name: str):
    file, words = USED_OTHERWISE[name]
    assert words in (ROOT / file).read_text(encoding="utf-8")


@pytest.mark.parametrize("name", [*RUN_PINS, *DEV_PINS])
def test_a_package_has_its_reason(name: str):
    decisions = (ROOT / "DECISIONS.md").read_text(encoding="utf-8")
    assert re.search(rf"\b{re.escape(name)}\b", decisions), f"{name} has no reason in DECISIONS.md"
