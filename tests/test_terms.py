"""One term a thing: what the app calls something, it calls so everywhere."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from sota_core import paths

ROOT = paths.ROOT
SOURCES = sorted(p for folder in ("pages", "sota_core") for p in (ROOT / folder).rglob("*.py"))
# Command line, stored names and the maths' own files say model of the exported file, as ONNX does.
SCREEN = [p for p in SOURCES if not {"cli", "inference", "train", "functional"} & set(p.relative_to(ROOT).parts)]


def strings(path: Path, *, with_docstrings: bool) -> Iterator[str]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    documented = (ast.Module, ast.FunctionDef, ast.ClassDef)
    bodies = [node.body[0] for node in ast.walk(tree) if isinstance(node, documented) and node.body]
    docs = {id(first.value) for first in bodies if isinstance(first, ast.Expr)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            if with_docstrings or id(node) not in docs:
                yield node.value


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_fields_terms_are_used(path: Path):
    for text in strings(path, with_docstrings=True):
        assert not re.search(r"petrol|gas station|\bweighed\b|without a face", text), text
        assert not re.search(r"(?<![Ss]tandard )\b[Dd]eviations?\b", " ".join(text.split())), text


@pytest.mark.parametrize("path", SCREEN, ids=lambda p: p.relative_to(ROOT).as_posix())
def test_the_screen_says_net(path: Path):
    for text in strings(path, with_docstrings=False):
        if " " in text.strip() and not text.startswith("Training a State-of-the-Art Model"):  # the chapter's own title
            assert not re.search(r"\b[Mm]odels?\b(?!\.)", text), text
