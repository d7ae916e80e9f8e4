"""Pictures that cannot be decoded, or not be read: a few are skipped and named, more than 1 % end the work, named as
well.

A file that the system does not hand over now (its permissions, a faulty disk, too many open files) may be a sound
picture: only the run that meets it skips it.
"""

import errno
import threading
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path

from PIL import UnidentifiedImageError

from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.listing import Listing
from sota_core.errors import BadPicturesError
from sota_core.later import Later, later, later_n

MAX_BAD_SHARE = 0.01
MAX_NAMED = 10  # of a folder that is all broken: enough to see what they have in common


class BadPictures:
    """The pictures that cannot be decoded or read, found by several threads.

    Too many do not end the work at once: it goes on until MAX_NAMED are found, or until `check` at its end.

    reasons  why, by index
    unread   the same of those among them that the system did not let be read
    """

    def __init__(self, listing: Listing) -> None:
        self.listing = listing
        self.reasons: dict[int, str] = {}
        self.unread: dict[int, str] = {}
        self._lock = threading.Lock()

    @property
    def indices(self) -> set[int]:
        with self._lock:
            return set(self.reasons)

    def noted(self, i: int) -> AbstractContextManager[None]:
        """Note what Pillow or the system raises inside this context as the reason why picture i is bad.

        Raises
            BadPicturesError  more than 1 % and at least MAX_NAMED are bad.
        """

        def note(why: Exception) -> None:
            with self._lock:
                self.reasons[i] = in_words(why)
                if _is_of_the_system(why):
                    self.unread[i] = self.reasons[i]
            if len(self.reasons) >= MAX_NAMED:
                self.check()

        return undecodable(note)

    def paths(self) -> list[Path]:
        return [self.listing.paths[i] for i in sorted(self.indices)]

    def check(self) -> None:
        """Refuse a set if more than 1 % of its pictures cannot be decoded: that is no accident to a single file.

        Raises
            BadPicturesError  names up to MAX_NAMED and why; carries the paths found until now.
        """
        with self._lock:
            reasons = dict(sorted(self.reasons.items()))
        n = len(self.listing)
        if len(reasons) > MAX_BAD_SHARE * n:
            named = [later("{name} ({why})", name=self.listing.name(i), why=why) for i, why in reasons.items()]
            raise BadPicturesError(
                later(
                    "pictures: at most 1 % of {n} may be unreadable, found {n_bad}: {some}; repair or remove them",
                    n=str(n),
                    n_bad=str(len(reasons)),
                    some=some_of(named),
                ),
                paths=self.paths(),
            )


def skipped_in_words(listing: Listing, indices: list[int]) -> Later:
    """One sentence for a run's log: how many are left out, and up to MAX_NAMED of them by name."""
    names = [listing.name(i) for i in indices]
    return later_n(
        "Skipped {n} picture that cannot be decoded: {some}",
        "Skipped {n} pictures that cannot be decoded: {some}",
        len(names),
        some=some_of(names),
    )


def unread_in_words(listing: Listing, unread: Mapping[int, str]) -> Later:
    """The same for pictures that the system did not let be read, and why."""
    named = [later("{name} ({why})", name=listing.name(i), why=why) for i, why in sorted(unread.items())]
    return later_n(
        "Skipped {n} picture that could not be read this time: {some}",
        "Skipped {n} pictures that could not be read this time: {some}",
        len(named),
        some=some_of(named),
    )


def no_longer_read(name: str, why: str, path: Path) -> BadPicturesError:
    """The error for a picture that goes, or is changed, during a run that reads its files again and again."""
    said = later(
        "pictures: {name} could be read when the run began and can no longer be read ({why}); do not change the folder "
        "during training, or choose loader=cache, which reads each picture once",
        name=name,
        why=why,
    )
    return BadPicturesError(said, paths=[path])


def some_of(names: Sequence[str]) -> str:
    """The first MAX_NAMED as one text, and how many more there are; names that can be translated still can be."""
    said: str = names[0]
    for name in names[1:MAX_NAMED]:
        said = later("{list}, {name}", list=said, name=name)
    more = len(names) - MAX_NAMED
    return later("{list} and {n} more", list=said, n=more) if more > 0 else said


def _is_of_the_system(why: Exception) -> bool:
    """Has the system refused the file? Pillow's own errors have no number, and a broken picture may make it seek to
    before the file's beginning, which is an invalid argument."""
    return isinstance(why, OSError) and why.errno not in (None, errno.EINVAL)


def in_words(why: Exception) -> str:
    """The error's text, without the path that Pillow puts into it: not every reader should see a server's folders."""
    if isinstance(why, UnidentifiedImageError):
        return later("not a picture of a format that is read")
    if isinstance(why, OSError) and why.strerror:
        return why.strerror
    return str(why) or type(why).__name__
