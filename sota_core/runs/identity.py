"""Names: of a run, of the code that trains it, of a process that must not be taken for a later one.

Reads the machine, changes nothing.
"""

import hashlib
import secrets
import socket
from functools import cache
from importlib import metadata
from pathlib import Path

import psutil

# Without the letters and digits that are read for one another, in capitals nowhere: ids are typed and spoken.
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 10

# What decides a trained net's numbers, besides recipe, pictures and machine.
_CODE = ("recipes", "data", "train", "functional")
_PACKAGES = ("torch", "fastai")


def new_run_id() -> str:
    """Ten characters, URL-safe: 30¹⁰ of them, so a clash among a million runs is one in a thousand."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


@cache
def code_version() -> str:
    """A fingerprint of the code that trains and of the versions of torch and fastai, without importing them."""
    digest = hashlib.sha256()
    root = Path(__file__).parents[1]
    for folder in _CODE:
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(path.relative_to(root).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    for package in _PACKAGES:
        digest.update(f"{package}=={_version(package)}\0".encode())
    return digest.hexdigest()[:16]


def _version(package: str) -> str:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return "absent"


@cache
def host_name() -> str:
    return socket.gethostname()


def birth_of(pid: int) -> str | None:
    """When this process began, in a form that never changes while it lives; None: no such process, or a zombie.

    On Linux boot id and kernel ticks since boot. Not seconds since 1970: those are computed from a clock that is
    set now and then, and a laptop back from sleep would seem to run different processes.
    """
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None if _boot_id() else _birth_elsewhere(pid)
    # The name in brackets may hold blanks and brackets itself: fields are counted after the last one.
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] in "ZX" else f"{_boot_id()}:{fields[19]}"


def _birth_elsewhere(pid: int) -> str | None:
    try:
        process = psutil.Process(pid)
        return None if process.status() == psutil.STATUS_ZOMBIE else f"{process.create_time():.2f}"
    except (psutil.NoSuchProcess, psutil.AccessDenied):
        return None


@cache
def _boot_id() -> str:
    path = Path("/proc/sys/kernel/random/boot_id")
    return path.read_text().strip()[:8] if path.exists() else ""
