"""A class folder becomes a Listing: which picture belongs to which class and to which part.

Names and sizes of files only; no picture is opened here (see images.py), nothing is downloaded (sources.py).
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from sota_core.data.pictures.names import MARK, shown
from sota_core.errors import SourceError

SUFFIXES = frozenset({".jpg", ".jpeg", ".jpe", ".png", ".webp", ".bmp", ".gif", ".tif", ".tiff"})
"""Those of fastai's image suffixes that Pillow opens without a plug-in, and .webp; compared in lower case."""

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
"""WordNet ids, which name the folders of Imagenette and Imagewoof, in English."""

VALID_NAMES = ("val", "valid")


@dataclass(frozen=True, eq=False)
class Listing:
    """The pictures of one data set, in a fixed order.

    root      the folder, absolute
    classes   folder names as names.shown writes them, sorted; `labels` index into it
    paths     absolute, sorted by their path below root; where a name is not UTF-8, with Python's surrogates in it
    labels    (n,) int64, read-only
    is_valid  (n,) bool, read-only: the official split; None where the folder has none
    """

    root: Path
    classes: tuple[str, ...]
    paths: tuple[Path, ...]
    labels: np.ndarray
    is_valid: np.ndarray | None

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    @property
    def display_names(self) -> tuple[str, ...]:
        """English names where the folders bear synset ids, else the folders' names with blanks for `_`."""
        return tuple(SYNSET_NAMES.get(name, name.replace("_", " ")) for name in self.classes)

    def __len__(self) -> int:
        return len(self.paths)

    def fingerprint(self) -> str:
        """sha256 over relative paths, sizes and modification times: changes when any picture does."""
        digest = hashlib.sha256()
        for path in self.paths:
            stat = path.stat()
            digest.update(os.fsencode(path.relative_to(self.root)))
            digest.update(f"\0{stat.st_size}\0{stat.st_mtime_ns}\n".encode())
        return digest.hexdigest()

    def name(self, i: int) -> str:
        """Picture i's path below root, for people and for what a run keeps; names.path_of finds the file again."""
        return shown(self.paths[i].relative_to(self.root).as_posix())


def list_pictures(root: Path) -> Listing:
    """List the pictures under `train/<class>/…` and `val|valid/<class>/…`, or under `<class>/…`.

    Subfolders of a class belong to it. Hidden files and folders and files that are no pictures by their
    suffix are passed over. `train/` alone counts as a folder without an official split. A link to a
    picture inside root is followed; a link that leaves root, or to a folder below root, is refused: one
    folder must not pull in the rest of a disk, nor run in circles.

    Raises
        SourceError  not a folder, or one whose own path is not UTF-8; no pictures; a class without pictures (named);
                     only one class; a class in val that train has not (named); a link that is refused (named).
    """
    root = Path(root).expanduser()
    if not root.is_dir():
        what = "it is a file" if root.exists() else "it does not exist"
        raise SourceError(f"list_pictures('{shown(root)}'): needs a folder of class folders, but {what}")
    root = root.resolve()
    if MARK in shown(root):
        raise SourceError(f"list_pictures('{shown(root)}'): its own path must be UTF-8; rename what is marked �")
    parts = _parts(root)
    found = {part: _pictures_by_class(folder, root) for part, folder in parts.items()}
    if not any(pictures for classes in found.values() for pictures in classes.values()):
        raise SourceError(
            f"list_pictures('{root}'): no pictures found; expected train/<class>/… and val/<class>/…, or "
            f"<class>/…, with {' '.join(sorted(SUFFIXES))}"
        )
    for part, classes in found.items():
        empty = [_shown(part, name) for name, pictures in classes.items() if not pictures]
        if empty or not classes:
            names = ", ".join(empty) or f"{part}/"
            raise SourceError(f"list_pictures('{root}'): no pictures in {names}; remove the folder or fill it")
    classes = tuple(sorted(found["train"]))
    class_names = tuple(shown(name) for name in classes)
    if len(classes) < 2:
        raise SourceError(f"list_pictures('{root}'): needs at least two classes to tell apart, got {list(class_names)}")
    strangers = [shown(name) for name in sorted(set(found.get("valid", {})) - set(classes))]
    if strangers:
        raise SourceError(
            f"list_pictures('{root}'): {parts['valid'].name}/ has classes that train/ has not: {', '.join(strangers)}"
        )
    numbers = {name: label for label, name in enumerate(classes)}
    start = len(str(root / "x")) - 1  # texts, not Paths, for what is done to each of many pictures
    rows = sorted(
        (path[start:].replace(os.sep, "/"), numbers[name], part == "valid")
        for part, by_class in found.items()
        for name, pictures in by_class.items()
        for path in pictures
    )
    return Listing(
        root=root,
        classes=class_names,
        paths=tuple(root / relative for relative, _, _ in rows),
        labels=_frozen([label for _, label, _ in rows], np.int64),
        is_valid=_frozen([valid for _, _, valid in rows], np.bool_) if "valid" in found else None,
    )


def _parts(root: Path) -> dict[str, Path]:
    """Where the classes stand: {'train': folder} or {'train': folder, 'valid': folder}."""
    valid = [root / name for name in VALID_NAMES if (root / name).is_dir()]
    train = root / "train"
    if not train.is_dir():
        if valid:
            raise SourceError(f"list_pictures('{root}'): has {valid[0].name}/ but no train/ beside it")
        return {"train": root}
    if len(valid) == 2:
        raise SourceError(f"list_pictures('{root}'): has both val/ and valid/; keep one of them")
    return {"train": train, "valid": valid[0]} if valid else {"train": train}


def _pictures_by_class(folder: Path, root: Path) -> dict[str, list[str]]:
    _refuse_stray_link(folder, root)
    classes = [entry for entry in folder.iterdir() if entry.is_dir() and not _is_hidden(entry.name)]
    return {entry.name: list(_pictures(entry, root)) for entry in sorted(classes)}


def _pictures(folder: Path, root: Path) -> Iterator[str]:
    """The path of every picture below a class folder; links are looked at one by one, they are rare."""
    _refuse_stray_link(folder, root)
    with os.scandir(folder) as entries:
        for entry in entries:
            if _is_hidden(entry.name):
                continue
            if entry.is_symlink():
                _refuse_stray_link(Path(entry.path), root)
            if entry.is_dir():
                yield from _pictures(Path(entry.path), root)
            elif entry.name.lower().endswith(tuple(SUFFIXES)) and entry.is_file():
                yield entry.path


def _refuse_stray_link(path: Path, root: Path) -> None:
    if not path.is_symlink():
        return
    target = path.resolve()
    if path.is_dir() or not target.is_relative_to(root):
        raise SourceError(
            f"list_pictures('{root}'): {shown(path.relative_to(root))} is a link to {shown(target)}; links to folders, "
            "and links that leave the data set, are not followed: copy the pictures instead"
        )


def _is_hidden(name: str) -> bool:
    """`.DS_Store`, `._x.jpg`, `.ipynb_checkpoints`; and the folder that macOS adds to archives."""
    return name.startswith(".") or name == "__MACOSX"


def _shown(part: str, name: str) -> str:
    return f"class folder '{shown(name)}' ({part})"


def _frozen(values: list, dtype: type) -> np.ndarray:
    array = np.array(values, dtype=dtype)
    array.setflags(write=False)
    return array
