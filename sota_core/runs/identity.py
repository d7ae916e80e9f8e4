"""Makes a new run's id, and the fingerprints of the code: of that which trains, and of the whole program.

Reads files and package versions, changes nothing.
"""

import hashlib
import secrets
from collections.abc import Sequence
from functools import cache
from importlib import metadata

from sota_core import paths

# No capitals, and no characters that are easily confused (0 and o; 1, i and l; u and v): ids are typed and spoken.
_ALPHABET = "23456789abcdefghjkmnpqrstvwxyz"
ID_LENGTH = 10

# The folders and packages whose code decides a trained net's numbers, besides its recipe, pictures and machine.
_CODE = ("recipes", "data", "train", "functional")
_PACKAGES = ("torch", "fastai")


def new_run_id() -> str:
    """Ten URL-safe characters: of 30¹⁰ possible ids, two of a million runs share one with a chance of 1 in 1,000."""
    return "".join(secrets.choice(_ALPHABET) for _ in range(ID_LENGTH))


@cache
def code_version() -> str:
    """A fingerprint of the code that trains and of the versions of torch and fastai, without importing them."""
    return _fingerprint(_CODE)


@cache
def program_version() -> str:
    """The same of all code below the pages: a process that has loaded other code does not do what this one would."""
    return _fingerprint(("",))


def _fingerprint(folders: Sequence[str]) -> str:
    digest = hashlib.sha256()
    root = paths.CORE
    for folder in folders:
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
