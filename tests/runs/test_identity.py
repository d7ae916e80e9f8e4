"""The fingerprints of the code: one of what decides a run's numbers, one of the whole program."""

import shutil

import pytest

from sota_core import paths
from sota_core.runs import identity


@pytest.mark.parametrize(
    ("changed", "is_of_training", "is_of_the_program"),
    [("train/fit.py", True, True), ("runs/dispatch/dispatcher.py", False, True), ("assets/note.txt", False, False)],
)
def test_what_a_change_of_a_file_changes(tmp_path, monkeypatch, changed, is_of_training, is_of_the_program):
    """A dispatcher is of an earlier version if any of its code is; a run's numbers come from training code alone."""
    core = tmp_path / "sota_core"
    shutil.copytree(paths.CORE, core, ignore=lambda _, names: [n for n in names if "." in n and not n.endswith(".py")])
    (core / "assets").mkdir(exist_ok=True)
    monkeypatch.setattr(paths, "CORE", core)
    versions = (identity.code_version.__wrapped__, identity.program_version.__wrapped__)
    before = [version() for version in versions]
    assert before[0] != before[1]
    with (core / changed).open("a") as file:
        file.write("# changed\n")
    after = [version() for version in versions]
    assert [a != b for a, b in zip(before, after, strict=True)] == [is_of_training, is_of_the_program]
