"""Artifacts into place: fsynced, hashed, then the whole folder renamed at once; what is exported later, file by file.

A reader sees all the results of a run or none; the store's rows come after.
"""

import hashlib
import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from sota_core.runs.run import Artifact

_CHUNK = 1 << 20


def work_folder(artifacts_dir: Path, run_id: str, attempt: int) -> Path:
    """Where one attempt writes: beside the final folder, so that renaming is atomic. Made empty."""
    folder = artifacts_dir / f".{run_id}-{attempt}"
    shutil.rmtree(folder, ignore_errors=True)
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
        discard(folder)
        return []
    keep = {folder / name for name in files}
    for name, path in files.items():
        if path != folder / name:
            path.rename(folder / name)
    for path in folder.iterdir():
        if path not in keep:
            shutil.rmtree(path) if path.is_dir() else path.unlink()
    found = [
        Artifact(run_id, name, final / name, (folder / name).stat().st_size, _sync_and_hash(folder / name))
        for name in sorted(files)
    ]
    _sync_folder(folder)
    shutil.rmtree(final, ignore_errors=True)
    folder.rename(final)
    _sync_folder(artifacts_dir)
    return found


def add(name: str, path: Path, artifacts_dir: Path, run_id: str) -> Artifact:
    """Move one more file into a published folder, whole or not at all. Blocking until it is on the disk.

    Raises
        OSError  the disk is full, or the file or the folder is missing.
    """
    final = artifacts_dir / run_id
    found = Artifact(run_id, name, final / name, path.stat().st_size, _sync_and_hash(path))
    path.rename(found.path)
    _sync_folder(final)
    return found


def discard(folder: Path) -> None:
    """Remove a folder that nobody will need; never fails."""
    shutil.rmtree(folder, ignore_errors=True)


def _sync_and_hash(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            digest.update(chunk)
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    fd = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(fd)
    finally:
        os.close(fd)
