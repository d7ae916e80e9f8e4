"""`make audit`: which packages are shipped, under which licences, and whether any has a known vulnerability (a hole).

    0  nothing is known against any of them
    1  something is: each finding stands on a line
    2  NOT AUDITED: no service could be asked, or the one that answered knows no vulnerabilities

If a vulnerability service reports nothing, that proves nothing: a private index or a proxy's empty answer reports
nothing too. So the service is first asked about a package with well-known holes, the canary, and is believed only if
it reports some. Licences and the bill of materials (build/audit/sbom.cdx.json, CycloneDX) need no network and come
first.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterable
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from packaging.requirements import Requirement  # streamlit needs it, too

ROOT = Path(__file__).resolve().parent.parent
TOOLS = ROOT / ".venv" / "audit" / "bin"
TO = ROOT / "build" / "audit"
CANARY = ("jinja2", "2.4.1")  # CVE-2014-1402, CVE-2016-10745, CVE-2019-10906, …
CLEAN, FOUND, NOT_AUDITED = 0, 1, 2

# Licences that would make whoever passes on our program pass on its source too. LGPL and MPL ask that for the package
# alone.
COPYLEFT = re.compile(r"(?<![A-Za-z])A?GPL|GNU (Affero )?General Public", re.IGNORECASE)

Run = Callable[[list[str]], str]


class NotAudited(Exception):
    """There is no trustworthy answer: a service cannot be asked, or something is missing here."""


def normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def shipped(lines: Iterable[str], find: Callable[[str], Distribution] = distribution) -> dict[str, Distribution]:
    """Every package that the requirements name, and what those require in turn, as installed here.

    Raises
        NotAudited  some are not installed here.
    """
    asked = [Requirement(line) for line in (line.partition("#")[0].strip() for line in lines) if line]
    found: dict[str, Distribution] = {}
    missing = set()
    while asked:
        one = asked.pop()
        if normal(one.name) in found:
            continue
        try:
            found[normal(one.name)] = of = find(one.name)
        except PackageNotFoundError:
            missing.add(one.name)
            continue
        extras = ("", *one.extras)
        inner = [Requirement(text) for text in of.requires or []]
        asked += [r for r in inner if r.marker is None or any(r.marker.evaluate({"extra": extra}) for extra in extras)]
    if missing:
        raise NotAudited(f"not installed here: {', '.join(sorted(missing))}; run `make run` first")
    return dict(sorted(found.items()))


def licence_of(of: Distribution) -> str:
    """As the package states it: an SPDX expression, else its classifiers, else its own words; '' if it states none."""
    if expression := of.metadata.get("License-Expression"):
        return expression
    classes = [
        text.rpartition("::")[2].strip()
        for text in of.metadata.get_all("Classifier") or []
        if text.startswith("License ::")
    ]
    own = (of.metadata.get("License") or "").strip()
    return " OR ".join(classes) or (own if len(own) < 100 else own.splitlines()[0])


def doubts(licences: dict[str, str]) -> list[str]:
    """Packages that name no licence, or only licences that would bind our whole program."""
    found = []
    for name, licence in licences.items():
        choices = re.split(r"\bOR\b", licence)
        if not licence:
            found.append(f"{name} names no licence")
        elif all(COPYLEFT.search(choice) for choice in choices):
            found.append(f"{name} is under {licence}")
    return found


def bill(names: set[str], run: Run) -> dict[str, Any]:
    """The environment's bill of materials, without the packages that are here only for development."""
    text = run([str(TOOLS / "cyclonedx-py"), "environment", "--output-reproducible", str(ROOT / ".venv")])
    whole = json.loads(text)
    parts = [part for part in whole["components"] if normal(part["name"]) in names]
    kept = {part["bom-ref"] for part in parts}
    depends = [
        {**one, **({"dependsOn": [ref for ref in one["dependsOn"] if ref in kept]} if "dependsOn" in one else {})}
        for one in whole.get("dependencies", [])
        if one["ref"] in kept
    ]
    return {**whole, "components": parts, "dependencies": depends}


def holes(pins: Iterable[tuple[str, str]], run: Run) -> dict[str, list[str]]:
    """package → the ids of its known vulnerabilities, as pip-audit reports them in its strict mode.

    Raises
        NotAudited  pip-audit did not give an answer about every package.
    """
    pins = list(pins)
    with TemporaryDirectory() as folder:
        listed = Path(folder) / "pins.txt"
        listed.write_text("".join(f"{name}=={version.partition('+')[0]}\n" for name, version in pins))
        strict = ["--strict", "--no-deps", "--disable-pip", "--progress-spinner", "off", "--format", "json"]
        text = run([str(TOOLS / "pip-audit"), *strict, "--requirement", str(listed)])
    try:
        told = {normal(one["name"]): [hole["id"] for hole in one["vulns"]] for one in json.loads(text)["dependencies"]}
    except (ValueError, KeyError, TypeError) as bad:
        raise NotAudited("pip-audit gave no list; what it said stands above") from bad
    if unasked := {normal(name) for name, _ in pins} - set(told):
        raise NotAudited(f"nothing was said of {', '.join(sorted(unasked))}")
    return {name: found for name, found in told.items() if found}


def known_holes(pins: Iterable[tuple[str, str]], run: Run) -> dict[str, list[str]]:
    """As `holes`, after making sure that the service knows the canary's.

    Raises
        NotAudited  it does not, or gives no answer.
    """
    if not holes([CANARY], run):
        raise NotAudited(f"whoever answered knows no hole in {' '.join(CANARY)}, of which several have long been known")
    return holes(pins, run)


def command(words: list[str]) -> str:
    """Run a command and return what it prints; its stderr goes to the terminal.

    Its exit code is not used: 1 means a finding or an error.

    Raises
        NotAudited  it cannot be run, or takes longer than ten minutes.
    """
    try:
        return subprocess.run(words, stdout=subprocess.PIPE, text=True, timeout=600).stdout
    except (OSError, subprocess.TimeoutExpired) as bad:
        raise NotAudited(f"{Path(words[0]).name}: {bad}") from bad


def main(run: Run = command) -> int:
    try:
        of = shipped((ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines())
        licences = {name: licence_of(one) for name, one in of.items()}
        TO.mkdir(parents=True, exist_ok=True)
        (TO / "licences.json").write_text(json.dumps(licences, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        found = doubts(licences)
        parts = bill(set(of), run)
        (TO / "sbom.cdx.json").write_text(json.dumps(parts, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        if without := set(of) - {normal(part["name"]) for part in parts["components"]}:
            raise NotAudited(f"the bill of materials lacks {', '.join(sorted(without))}")
        print(f"{len(of)} packages are shipped; licences and bill of materials: {TO.relative_to(ROOT)}")
        for one in found:
            print(f"LICENCE  {one}")
        known = known_holes([(name, one.version) for name, one in of.items()], run)
    except (NotAudited, ValueError) as bad:
        print(f"NOT AUDITED: {bad}", file=sys.stderr)
        return NOT_AUDITED
    for name, ids in known.items():
        print(f"HOLE     {name} {of[name].version}: {', '.join(ids)}")
    if not known:
        print(f"Nothing is known against them; the canary, {' '.join(CANARY)}, was found.")
    return FOUND if found or known else CLEAN


if __name__ == "__main__":
    sys.exit(main())
