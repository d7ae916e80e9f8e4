"""Names: of a run, of the code that trains it, of a process that must not be taken for a later one.

Reads the machine, changes nothing.
"""

import hashlib
import secrets
from functools import cache
from importlib import metadata

from sota_core import paths

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
    root = paths.CORE
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
