"""`make front`, which checks JavaScript and CSS: one tool, of one pinned version, from no named registry; without npm
the check says what it leaves out.
"""

import json
import os
import shutil
import subprocess
from pathlib import Path

import pytest

from sota_core import paths

ROOT = paths.ROOT
PACKAGE = json.loads((ROOT / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))


def make_front(folder: Path, path: str) -> subprocess.CompletedProcess:
    make = shutil.which("make")
    if make is None:
        pytest.skip("no make on this machine")
    shutil.copy(ROOT / "Makefile", folder)
    env = {"PATH": path, "HOME": str(folder)}
    return subprocess.run([make, "front"], cwd=folder, env=env, capture_output=True, text=True, timeout=240)


def test_there_is_one_tool_of_one_exact_version() -> None:
    assert PACKAGE["private"] is True and "dependencies" not in PACKAGE
    assert PACKAGE["devDependencies"] == LOCK["packages"][""]["devDependencies"]
    for name, version in PACKAGE["devDependencies"].items():
        assert LOCK["packages"][f"node_modules/{name}"]["version"] == version


def test_the_lockfile_has_a_checksum_for_all_and_names_no_registry() -> None:
    packages = {name: entry for name, entry in LOCK["packages"].items() if name}
    assert packages and all(entry["integrity"].startswith("sha512-") for entry in packages.values())
    assert not [name for name, entry in packages.items() if "resolved" in entry]
    assert "omit-lockfile-registry-resolved=true" in (ROOT / ".npmrc").read_text(encoding="utf-8").splitlines()


def test_without_npm_the_check_says_what_it_leaves_out_and_goes_on(tmp_path: Path) -> None:
    done = make_front(tmp_path, str(tmp_path))
    assert done.returncode == 0 and "NOT CHECKED" in done.stdout


@pytest.mark.parametrize(("source", "is_good"), [("export default 1;\n", True), ("export default (;\n", False)])
def test_where_npm_installs_nothing_the_syntax_is_still_checked(tmp_path: Path, source: str, is_good: bool) -> None:
    if shutil.which("node") is None:
        pytest.skip("no node on this machine")
    npm = tmp_path / "bin" / "npm"
    npm.parent.mkdir()
    npm.write_text("#!/bin/sh\nexit 1\n")
    npm.chmod(0o755)
    (tmp_path / "pages").mkdir()
    (tmp_path / "pages" / "some.js").write_text(source)
    for name in ("package.json", "package-lock.json"):
        shutil.copy(ROOT / name, tmp_path)
    done = make_front(tmp_path, f"{npm.parent}{os.pathsep}{os.environ['PATH']}")
    assert "SYNTAX ONLY" in done.stdout and (done.returncode == 0) is is_good
