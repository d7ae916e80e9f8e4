"""Packaging: one version, one list of dependencies, every file the package needs; and it also runs without being
installed.
"""

import ast
import re
import tomllib
from pathlib import Path, PurePath

import sota_core
from sota_core import paths
from sota_core.cli.main import main
from tests.conftest import SECONDS

ROOT = paths.ROOT
PYPROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def test_the_version_stands_in_one_place_and_the_records_agree_with_it():
    assert PYPROJECT["project"]["dynamic"] == ["version", "dependencies"]
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["version"] == {"attr": "sota_core.__version__"}
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    released = re.search(r"^## (\d+\.\d+\.\d+) · (\d{4}-\d\d-\d\d)$", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE)
    assert released is not None
    assert f"\nversion: {sota_core.__version__}\ndate-released: {released[2]}\n" in citation
    assert released[1] == sota_core.__version__


def test_what_is_installed_with_it_is_what_is_pinned():
    assert PYPROJECT["tool"]["setuptools"]["dynamic"]["dependencies"] == {"file": ["requirements.txt"]}


def test_every_file_the_core_reads_is_in_the_package():
    (patterns,) = PYPROJECT["tool"]["setuptools"]["package-data"].values()
    files = [p for p in paths.CORE.rglob("*") if p.is_file() and p.suffix not in (".py", ".pyc")]
    assert files and not [p for p in files if not any(PurePath(p).match(pattern) for pattern in patterns)]


def test_no_mark_comes_from_elsewhere_than_the_file_of_its_test():
    """tests/conftest.py does not import files whose text lacks the mark that `-m` asks for, so a mark must be written
    in the test's own file.
    """
    files = [file for file in (ROOT / "tests").rglob("*.py") if file != Path(__file__)]
    given = {name for file in files for name in re.findall(r"mark\.(\w+)", file.read_text(encoding="utf-8"))}
    assert {"slow", "long", "gpu"} <= given
    assert not [file for file in files if re.search(r"add_marker|from pytest import.*mark", file.read_text())]


def test_a_file_that_is_begun_early_is_there():
    assert [file for file in SECONDS if "mark.slow" not in (ROOT / file).read_text(encoding="utf-8")] == []


def test_the_command_is_the_command_line():
    (target,) = PYPROJECT["project"]["scripts"].values()
    assert target == f"{main.__module__}:{main.__name__}"


def test_the_oldest_python_is_the_same_everywhere():
    oldest = PYPROJECT["project"]["requires-python"].removeprefix(">=")
    assert PYPROJECT["tool"]["ruff"]["target-version"] == "py" + oldest.replace(".", "")
    assert f"({oldest.replace('.', ', ')})" in (ROOT / "Makefile").read_text(encoding="utf-8")
    assert f"Python {oldest} or newer" in (ROOT / "README.md").read_text(encoding="utf-8")


def test_the_licence_is_the_one_that_is_named():
    text = (ROOT / "LICENSE").read_text(encoding="utf-8")
    assert PYPROJECT["project"]["license"] == "Apache-2.0"
    assert "Apache License" in text and "Version 2.0, January 2004" in text and "END OF TERMS AND CONDITIONS" in text


def counts_folders(path: Path) -> bool:
    """Whether the file's code finds the project relative to its own place (`Path(__file__)`, `.parents`). Code that it
    only writes as text does not count.
    """
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Subscript) and isinstance(node.value, ast.Attribute) and node.value.attr == "parents":
            return True
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Path":
            if any(isinstance(arg, ast.Name) and arg.id == "__file__" for arg in node.args):
                return True
    return False


def test_only_paths_knows_where_the_project_lies():
    sources = [p for folder in ("sota_core", "pages", "benchmarks") for p in (ROOT / folder).rglob("*.py")]
    assert [p for p in sources if counts_folders(p)] == [paths.CORE / "paths.py"]
