"""One term for one thing: the app uses the same word everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sota_core import paths

ROOT = paths.ROOT
SOURCES = sorted(p for folder in ("pages", "sota_core") for p in (ROOT / folder).rglob("*.py"))
FOLDERS = sorted({path.parent for path in SOURCES})
# The command line, stored names and the files of the maths call the exported file a model, as ONNX does.
SCREEN = [p for p in SOURCES if not {"cli", "inference", "train", "functional"} & set(p.relative_to(ROOT).parts)]


def strings(path: Path, part: str, *, with_docstrings: bool) -> Iterator[str]:
    """The strings of a file that contains `part`; none of any other file, because parsing takes long."""
    source = path.read_text(encoding="utf-8")
    if not re.search(part, source):
        return
    tree = ast.parse(source)
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    bodies = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docs = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if with_docstrings or id(node) not in docs:
                yield node.value


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_fields_terms_are_used(folder: Path):
    for path in folder.glob("*.py"):
        for text in strings(path, r"petrol|gas|weighed|without|[Dd]eviation", with_docstrings=True):
            assert not re.search(r"petrol|gas station|\bweighed\b|without a face", text), (path, text)
            assert not re.search(r"(?<![Ss]tandard )\b[Dd]eviations?\b", " ".join(text.split())), (path, text)


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_screen_says_net(folder: Path):
    for path in (path for path in folder.glob("*.py") if path in SCREEN):
        for text in strings(path, "[Mm]odel", with_docstrings=False):
            if " " in text.strip() and not text.startswith("Training a State-of-the-Art Model"):  # the chapter's title
                assert not re.search(r"\b[Mm]odels?\b(?!\.)", text), (path, text)
