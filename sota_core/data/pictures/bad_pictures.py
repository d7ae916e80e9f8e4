"""Pictures that cannot be decoded: a few are skipped and listed, more than 1 % end the work."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path

from sota_core.data.pictures.listing import Listing
from sota_core.errors import BadPicturesError

MAX_BAD_SHARE = 0.01


class BadPictures:
    """The pictures that cannot be decoded, found by several threads; too many of them end the build at once."""

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.indices: set[int] = set()
        self._lock = threading.Lock()

    @contextlib.contextmanager
    def noted(self, i: int) -> Iterator[None]:
        try:
            yield
        except MemoryError:
            raise
        except Exception as why:  # Pillow's plug-ins raise what they like
            with self._lock:
                self.indices.add(i)
            check_bad_share(self.paths(), len(self.listing), why)

    def paths(self) -> list[Path]:
        with self._lock:
            return [self.listing.paths[i] for i in sorted(self.indices)]


def check_bad_share(paths: list[Path], n: int, why: Exception | None = None) -> None:
    """More than 1 % undecodable is no accident of one file: refuse.

    Raises
        BadPicturesError  carries the paths found until now.
    """
    if len(paths) > MAX_BAD_SHARE * n:
        raise BadPicturesError(
            f"pictures: at most 1 % of {n} may be unreadable, found {len(paths)}, the first {paths[0]}; "
            "repair or remove them",
            paths=paths,
        ) from why
