"""Jobs outside the web process, downloads and readings of visitors' zips: start one, write and read how far it is.

Only a process, a small JSON file and a log; the fetching itself is in fetching.py.
"""

import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Literal

from sota_core import paths
from sota_core.data import Progress
from sota_core.data.sets import own
from sota_core.data.sets.catalog import SOURCES, Source
from sota_core.data.sets.fetching import ensure
from sota_core.errors import SotaError, SourceError
from sota_core.later import Later, later, restored, stored, told_by
from sota_core.settings import Settings
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.files import read_json, write_json
from sota_core.system.locks import held
from sota_core.system.processes import birth_of, is_alive, start_detached

WRITE_EVERY_S = 0.25
START_WITHIN_S = 60.0
ENDED = ("done", "failed", "interrupted")
Kind = Literal["download", "reading"]
_READING_ENDED = later("Reading the zip was interrupted; send it again.")


@dataclass(frozen=True)
class JobStatus:
    """How far a job is.

    id           of the data set that is fetched, or made of a visitor's zip
    stage        starting | wait | download | verify | unpack | generate | turn | read | done | failed; and
                 `interrupted`, which is never written: it is read where the process is gone without another end
    done, total  bytes, or pictures while generating; total None where unknown
    message      for the reader, to be read later: what failed and what to do
    pid_started  when the process began (birth_of), since process ids are used again
    """

    id: str
    stage: str
    kind: Kind = "download"
    done: int = 0
    total: int | None = None
    message: str = ""
    pid: int | None = None
    pid_started: str | None = None
    updated_at: float = 0.0

    @property
    def is_active(self) -> bool:
        return self.stage not in ENDED

    @property
    def share(self) -> float | None:
        """How much of the present stage is done, a fraction; None where the total is unknown."""
        return min(self.done / self.total, 1.0) if self.total else None


def start_download(id: str, settings: Settings, *, command: Sequence[str] | None = None) -> JobStatus:
    """Start to fetch a data set in a process of its own, which outlives this one. Returns at once.

    One that is under way is left alone and its status returned. The process writes to home/logs.
    `command` replaces `python -m sota_core datasets get ID` (tests).

    Raises
        SourceError  no data set has this id.
    """
    if id not in SOURCES and command is None:
        raise SourceError(f"start_download('{id}'): unknown data set; expected one of {', '.join(SOURCES)}")
    file = _status_file(id, settings)
    with held(file.with_suffix(".lock")):
        now = _read(file)
        if now is not None and now.is_active:
            return now
        _write(file, JobStatus(id, "starting", updated_at=time.time()))
    pid = start(command or [sys.executable, "-m", "sota_core", "datasets", "get", id], f"download-{id}.log", settings)
    with held(file.with_suffix(".lock")):
        now = _read(file)
        if now is not None and now.stage == "starting":  # the process has not spoken for itself yet
            now = replace(now, pid=pid, pid_started=birth_of(pid), updated_at=time.time())
            _write(file, now)
    return now or JobStatus(id, "interrupted")


def start(command: Sequence[str], log: str, settings: Settings) -> int:
    """Start a process that outlives this one, and return its id. What it prints goes into home/logs/<log>."""
    process = start_detached(command, log_folder(settings) / log, child_environment(settings), cwd=paths.ROOT)
    # If nobody waited for it, an ended child would stay as a zombie for as long as the web server runs.
    threading.Thread(target=process.wait, name=f"reap-{process.pid}", daemon=True).start()
    return process.pid


def job_status(id: str, settings: Settings) -> JobStatus | None:
    """How far the latest job for a data set is; None if there was none. Reads one small file."""
    return _read(_status_file(id, settings))


def stop_download(id: str, settings: Settings) -> None:
    """End the process of a download that is under way. What has come is kept: the next start goes on from there."""
    now = job_status(id, settings)
    if now is not None and now.is_active and now.pid is not None:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(now.pid, signal.SIGTERM)


def tell_turn(id: str, pid: int, pid_started: str | None, settings: Settings) -> None:
    """Write that a visitor's zip waits for the reader, process `pid`; if that process ends, so does the waiting."""
    file = _status_file(id, settings)
    with held(file.with_suffix(".lock")):
        now = _read(file)
        if now is None or now.stage == "interrupted":  # otherwise its turn has come already
            _write(file, JobStatus(id, "turn", "reading", pid=pid, pid_started=pid_started, updated_at=time.time()))


def tell_failed(id: str, why: Later, settings: Settings) -> None:
    """Write for the process that read a visitor's zip, and has ended without a word, why it failed."""
    file = _status_file(id, settings)
    with held(file.with_suffix(".lock")):
        now = _read(file) or JobStatus(id, "failed", "reading")
        _write(file, replace(now, stage="failed", message=why, updated_at=time.time()))


def is_being_read(id: str, settings: Settings) -> bool:
    """Is a living process reading this visitor's zip?"""
    now = job_status(id, settings)
    return now is not None and now.is_active and now.stage != "turn"


def get_with_status(source: str | Source, settings: Settings, on_progress: Progress | None = None) -> Path:
    """As ensure, and write the progress where job_status reads it, four times a second at most.

    Raises
        what ensure raises; the status then says `failed` and why.
    """
    id = source.id if isinstance(source, Source) else source
    return _with_status(id, "download", settings, on_progress, lambda report: ensure(source, settings, report))


def fill_with_status(id: str, settings: Settings) -> Path:
    """As own.fill, and write the progress as get_with_status does."""
    return _with_status(id, "reading", settings, None, lambda report: own.fill(id, settings, report))


def _with_status(
    id: str, kind: Kind, settings: Settings, on_progress: Progress | None, work: Callable[[Progress], Path]
) -> Path:
    file = _status_file(id, settings)
    mine = JobStatus(id, "starting", kind, pid=os.getpid(), pid_started=birth_of(os.getpid()))
    last = 0.0

    def tell(stage: str, done: int = 0, total: int | None = None, message: str = "") -> None:
        nonlocal mine, last
        last = time.monotonic()
        mine = replace(mine, stage=stage, done=done, total=total, message=message, updated_at=time.time())
        with held(file.with_suffix(".lock")):
            _write(file, mine)

    def report(done: int, total: int | None, stage: str) -> None:
        if stage == "wait":
            pass  # somebody else is at it and writes this file
        elif stage != mine.stage or time.monotonic() - last >= WRITE_EVERY_S:
            tell(stage, done, total)
        if on_progress is not None:
            on_progress(done, total, stage)

    try:
        path = work(report)
    except SotaError as error:
        tell("failed", mine.done, mine.total, told_by(error))
        raise
    except BaseException as error:
        tell("failed", mine.done, mine.total, _read_badly(error) if kind == "reading" else _fetched_badly(error))
        raise
    tell("done", mine.total or mine.done, mine.total)
    return path


def _fetched_badly(error: BaseException) -> str:
    if isinstance(error, KeyboardInterrupt):
        return later("stopped; try again: what has already been fetched is kept")
    return later("{error}; try again: what has already been fetched is kept", error=f"{type(error).__name__}: {error}")


def _read_badly(error: BaseException) -> str:
    """The message for a visitor, without paths of the server; its log has the rest. Nothing of a zip is kept."""
    if isinstance(error, KeyboardInterrupt):
        return _READING_ENDED
    why = (isinstance(error, OSError) and error.strerror) or type(error).__name__
    return later("The pictures could not be kept here ({why}); send the zip again.", why=why)


def _status_file(id: str, settings: Settings) -> Path:
    return settings.home / "downloads" / f"{id.replace(os.sep, '_')}.json"


def _write(file: Path, status: JobStatus) -> None:
    write_json(file, asdict(status) | {"message": stored(status.message)})


def _read(file: Path) -> JobStatus | None:
    written = read_json(file)
    try:
        kind = "reading" if written["stage"] in ("turn", "read") else "download"  # an earlier version wrote no kind
        status = JobStatus(**{"kind": kind} | written | {"message": restored(written.get("message", ""))})
    except (TypeError, AttributeError, KeyError):  # none there, or another version wrote it
        return None
    if status.is_active and not _is_alive(status):
        goes_on = later("The download was interrupted; start it again, it goes on where it stopped.")
        return replace(status, stage="interrupted", message=_READING_ENDED if status.kind == "reading" else goes_on)
    return status


def _is_alive(status: JobStatus) -> bool:
    if status.pid is None:
        return time.time() - status.updated_at < START_WITHIN_S
    return is_alive(status.pid, status.pid_started)
