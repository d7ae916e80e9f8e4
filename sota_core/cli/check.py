"""`check`: is this machine fit to host the app? One line per check. If something is missing, unwritable, on a network
disk, out of space, too old or open to all, the line says how to mend it. Exit code 1 if something does not work;
warnings do not change it.
"""

import argparse
import importlib.metadata
import os
import shutil
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.exc import SQLAlchemyError

from sota_core import paths, words
from sota_core.cli import listening
from sota_core.errors import SotaError
from sota_core.later import first_line
from sota_core.limits import size_left
from sota_core.runs.store.database import refuse_network_file_system, sqlite_path, trouble_of
from sota_core.runs.store.shared_files import SharedFiles
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system.files import existing_parent, file_system_of
from sota_core.system.processes import allow_many_files

OK, WARNING, FAULT = "ok", "warning", "fault"
LITTLE_BYTES = 5 * 10**9  # enough for a data set, its cache and a class's runs
FEW_FILES = 4096  # enough for a thousand visitors
SHORT_TOKEN = 12
SQLITE = (3, 35)  # the first with RETURNING, which SQLAlchemy uses where it is there


@dataclass(frozen=True, slots=True)
class Finding:
    """The result of one check. `text` ends with the way to mend it, if there is something to mend."""

    what: str
    level: str
    text: str

    def __str__(self) -> str:
        return f"{self.level:<8} {self.what}: {self.text}"


def run(args: argparse.Namespace, settings: Settings) -> int:
    found = list(findings(settings, args.address))
    for one in found:
        print(one)
    return int(any(one.level == FAULT for one in found))


def findings(settings: Settings, address: str | None = None) -> Iterator[Finding]:
    """The result of every check, in the order of a deployment. Makes the home and the store if they do not exist."""
    yield packages()
    for what, folder, variable in (("home", settings.home, "SOTA_HOME"), ("data", settings.data_dir, "SOTA_DATA_DIR")):
        yield writable(what, folder, variable)
    yield disk(settings)
    yield store(settings)
    if settings.artifacts is not None:
        yield shared_files(SharedFiles(settings.artifacts, settings.artifacts_dir))
    yield open_files()
    yield door(settings, address)


def packages(version_of: Callable[[str], str] = importlib.metadata.version) -> Finding:
    """Is every pin of requirements.txt installed? A build of the same version (2.13.0+cpu) counts."""
    wrong = []
    for line in (paths.ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines():
        name, is_pin, wanted = line.partition("#")[0].partition(";")[0].strip().partition("==")
        if not is_pin:
            continue
        name = name.partition("[")[0]
        try:
            found = version_of(name)
        except importlib.metadata.PackageNotFoundError:
            found = "missing"
        if found.partition("+")[0] != wanted.partition("+")[0]:
            wrong.append(f"{name} {found}, not {wanted}")
    if wrong:
        return Finding("packages", FAULT, f"{'; '.join(wrong)}: pip install -r requirements.txt")
    return Finding("packages", OK, "as pinned")


def writable(what: str, folder: Path, variable: str) -> Finding:
    """Tried by writing a file: permissions alone show neither a full disk nor one that is mounted read-only."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder) as file:
            file.write(b"x")
    except OSError as bad:
        return Finding(what, FAULT, f"{folder} cannot be written ({os.strerror(bad.errno or 0)}): set {variable}")
    return Finding(what, OK, str(folder))


def disk(settings: Settings) -> Finding:
    free = shutil.disk_usage(existing_parent(settings.home)).free
    if free < settings.min_free_bytes:
        text = f"{size_left(free)} are free"
        least = words.size_of(settings.min_free_bytes)
        return Finding("disk", FAULT, f"{text}, and below {least} no run starts: make room (runs clear)")
    text = f"{words.size_of(free)} are free"
    if free < LITTLE_BYTES:
        return Finding("disk", WARNING, f"{text}, little for a class: make room, or clear runs earlier (SOTA_KEEP_GB)")
    return Finding("disk", OK, text)


def store(settings: Settings) -> Finding:
    """Can the run store be opened? It is made if there is none."""
    path = sqlite_path(settings.db_url)
    try:
        if path is not None:
            if sqlite3.sqlite_version_info < SQLITE:
                least = ".".join(map(str, SQLITE))
                return Finding("store", FAULT, f"SQLite {sqlite3.sqlite_version} is too old: use a Python with {least}")
            refuse_network_file_system(existing_parent(path.parent))
        with Store(settings) as opened:
            n = opened.history.count(["queued", "starting", "running"])
    except (SotaError, OSError) as bad:
        return Finding("store", FAULT, str(bad))
    except (SQLAlchemyError, sqlite3.Error) as bad:
        said = first_line(getattr(bad, "orig", None) or bad)
        return Finding(
            "store", FAULT, f"{trouble_of(bad) or 'It cannot be used.'} ({said}): SOTA_DB_URL says where it is"
        )
    kind = (
        "PostgreSQL"
        if path is None
        else f"SQLite {sqlite3.sqlite_version} on {file_system_of(path.parent) or 'a disk'}"
    )
    return Finding("store", OK, f"{kind}, {words.plural(n, 'run')} waiting or under way")


def shared_files(place: SharedFiles) -> Finding:
    """Tried by writing a tiny file."""
    bad = place.trouble()
    if bad:
        return Finding("runs' files", FAULT, f"{place} cannot be used: {bad}: set SOTA_ARTIFACTS, or its credentials")
    return Finding("runs' files", OK, f"shared at {place}")


def open_files() -> Finding:
    n = allow_many_files()
    if n < FEW_FILES:
        text = f"{n:,}, which is {n // 4:,} visitors at most: raise the hard limit (ulimit -Hn, LimitNOFILE)"
        return Finding("open files", WARNING, text)
    return Finding("open files", OK, f"{n:,}, four a visitor")


def door(settings: Settings, address: str | None) -> Finding:
    """Who can reach the app, and are the teacher's controls locked?"""
    where, token = listening.chosen(address, settings), settings.operator_token
    if token and len(token) < SHORT_TOKEN:
        text = f"SOTA_OPERATOR_TOKEN has {len(token)} characters and can be guessed: take {SHORT_TOKEN} or more"
        return Finding("door", WARNING, text)
    if listening.is_loopback(where):
        return Finding("door", OK, "serve listens on this machine alone")
    if not token and not listening.has_sign_in():
        text = "serve listens to every machine that reaches this one, without token or sign-in: set SOTA_OPERATOR_TOKEN"
        return Finding("door", WARNING, text)
    return Finding(
        "door", OK, "serve listens to every machine that reaches this one; the teacher's controls are locked"
    )
