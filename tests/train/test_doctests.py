"""Examples in docstrings of modules that import torch, fastai or a database; pytest itself collects those of all others
(pyproject.toml).
"""

import doctest
import importlib
import pkgutil

import pytest

import sota_core

pytestmark = pytest.mark.long  # torch and fastai are imported
APART = ("migrations",)  # can be imported by alembic alone


@pytest.mark.parametrize("folder", ["data", "inference", "runs", "train"])
def test_every_example_says_what_comes_out(folder: str) -> None:
    path, name = [f"{sota_core.__path__[0]}/{folder}"], f"sota_core.{folder}."
    names = [found.name for found in pkgutil.walk_packages(path, name) if not set(found.name.split(".")) & set(APART)]
    results = {each: doctest.testmod(importlib.import_module(each)) for each in names}
    assert {each: result.failed for each, result in results.items() if result.failed} == {}
    assert sum(result.attempted for result in results.values()) >= 1
