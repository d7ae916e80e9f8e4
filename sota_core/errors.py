"""The project's own errors, as one tree. Details are attributes, not only words in the message.

SotaError
├── InputError            the request cannot be carried out as it stands (command line: exit 2)
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
│   └── BadPicturesError  pictures cannot be decoded and are not just skipped; carries .paths
├── GpuMemoryError        the card has no room for the run (a run's reason: gpu_oom)
├── DiskFullError         carries .needed_bytes, .free_bytes (a run's reason: disk_full)
└── RunError              the life of a run
    ├── UnknownRunError   no run has this id
    ├── StoreAwayError    the run store cannot be used now: away, locked, damaged, not writable
    ├── QuotaError        a limit on runs, steppers or visitors' own data sets is reached; carries .limit
    └── NotYoursError     only the owner or the operator may do that

A message reads "function: what was required, what was given, what to do". A message that another process may show to a
visitor is a sentence of later.py: English here and in logs, in the visitor's language on a page.
"""

from collections.abc import Iterable, Sequence
from pathlib import Path


class SotaError(Exception):
    """Everything this project raises on purpose."""


class InputError(SotaError, ValueError):
    """The request cannot be carried out as it stands; whoever made it can correct it."""


class RecipeError(InputError):
    """A recipe field, preset or value does not exist or does not fit.

    field    the knob's name in the registry (`bs`); if there is no such knob, the name as it was written
             (`phases.0.batch`); `recipe` for a whole recipe or its preset
    allowed  the values that would have been accepted; empty if they cannot be listed
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
    """A data set is unknown, or a folder is not a data set."""


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
    """Pictures of a data set cannot be decoded: too many of them, every validation picture, or one during a run."""

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
    """The run store cannot be used at the moment. The message names neither its location nor the database's error."""


class QuotaError(RunError):
    """A limit is reached: on an owner's, an address's or all runs, on a run's size, on steppers or own data sets."""

    def __init__(self, message: str, *, limit: int) -> None:
        super().__init__(message)
        self.limit = limit


class NotYoursError(RunError):
    """Only the owner of a run, or the operator, may do that."""
