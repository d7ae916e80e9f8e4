"""Runs' files when several machines train: copied to one place that all of them reach, and fetched when needed.

The place is an fsspec URL (`s3://bucket/folder`; a folder that all machines mount is `file:///mnt/…`). Everything else
reads only its machine's own folder, which this module fills, file by file, by the names and digests in the database.
"""

import contextlib
import hashlib
import logging
import os
import tempfile
import time
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sota_core.errors import InputError
from sota_core.runs.run import Artifact
from sota_core.system import locks
from sota_core.system.files import discard, place_atomically

log = logging.getLogger(__name__)

_STRAY_S = 86_400.0  # a folder younger than this may belong to a run whose rows are just being written


class SharedFiles:
    """The place at `url`, and this machine's own folder of runs' files.

    Credentials and endpoints are read by the library: s3fs takes AWS_ACCESS_KEY_ID, AWS_ENDPOINT_URL and the like.
    """

    def __init__(self, url: str, folder: Path) -> None:
        self.url, self.folder = url.rstrip("/"), folder

    def __str__(self) -> str:
        """For people: the URL without a password."""
        parts = urlsplit(self.url)
        return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"

    @cached_property
    def _place(self) -> tuple[Any, str]:
        """fsspec's file system, and the place's path in it.

        Raises
            InputError  the library for such URLs is not installed.
        """
        import fsspec  # not with the module: only needed where files are shared

        # Only for folders. A bucket has none, and with this option s3fs would make the bucket itself.
        options = {"auto_mkdir": True} if urlsplit(self.url).scheme in ("file", "local") else {}
        try:
            return fsspec.core.url_to_fs(self.url, **options)
        except (ImportError, ValueError) as bad:
            raise InputError(
                f"SOTA_ARTIFACTS: {self} needs its library, for s3:// pip install -r requirements-s3.txt: {bad}"
            ) from bad

    def put(self, files: Iterable[Artifact]) -> None:
        """Copy runs' files to the place; files of the same names there are replaced.

        Raises
            OSError     the place cannot be reached or written.
            InputError  as _place.
        """
        system, root = self._place
        files = list(files)
        for run_id in {file.run for file in files}:
            self._mark(run_id).unlink(missing_ok=True)
        with _as_os_error():
            for file in files:
                system.put_file(str(file.path), f"{root}/{file.run}/{file.name}")
        for run_id in {file.run for file in files}:
            self._note_copy(run_id)

    def fetch(self, files: Iterable[Artifact]) -> None:
        """Copy to this machine's folder those of these files that are not there, each whole or not at all.

        On this machine, only one at a time fetches a run's files. A file that cannot be had, or that does not match its
        digest, is logged and left out.
        """
        for file in files:
            if file.path.exists():
                continue
            try:
                with locks.held(self.folder / ".locks" / f"{file.run}.lock"):
                    if not file.path.exists():
                        self._fetch_one(file)
            except (OSError, InputError) as bad:
                log.warning("run %s: %s cannot be had from %s: %s", file.run, file.name, self, bad)

    def _fetch_one(self, file: Artifact) -> None:
        system, root = self._place
        if not file.path.parent.exists():
            file.path.parent.mkdir(parents=True)
            self._note_copy(file.run)
        descriptor, name = tempfile.mkstemp(prefix=".", dir=self.folder)
        os.close(descriptor)
        made = Path(name)
        try:
            with _as_os_error():
                system.get_file(f"{root}/{file.run}/{file.name}", str(made))
            with made.open("rb") as opened:
                digest = hashlib.file_digest(opened, "sha256").hexdigest()
            if digest != file.sha256:
                raise OSError(f"its digest is {digest[:12]}…, the run's is {file.sha256[:12]}…")
            made.chmod(0o644)
            place_atomically(made, file.path)
        finally:
            made.unlink(missing_ok=True)

    def _mark(self, run_id: str) -> Path:
        """An empty file that exists if the place had everything of the run that this machine has, when last written."""
        return self.folder / ".shared" / run_id

    def _note_copy(self, run_id: str) -> None:
        mark = self._mark(run_id)
        with contextlib.suppress(OSError):  # without the mark the copy is kept for ever, which only wastes disk
            mark.parent.mkdir(exist_ok=True)
            mark.touch()

    def remove(self, run_id: str) -> None:
        """Remove a run's files from the place. If that fails it is logged, and only room is wasted."""
        try:
            self._mark(run_id).unlink(missing_ok=True)
            system, root = self._place
            with _as_os_error():
                if system.exists(f"{root}/{run_id}"):
                    system.rm(f"{root}/{run_id}", recursive=True)
        except (OSError, InputError) as bad:
            log.warning("run %s is deleted, but its files stay at %s: %s", run_id, self, bad)

    def forget(self, known: Iterable[str]) -> list[str]:
        """Remove this machine's copies of runs that are not among the known ones; their ids.

        A run that was deleted from another machine leaves copies here. Copies of the last day stay. So do files without
        a mark, which may be the only ones: after a change of database, none of the runs here are known.
        """
        keep, gone = set(known), []
        for folder in self.folder.glob("[!.]*"):
            is_copy = folder.name not in keep and self._mark(folder.name).exists()
            if is_copy and time.time() - folder.stat().st_mtime > _STRAY_S:
                discard(folder, ignore_errors=True)
                self._mark(folder.name).unlink(missing_ok=True)
                gone.append(folder.name)
        return gone

    def trouble(self) -> str | None:
        """What keeps this machine from writing, reading or removing at the place; None: nothing. Tries a tiny file."""
        try:
            system, root = self._place
            name = f"{root}/.{os.getpid()}-{time.time_ns()}"
            with _as_os_error():
                system.pipe_file(name, b"here")
                found = system.cat_file(name)
                system.rm_file(name)
        except (OSError, InputError) as bad:
            return str(bad) or type(bad).__name__
        return None if found == b"here" else "what was written is not what is read"


@contextlib.contextmanager
def _as_os_error() -> Iterator[None]:
    """Turn any error into an OSError: each library behind fsspec has its own (botocore's are not OSErrors)."""
    try:
        yield
    except OSError:
        raise
    except Exception as bad:
        raise OSError(f"{type(bad).__name__}: {bad}") from bad
