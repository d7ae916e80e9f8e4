"""A class folder becomes a Listing: which picture belongs to which class and to which part.

Names and sizes of files only; no picture is opened here (see images.py), nothing is downloaded (sources.py).
"""

import hashlib
import os
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from sota_core.data.pictures import notes
from sota_core.data.pictures.folders import DATE, Layout, find_layout, no_set
from sota_core.data.pictures.names import MARK, SUFFIXES, shown
from sota_core.data.pictures.notes import Note, sentence
from sota_core.data.pictures.scan import Scan
from sota_core.later import Later, later
from sota_core.paths import expanded

SYNSET_NAMES = {
    # Imagenette
    "n01440764": "tench",
    "n02102040": "English springer",
    "n02979186": "cassette player",
    "n03000684": "chain saw",
    "n03028079": "church",
    "n03394916": "French horn",
    "n03417042": "garbage truck",
    "n03425413": "gas pump",
    "n03445777": "golf ball",
    "n03888257": "parachute",
    # Imagewoof
    "n02086240": "Shih-Tzu",
    "n02087394": "Rhodesian ridgeback",
    "n02088364": "beagle",
    "n02089973": "English foxhound",
    "n02093754": "Border terrier",
    "n02096294": "Australian terrier",
    "n02099601": "golden retriever",
    "n02105641": "Old English sheepdog",
    "n02111889": "Samoyed",
    "n02115641": "dingo",
}
"""WordNet id, which is the name of a folder of Imagenette or Imagewoof → the class in English."""


def display_names(classes: Sequence[str]) -> tuple[str, ...]:
    """English names where the folders bear synset ids, else the folders' names with blanks for `_`.

    Each class has one of its own: where two would be called the same, both keep their folders' names.

    >>> display_names(["n01440764", "golf_ball"]), display_names(["golf_ball", "golf ball"])
    (('tench', 'golf ball'), ('golf_ball', 'golf ball'))
    """
    names = [SYNSET_NAMES.get(name, name.replace("_", " ")) for name in classes]
    times = Counter(names)
    return tuple(english if times[english] == 1 else name for name, english in zip(classes, names, strict=True))


@dataclass(frozen=True, eq=False)
class Listing:
    """The pictures of one data set, in a fixed order.

    root      the folder, absolute
    classes   folder names, composed and as names.shown writes them, sorted; `labels` index into it
    paths     absolute, sorted by their path below root; where a name is not UTF-8, with Python's surrogates in it
    labels    (n,) int64, read-only
    is_valid  (n,) bool, read-only: the official split; None where the folder has none
    layout    which folders hold the classes of which part
    notes     what was passed over, or is used otherwise than its name says
    """

    root: Path
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: np.ndarray
    is_valid: np.ndarray | None
    layout: Layout = field(default_factory=Layout)
    notes: tuple[Note, ...] = ()

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def display_names(self) -> tuple[str, ...]:
        return display_names(self.classes)

    def __len__(self) -> int:
        return len(self.paths)

    def fingerprint(self) -> str:
        """sha256 over relative paths, sizes and modification times: changes when any picture does, or goes."""
        digest = hashlib.sha256()
        for path in self.paths:
            digest.update(os.fsencode(path.relative_to(self.root)))
            try:
                stat = path.stat()
            except OSError:  # gone since it was listed: whoever opens it says so
                digest.update(b"\0gone\n")
            else:
                digest.update(f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def name(self, i: int) -> str:
        """Picture i's path below root, for people and for what a run keeps; names.path_of finds the file again."""
        return shown(self.paths[i].relative_to(self.root).as_posix())


def list_pictures(root: Path) -> Listing:
    """List the pictures under `train/<class>/…` and `val/<class>/…`, or under `<class>/…`.

    folders.py says by which names the parts are known. Subfolders of a class belong to it. Hidden files and folders,
    and files that are no pictures by their suffix, are passed over; `notes` counts all that is. A folder without a
    validation part counts as one without an official split. A link to a picture inside root is followed; a link that
    leaves root, or to a folder below root, is refused: one folder must not pull in the rest of a disk, nor run in
    circles.

    Raises
        SourceError  not a folder, or one whose own path is not UTF-8; no pictures; a class without pictures (named);
                     only one class; "classes" that are folders of class folders (named); a class to validate that is
                     not trained (named); a link that is refused (named); a file or folder that cannot be read, or
                     disappears meanwhile (named); and as find_layout.
    """
    root = expanded(root)
    try:
        return _listed(root)
    except OSError as bad:
        said = later(
            "{place} cannot be read ({why}); let the app read it, leave the folder as it is meanwhile, and try again",
            place=shown(bad.filename or root),
            why=bad.strerror or type(bad).__name__,
        )
        raise no_set(root, said) from bad


def _listed(root: Path) -> Listing:
    if not root.is_dir():
        if root.exists():
            raise no_set(root, later("needs a folder of class folders, but it is a file"))
        raise no_set(root, later("needs a folder of class folders, but it does not exist"))
    root = root.resolve()
    if MARK in shown(root):
        raise no_set(root, later("its own path must be UTF-8; rename what is marked �"))
    layout = find_layout(root)
    scan = Scan(root)
    folders = {"train": layout.train} if layout.valid is None else {"train": layout.train, "valid": layout.valid}
    found = {part: scan.classes(folder) for part, folder in folders.items()}
    for folder in layout.above:
        scan.above(folder)
    _check(root, layout, folders, found, scan)
    classes = tuple(sorted(found["train"]))
    numbers = {name: label for label, name in enumerate(classes)}
    start = len(str(root / "x")) - 1  # strings: Paths would be slow for so many pictures
    rows = sorted(
        (path[start:].replace(os.sep, "/"), numbers[name], part == "valid")
        for part, by_class in found.items()
        for name, pictures in by_class.items()
        for path in pictures
    )
    return Listing(
        root=root,
        classes=tuple(shown(name) for name in classes),
        paths=tuple(root / relative for relative, _, _ in rows),
        labels=_frozen([label for _, label, _ in rows], np.int64),
        is_valid=_frozen([valid for _, _, valid in rows], np.bool_) if "valid" in found else None,
        layout=layout,
        notes=(*_notes_of(layout, scan, found), *scan.notes()),
    )


def _check(
    root: Path, layout: Layout, folders: dict[str, str], found: dict[str, dict[str, list[str]]], scan: Scan
) -> None:
    """Check that what was found is a data set.

    Raises
        SourceError  it is none.
    """
    if not any(pictures for classes in found.values() for pictures in classes.values()):
        said = later(
            "no pictures found; expected train/<class>/… and val/<class>/…, or <class>/…, with {suffixes}",
            suffixes=" ".join(sorted(SUFFIXES)),
        )
        raise no_set(root, _with_unread(said, scan))
    for part, classes in found.items():
        if empty := [f"'{shown(name)}' ({part})" for name, pictures in classes.items() if not pictures]:
            names = ", ".join(empty)
            said = later("no pictures in class folder {names}; remove the folder or fill it", names=names)
            raise no_set(root, _with_unread(said, scan))
        if not classes:
            said = later("no pictures in {name}/; remove the folder or fill it", name=folders[part])
            raise no_set(root, _with_unread(said, scan))
        for name, pictures in classes.items():
            _refuse_a_set(root, root / folders[part], name, pictures)
    if len(found["train"]) < 2:
        [name] = found["train"]
        raise no_set(root, later("needs at least two classes to tell apart, got one, '{name}'", name=shown(name)))
    strangers = [shown(name) for name in sorted(set(found.get("valid", {})) - set(found["train"]))]
    if strangers:
        said = later(
            "{valid}/ has classes that {train}/ has not: {names}; remove them, or add pictures to train on",
            valid=shown(layout.valid or ""),
            train=shown(layout.train),
            names=", ".join(strangers),
        )
        raise no_set(root, said)


def _with_unread(said: Later, scan: Scan) -> Later:
    """The sentence, followed by what is not read: a folder that seems empty may hold pictures of another format."""
    for note in scan.notes():
        if note.kind == notes.FORMAT:
            said = later("{what}. {unread}", what=said, unread=sentence(note))
    return said


def _refuse_a_set(root: Path, part: Path, name: str, pictures: list[str]) -> None:
    """A class that holds no picture itself but several folders of them is a data set, or a part of one.

    Folders by year or day are no classes: `cat/2023/…` and `cat/2024/…` are cats.
    """
    start = len(str(part)) + 1
    below = [path[start:].split(os.sep, 2)[1:] for path in pictures]
    inside = {names[0] for names in below}
    if len(inside) < 2 or any(len(names) == 1 for names in below) or all(DATE.fullmatch(name) for name in inside):
        return
    some = ", ".join(shown(name) for name in sorted(inside)[:3])
    said = later(
        "a class folder must hold pictures, but {folder}/ holds only {n} folders of them ({some}). If {folder}/ is a "
        "data set of its own, name it instead of the folder around it; if it is a part of one, call the parts train/, "
        "val/ and test/; if it is a class, put its pictures into it directly",
        folder=shown(name),
        n=len(inside),
        some=some + (", …" if len(inside) > 3 else ""),
    )
    raise no_set(root, said)


def _notes_of(layout: Layout, scan: Scan, found: dict[str, dict[str, list[str]]]) -> list[Note]:
    """What the layout leaves out or takes for something else, with the pictures counted."""
    said = []
    if layout.base:
        said.append(Note(notes.WRAPPED, 1, about=layout.base))
    if layout.valid is not None:
        never = sorted(set(found["train"]) - set(found["valid"]))
        if layout.valid_is_test:
            n = sum(map(len, found["valid"].values()))
            said.append(Note(notes.TEST_AS_VALID, n, about=layout.valid))
        if never:
            said.append(Note(notes.ONE_PART, len(never), never[0], layout.valid))
    if layout.test is not None:
        kind = notes.ALIEN_TEST if layout.is_test_alien else notes.TEST
        said.append(Note(kind, *scan.counted(layout.test), about=layout.test))
    beside = [(name, *scan.counted(name)) for name in layout.beside]
    if full := [(name, n, example) for name, n, example in beside if n]:
        about = ", ".join(f"{name}/" for name, _, _ in full[:3]) + (", …" if len(full) > 3 else "")
        said.append(Note(notes.BESIDE, sum(n for _, n, _ in full), full[0][2], about))
    return said


def _frozen(values: list, dtype: type) -> np.ndarray:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
