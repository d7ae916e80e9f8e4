"""Docstrings and comments name only files that exist, and a package's docstring gives its floor's true number."""

import ast
import importlib.util
import io
import re
import tokenize
from collections.abc import Iterator
from pathlib import Path

import pytest

from sota_core import paths
from tests.test_architecture import CORE, FLOORS, relative

TEXTS = sorted(
    path for folder in ("sota_core", "pages", "benchmarks", "tests") for path in (paths.ROOT / folder).rglob("*.py")
)
DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
NAMED = re.compile(r"(?<![\w/.])[\w/]+\.py\b")


def documentation(path: Path) -> Iterator[str]:
    """Every docstring and comment of a file; nothing for a file that names no .py file, because tokenizing is slow."""
    text = path.read_text(encoding="utf-8")
    if not NAMED.search(text):
        return
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, DOCUMENTED):
            yield ast.get_docstring(node) or ""
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        if token.type == tokenize.COMMENT:
            yield token.string


def known_files() -> list[str]:
    """Our own files, and fastai's, which comments refer to as well."""
    ours = [relative(path) for path in [*TEXTS, paths.APP]]
    spec = importlib.util.find_spec("fastai")
    assert spec is not None and spec.origin is not None
    fastai = Path(spec.origin).parent
    written = ["predict.py", "predict_fastai.py"]  # written beside every model by train/outside/predict_script.py
    return [*ours, *written] + [f"fastai/{path.relative_to(fastai).as_posix()}" for path in fastai.rglob("*.py")]


KNOWN = known_files()


@pytest.mark.parametrize("folder", sorted({path.parent for path in TEXTS}), ids=relative)
def test_a_file_that_is_named_exists(folder: Path):
    for path in (path for path in TEXTS if path.parent == folder):
        named = {name for text in documentation(path) for name in NAMED.findall(text)}
        missing = {name for name in named if not any(f"/{file}".endswith(f"/{name}") for file in KNOWN)}
        assert not missing, f"{relative(path)} names files that do not exist"


@pytest.mark.parametrize("path", [p for p in CORE if p.name == "__init__.py"], ids=relative)
def test_a_floor_has_the_number_it_has(path: Path):
    said = re.match(r"Floor (\d+)", ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or "")
    if said:
        assert path.parent.name in FLOORS[int(said[1])]
