"""Puts a run's files in place: hashed, then the whole folder at once, durably; files exported later, one by one.

A reader sees all the results of a run or none. The store's rows about them are written afterwards.
"""

import hashlib
from collections.abc import Mapping
from pathlib import Path

from sota_core.runs.run import Artifact
from sota_core.system.files import discard, place_atomically


def work_folder(artifacts_dir: Path, run_id: str, attempt: int) -> Path:
    """The folder one attempt writes to, made empty. It lies beside the final one, so that renaming it is atomic."""
    folder = artifacts_dir / f".{run_id}-{attempt}"
    discard(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return folder


def publish(files: Mapping[str, Path], folder: Path, artifacts_dir: Path, run_id: str) -> list[Artifact]:
    """Move an attempt's work folder to `artifacts_dir/<run>`, with exactly these files (name → path in `folder`).

    Blocking until the bytes are on the disk. A folder left there by an attempt that did not end its run is replaced.

    Raises
        OSError  the disk is full, or a file is missing.
    """
    final = artifacts_dir / run_id
    if not files:
        discard(folder, ignore_errors=True)
        return []
    keep = {folder / name for name in files}
    for name, path in files.items():
        if path != folder / name:
            path.rename(folder / name)
    for path in folder.iterdir():
        if path not in keep:
            discard(path)
    found = [_artifact(run_id, name, folder / name, final) for name in sorted(files)]
    place_atomically(folder, final, replace=True)
    return found


def add(name: str, path: Path, artifacts_dir: Path, run_id: str) -> Artifact:
    """Move one more file into a published folder, whole or not at all. Blocking until it is on the disk.

    Raises
        OSError  the disk is full, or the file or the folder is missing.
    """
    final = artifacts_dir / run_id
    found = _artifact(run_id, name, path, final)
    place_atomically(path, found.path)
    return found


def _artifact(run_id: str, name: str, path: Path, final: Path) -> Artifact:
    """The row of a file that will lie in the folder `final`; its size and digest are those of `path` now."""
    with path.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").hexdigest()
    return Artifact(run_id, name, final / name, path.stat().st_size, digest)
