"""What in a data set's folder is not used, or not as its name says: counted, with an example, in one wording.

The same sentences go into a run's log, onto the pages and into `runs show`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from sota_core.data.pictures.names import shown
from sota_core.later import Later, later, later_n


@dataclass(frozen=True, slots=True)
class Note:
    """One rule that left something out.

    kind     which rule: one of the constants below
    count    how many files, pictures or classes
    example  one of them, as a path below the data set's folder
    about    what else the sentence names: a folder, suffixes, or why the example cannot be read
    """

    kind: str
    count: int
    example: str = ""
    about: str = ""


HIDDEN, LINK, LINKED, FORMAT, OTHER, LOOSE = "hidden", "link", "linked", "format", "other", "loose"
LABELS, BESIDE, TEST, ALIEN_TEST, TEST_AS_VALID = "labels", "beside", "test", "alien_test", "test_as_valid"
WRAPPED, ONE_PART = "wrapped", "one_part"
BROKEN, EMPTY = "broken", "empty"


def sentence(note: Note) -> Later:
    """
    >>> sentence(Note(HIDDEN, 2, "a/._1.jpg"))
    'Passed over: 2 hidden files or folders, for example a/._1.jpg.'
    >>> sentence(Note(TEST, 20, "test/1.png", "test"))
    'test/ is kept apart: its 20 pictures are neither trained nor validated on.'
    """
    kind = _BROKEN_SO if note.kind == BROKEN and note.about else note.kind
    about = note.about if isinstance(note.about, Later) else shown(note.about)
    return _SAID[kind](note.count, {"about": about, "example": shown(note.example)})


_BROKEN_SO = "broken so"  # BROKEN, where the reason is known
_SAID: dict[str, Callable[[int, dict[str, str]], Later]] = {
    HIDDEN: lambda n, at: later_n(
        "Passed over: {n} hidden file or folder: {example}.",
        "Passed over: {n} hidden files or folders, for example {example}.",
        n, **at,
    ),
    LINK: lambda n, at: later_n(
        "Passed over: {n} link that leads nowhere: {example}.",
        "Passed over: {n} links that lead nowhere, for example {example}.",
        n, **at,
    ),
    LINKED: lambda n, at: later_n(
        "Passed over: {n} link or device (a zip's are not followed): {example}.",
        "Passed over: {n} links or devices (a zip's are not followed), for example {example}.",
        n, **at,
    ),
    FORMAT: lambda n, at: later_n(
        "Passed over: {n} picture of a format that is not read ({about}; save as JPEG or PNG): {example}.",
        "Passed over: {n} pictures of a format that is not read ({about}; save as JPEG or PNG), for example {example}.",
        n, **at,
    ),
    OTHER: lambda n, at: later_n(
        "Passed over: {n} file that is no picture by its name: {example}.",
        "Passed over: {n} files that are no pictures by their names, for example {example}.",
        n, **at,
    ),
    LOOSE: lambda n, at: later_n(
        "Passed over: {n} picture in no class folder: {example}.",
        "Passed over: {n} pictures in no class folder, for example {example}.",
        n, **at,
    ),
    BROKEN: lambda n, at: later_n(
        "Passed over: {n} file that cannot be read: {example}.",
        "Passed over: {n} files that cannot be read, for example {example}.",
        n, **at,
    ),
    _BROKEN_SO: lambda n, at: later_n(
        "Passed over: {n} file that cannot be read: {example} ({about}).",
        "Passed over: {n} files that cannot be read, for example {example} ({about}).",
        n, **at,
    ),
    EMPTY: lambda n, at: later_n(
        "Passed over: {n} folder without a readable picture: {example}.",
        "Passed over: {n} folders without a readable picture, for example {example}.",
        n, **at,
    ),
    BESIDE: lambda n, at: later_n(
        "Passed over: {n} picture in folders that belong to no part ({about}): {example}.",
        "Passed over: {n} pictures in folders that belong to no part ({about}), for example {example}.",
        n, **at,
    ),
    LABELS: lambda n, at: later_n(
        "Not read: {example}; a picture's class is the folder it lies in.",
        "Not read: {n} files of labels, for example {example}; a picture's class is the folder it lies in.",
        n, **at,
    ),
    TEST: lambda n, at: later_n(
        "{about}/ is kept apart: its {n} picture is neither trained nor validated on.",
        "{about}/ is kept apart: its {n} pictures are neither trained nor validated on.",
        n, **at,
    ),
    ALIEN_TEST: lambda n, at: later_n(
        "{about}/ is kept apart: its {n} picture is of no class to train on ({example}).",
        "{about}/ is kept apart: not all of its {n} pictures are of a class to train on ({example}).",
        n, **at,
    ),
    TEST_AS_VALID: lambda n, at: later_n(
        "{about}/ with its {n} picture is the validation part: the folder has no other.",
        "{about}/ with its {n} pictures is the validation part: the folder has no other.",
        n, **at,
    ),
    WRAPPED: lambda n, at: later("The classes are those of {about}/, the only folder with pictures.", **at),
    ONE_PART: lambda n, at: later_n(
        "No picture to validate in {about}/ of {n} class: {example}.",
        "No picture to validate in {about}/ of {n} classes, for example {example}.",
        n, **at,
    ),
}  # fmt: skip
