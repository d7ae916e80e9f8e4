"""What of a data set's folder is not used, or otherwise than its name says: counted, with an example, in one wording.

The same sentences go into a run's log, onto the pages and into `runs show`.
"""

from dataclasses import dataclass

from sota_core import words
from sota_core.data.pictures.names import shown


@dataclass(frozen=True, slots=True)
class Note:
    """One rule that left something out.

    kind     which rule: one of the constants below
    count    how many files, pictures or classes
    example  one of them, as a path below the data set's folder
    about    what else the sentence names: a folder, or suffixes
    """

    kind: str
    count: int
    example: str = ""
    about: str = ""


HIDDEN, LINK, LINKED, FORMAT, OTHER, LOOSE = "hidden", "link", "linked", "format", "other", "loose"
LABELS, BESIDE, TEST, ALIEN_TEST, TEST_AS_VALID = "labels", "beside", "test", "alien_test", "test_as_valid"
WRAPPED, ONE_PART = "wrapped", "one_part"
BROKEN, EMPTY = "broken", "empty"


def sentence(note: Note) -> str:
    """
    >>> sentence(Note(HIDDEN, 2, "a/._1.jpg"))
    'Passed over: 2 hidden files or folders, for example a/._1.jpg.'
    >>> sentence(Note(TEST, 20, "test/1.png", "test"))
    'test/ is kept apart: its 20 pictures are neither trained nor validated on.'
    """
    n, about, example = note.count, shown(note.about), shown(note.example)
    pictures = words.plural(n, "picture")
    verb = "is" if n == 1 else "are"
    such_as = f", for example {example}" if n > 1 else f": {example}"
    labels = example if n == 1 else f"{n:,} files of labels{such_as}"
    passed_over = {
        HIDDEN: words.plural(n, "hidden file or folder", "hidden files or folders"),
        LINK: words.plural(n, "link that leads nowhere", "links that lead nowhere"),
        LINKED: words.plural(n, "link or device", "links or devices") + " (a zip's are not followed)",
        FORMAT: f"{pictures} of a format that is not read ({about}; save as JPEG or PNG)",
        OTHER: words.plural(n, "file that is no picture by its name", "files that are no pictures by their names"),
        LOOSE: f"{pictures} in no class folder",
        BROKEN: words.plural(n, "file that cannot be read", "files that cannot be read")
        + (f" ({about})" if about else ""),
        EMPTY: words.plural(n, "folder without a readable picture", "folders without a readable picture"),
        BESIDE: f"{pictures} in folders that belong to no part ({about})",
    }
    if note.kind in passed_over:
        return f"Passed over: {passed_over[note.kind]}{such_as}."
    return {
        LABELS: f"Not read: {labels}; a picture's class is the folder it lies in.",
        TEST: f"{about}/ is kept apart: its {pictures} {verb} neither trained nor validated on.",
        ALIEN_TEST: f"{about}/ is kept apart: its {pictures} {verb} not all of a class to train on ({example}).",
        TEST_AS_VALID: f"{about}/ with its {pictures} is the validation part: the folder has no other.",
        WRAPPED: f"The classes are those of {about}/, the only folder in it.",
        ONE_PART: f"No picture to validate in {about}/ of {words.plural(n, 'class', 'classes')}{such_as}.",
    }[note.kind]
