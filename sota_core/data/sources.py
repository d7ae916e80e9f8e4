"""The data sets, for everybody above: one door to the table, the fetching and the background download.

resolve(source, settings) -> Path | None     where it lies
ensure(source, settings, on_progress) -> Path    fetch it if need be
describe(source, settings) -> Presence       what is there, counted
start_download(id, settings), download_status(id, settings)    outside the web process
get_with_status(id, settings, on_progress)   what that process calls
"""

from sota_core.data.background import DownloadStatus, download_status, get_with_status, start_download
from sota_core.data.catalog import SOURCES, Source
from sota_core.data.download import Progress
from sota_core.data.fetching import Presence, describe, ensure, local_folders, resolve

__all__ = [
    "SOURCES",
    "DownloadStatus",
    "Presence",
    "Progress",
    "Source",
    "describe",
    "download_status",
    "ensure",
    "get_with_status",
    "local_folders",
    "resolve",
    "start_download",
]
