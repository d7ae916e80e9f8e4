"""The one family of errors; what went wrong is on the exception, not only in its text.

SotaError
├── InputError            what was asked for cannot be done (command line: exit 2)
│   ├── RecipeError       unknown field, preset or value; carries .field, .allowed
│   ├── ShapeError        an array has the wrong shape
│   ├── RangeError        a number lies outside its range
│   ├── SourceError       unknown data set, empty folder, one class, no pictures
│   ├── ImageError        an uploaded picture is refused
│   └── DeviceError       a GPU was asked for and there is none
├── DataError             bytes that are not what they should be (a run's reason: bad_data)
│   ├── DownloadError     the network, after retries
│   ├── ChecksumError     carries .expected, .got
│   ├── ArchiveError      links, `../`, cut off, not an archive
│   └── BadPicturesError  pictures cannot be decoded, and it is more than a few to skip; carries .paths
├── GpuMemoryError        the card has no room for the run (a run's reason: gpu_oom)
├── DiskFullError         carries .needed_bytes, .free_bytes (a run's reason: disk_full)
└── RunError              the life of a run
    ├── UnknownRunError   no run has this id
    ├── StoreAwayError    the run store cannot be used now: away, locked, damaged, not writable
    ├── QuotaError        the owner has runs enough; carries .limit
    └── NotYoursError     only the owner or the operator may do that

Text: function: what was required, what came, what to do. What a visitor may read is a sentence of later.py: in English
here and in logs, in the visitor's language on a page.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path


class SotaError(Exception):
    """Everything this project raises on purpose."""


class InputError(SotaError, ValueError):
    """What was asked for cannot be done; the asker can mend it."""


class RecipeError(InputError):
    """A recipe field, preset or value does not exist or does not fit.

    field    a knob's name in the registry (`bs`), or what was written where there is none (`phases.0.batch`);
             `recipe` for a whole recipe or its preset
    allowed  what could have stood there; empty where that is not a list of names
    """

    def __init__(self, message: str, *, field: str, allowed: Iterable[object] = ()) -> None:
        super().__init__(message)
        self.field = field
        self.allowed = tuple(allowed)


class ShapeError(InputError):
    """An array has the wrong shape."""


class RangeError(InputError):
    """A number lies outside its range."""


class SourceError(InputError):
    """A data set is unknown, or a folder is not one."""


class ImageError(InputError):
    """A picture handed in by a visitor is refused."""


class DeviceError(InputError):
    """The device asked for is not there."""


class DataError(SotaError):
    """Bytes are not what they should be."""


class DownloadError(DataError):
    """A download did not come through; trying again is safe."""


class ChecksumError(DataError):
    """A file differs from what its publisher announced."""

    def __init__(self, message: str, *, expected: str, got: str) -> None:
        super().__init__(message)
        self.expected, self.got = expected, got


class ArchiveError(DataError):
    """An archive is cut off, or holds something that has no place in a data set."""


class BadPicturesError(DataError):
    """Pictures of a data set cannot be decoded: too many, all to validate on, or one in the midst of a run."""

    def __init__(self, message: str, *, paths: Sequence[Path]) -> None:
        super().__init__(message)
        self.paths = tuple(paths)


class GpuMemoryError(SotaError):
    """A graphics card has no memory left for what is to be trained."""


class DiskFullError(SotaError):
    """There is not enough room on the disk."""

    def __init__(self, message: str, *, needed_bytes: int, free_bytes: int) -> None:
        super().__init__(message)
        self.needed_bytes, self.free_bytes = needed_bytes, free_bytes


class RunError(SotaError):
    """Something about the life of a run."""


class UnknownRunError(RunError):
    """No run has this id."""


class StoreAwayError(RunError):
    """The run store cannot be used at the moment. The text names neither its place nor the database's own words."""


class QuotaError(RunError):
    """The owner, or the whole queue, has runs enough."""

    def __init__(self, message: str, *, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


class NotYoursError(RunError):
    """Only the owner of a run, or the operator, may do that."""
