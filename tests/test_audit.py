"""`make audit` finds known holes and doubtful licences, and never takes a missing answer for a good one."""

import importlib.util
import json
import os
import subprocess
import sys
from collections.abc import Callable
from email.message import Message
from importlib.metadata import PackageNotFoundError
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from sota_core import paths

ROOT = paths.ROOT


@pytest.fixture(scope="module")
def audit() -> ModuleType:
    spec = importlib.util.spec_from_file_location("audit", ROOT / ".ci" / "audit.py")
    assert spec and spec.loader
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def service(known: dict[str, list[str]], also: Callable[[list[str]], str] | None = None) -> Callable[[list[str]], str]:
    """A stand-in for pip-audit that knows these holes and no others."""

    def run(words: list[str]) -> str:
        if "cyclonedx-py" in words[0]:
            return also(words) if also else ""
        assert "--strict" in words
        pins = [line.split("==") for line in Path(words[-1]).read_text().splitlines()]
        told = [{"name": n, "version": v, "vulns": [{"id": i} for i in known.get(n, [])]} for n, v in pins]
        return json.dumps({"dependencies": told})

    return run


CANARY = {"jinja2": ["PYSEC-2014-8"]}
PINS = [("torch", "2.13.0+cpu"), ("numpy", "2.4.6")]


def test_a_service_that_names_the_canary_is_believed(audit: ModuleType):
    assert audit.known_holes(PINS, service(CANARY)) == {}
    assert audit.known_holes(PINS, service(CANARY | {"numpy": ["CVE-1"]})) == {"numpy": ["CVE-1"]}


def test_one_that_does_not_is_blind(audit: ModuleType):
    with pytest.raises(audit.NotAudited, match="knows no hole in jinja2"):
        audit.known_holes(PINS, service({"numpy": ["CVE-1"]}))


@pytest.mark.parametrize(
    "said", ["", "no json", "{}", '{"dependencies": []}', '{"dependencies": [{"name": "jinja2", "skip_reason": "x"}]}']
)
def test_no_answer_is_no_good_news(audit: ModuleType, said: str):
    with pytest.raises(audit.NotAudited):
        audit.known_holes(PINS, lambda words: said)


def test_a_program_that_is_missing_is_said(audit: ModuleType):
    with pytest.raises(audit.NotAudited, match="no-such-program"):
        audit.command([str(ROOT / "no-such-program")])


def dist(version: str = "1", requires: tuple[str, ...] = (), **fields: str | list[str]) -> SimpleNamespace:
    metadata = Message()
    for name, values in fields.items():
        for value in [values] if isinstance(values, str) else values:
            metadata[name.replace("_", "-")] = value
    return SimpleNamespace(version=version, requires=list(requires), metadata=metadata)


def test_what_is_shipped_is_followed_to_its_end_and_no_further(audit: ModuleType):
    here = {
        "a": dist(requires=("B_b[x]>=1", "never; python_version < '3'", "dev; extra == 'test'")),
        "B_b": dist(requires=("c; extra == 'x'", "a")),
        "c": dist(),
    }

    def find(name: str) -> SimpleNamespace:
        if name not in here:
            raise PackageNotFoundError(name)
        return here[name]

    assert list(audit.shipped(["# a comment", "a==1  # why", ""], find)) == ["a", "b-b", "c"]
    with pytest.raises(audit.NotAudited, match="gone"):
        audit.shipped(["gone==1"], find)


def test_a_licence_is_found_wherever_it_is_named(audit: ModuleType):
    assert audit.licence_of(dist(License_Expression="MIT", License="x")) == "MIT"
    either = ["License :: OSI Approved :: MIT License", "License :: OSI Approved :: GNU General Public License (GPL)"]
    assert audit.licence_of(dist(Classifier=either)) == "MIT License OR GNU General Public License (GPL)"
    assert audit.licence_of(dist(License="BSD")) == "BSD" and audit.licence_of(dist()) == ""


def test_only_what_binds_the_whole_or_says_nothing_is_doubted(audit: ModuleType):
    fine = {
        "a": "MIT", "b": "LGPL-3.0-only", "c": "MIT OR GPL-2.0-or-later", "d": "MPL-2.0 AND MIT",
        "e": "GNU Lesser General Public License v3 (LGPLv3)",
    }  # fmt: skip
    assert audit.doubts(fine) == []
    bad = {"x": "GPL-3.0-only", "y": "", "z": "AGPL-3.0", "w": "GNU General Public License (GPL) OR GPL-2.0-only"}
    assert [line.split()[0] for line in audit.doubts(bad)] == ["x", "y", "z", "w"]


def test_nothing_that_is_shipped_here_is_in_doubt(audit: ModuleType):
    of = audit.shipped((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
    assert len(of) > 80 and audit.doubts({name: audit.licence_of(one) for name, one in of.items()}) == []


@pytest.fixture
def shop(audit: ModuleType, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Callable]:
    """A project that ships one package, with a bill of materials that also lists a package of the environment; a
    stand-in for the audit's programs.
    """
    (tmp_path / "requirements.txt").write_text("pytest\n")
    monkeypatch.setattr(audit, "ROOT", tmp_path)
    monkeypatch.setattr(audit, "TO", tmp_path / "build" / "audit")
    monkeypatch.setattr(audit, "shipped", lambda lines: {"only": dist(License="MIT")})

    def bill(words: list[str]) -> str:
        parts = [{"name": name, "bom-ref": name} for name in ("Only", "for-tests")]
        depends = [{"ref": "Only", "dependsOn": ["for-tests"]}, {"ref": "for-tests"}]
        return json.dumps({"bomFormat": "CycloneDX", "components": parts, "dependencies": depends})

    return lambda known: service(known, bill)


@pytest.mark.parametrize(("known", "code"), [(CANARY, 0), (CANARY | {"only": ["CVE-1"]}, 1), ({}, 2)])
def test_the_exit_code_tells_clean_from_found_from_not_audited(audit, shop, known: dict, code: int, capsys):
    assert audit.main(shop(known)) == code
    out, err = capsys.readouterr()
    assert ("Nothing is known" in out, "HOLE" in out, "NOT AUDITED" in err) == (code == 0, code == 1, code == 2)
    told = json.loads((audit.TO / "sbom.cdx.json").read_text())  # always written: it needs no network
    assert [part["name"] for part in told["components"]] == ["Only"]
    assert told["dependencies"] == [{"ref": "Only", "dependsOn": []}]
    assert json.loads((audit.TO / "licences.json").read_text()) == {"only": "MIT"}


def test_its_tools_are_pinned_and_make_calls_them():
    pins = (ROOT / "requirements-audit.txt").read_text(encoding="utf-8")
    make = (ROOT / "Makefile").read_text(encoding="utf-8")
    assert "pip-audit==" in pins and "cyclonedx-bom==" in pins and "$(BIN)/python .ci/audit.py" in make
    for name in ("pip-audit", "cyclonedx-bom"):
        assert name in (ROOT / "DECISIONS.md").read_text(encoding="utf-8")


def test_ruffs_security_rules_are_on_and_would_be_heard(tmp_path: Path):
    (tmp_path / "bad.py").write_text('import subprocess\nsubprocess.run("ls " + input(), shell=True)\nexec(input())\n')
    ruff = [sys.executable, "-m", "ruff", "check", "--no-cache", "--config", str(ROOT / "pyproject.toml")]
    told = subprocess.run([*ruff, str(tmp_path / "bad.py")], capture_output=True, text=True, env=dict(os.environ))
    assert told.returncode == 1 and "S602" in told.stdout and "S102" in told.stdout
