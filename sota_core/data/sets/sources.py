"""The data sets, for everybody above: one door to the table, the fetching and the background download.

resolve(source, settings) -> Path | None     where it lies
ensure(source, settings, on_progress) -> Path    fetch it if need be
describe(source, settings) -> Presence       what is there, counted
start_download(id, settings), job_status(id, settings), stop_download(id, settings)    outside the web process
get_with_status(id, settings, on_progress)   what that process calls
start_reading(data, title, owner, settings)  a visitor's zip, likewise; read_waiting and, of one zip, fill_with_status:
                                             what those processes call
own                                          the rest of visitors' own sets
"""

import hashlib

from sota_core.data.sets import own
from sota_core.data.sets.background import (
    JobStatus,
    fill_with_status,
    get_with_status,
    job_status,
    start_download,
    stop_download,
)
from sota_core.data.sets.catalog import SOURCES, Source
from sota_core.data.sets.fetching import Presence, describe, ensure, local_folders, resolve
from sota_core.data.sets.reading import read_waiting, start_reading
from sota_core.language import tr

__all__ = [
    "SOURCES",
    "JobStatus",
    "Presence",
    "Source",
    "address_of",
    "describe",
    "ensure",
    "fill_with_status",
    "get_with_status",
    "job_status",
    "local_folders",
    "own",
    "read_waiting",
    "resolve",
    "source_title",
    "start_download",
    "start_reading",
    "stop_download",
]


def address_of(source: str) -> str:
    """A source as an address names it. A folder's path is hashed: a link must not tell where it lies on the server."""
    return source if source in SOURCES else f"folder-{hashlib.sha256(source.encode()).hexdigest()[:10]}"


def source_title(source: str) -> str:
    known = SOURCES.get(source)
    return tr(known.title) if known else source.rstrip("/").rpartition("/")[2]
