"""Which folders of a data set hold its classes: the field's conventions for training, validation and test parts.

Names of folders only; their pictures are listed by listing.py.
"""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

from sota_core.data.pictures.names import composed, is_hidden, is_picture, is_unread_picture, shown
from sota_core.errors import SourceError
from sota_core.later import Later, later

TRAIN, VALID, TEST = "train", "valid", "test"
# In any case. The words are those that Hugging Face's ImageFolder takes for its three splits.
WORDS = {
    TRAIN: ("training", "train"),
    VALID: ("validation", "valid", "val", "dev"),
    TEST: ("testing", "test", "evaluation", "eval"),
}
_MOST_AROUND = 12  # folders around a set: an archive of a home folder has some, links that lead in circles more
DATE = re.compile(r"(19|20)\d\d([-_. ]?\d\d?){0,2}")  # 2023, 2023-07, 20230714: no class is called so
_PART_OF = {word: part for part, words in WORDS.items() for word in words}
_NAME = re.compile(
    rf"(?:(?P<before>.+)[ _.-])?(?P<word>{'|'.join(_PART_OF)})"
    r"(?:[ _.-]?(?:dataset|set|data|images?|imgs|pictures|photos|folder|split))?"
    r"(?P<after>[ _.-]?\d+|[ab]|[ _.-].+)?"  # trainA and trainB: pictures to translate into one another
)


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the classes stand: paths below the data set's folder, '' for the folder itself.

    base           the folder that holds the parts or the classes: '', or the one folder all pictures lie in, which may
                   again be the only one in another
    train          the folder of the class folders to train on
    valid          the same to validate on; None where the set has no split of its own
    test           a test folder that is kept apart; None where there is none
    valid_is_test  the test folder is used to validate on, because there is no other
    is_test_alien  the test folder is kept apart because its folders are not the classes of the training part
    beside         other folders beside the parts, which belong to none
    """

    base: str = ""
    train: str = ""
    valid: str | None = None
    test: str | None = None
    valid_is_test: bool = False
    is_test_alien: bool = False
    beside: tuple[str, ...] = ()

    @property
    def has_parts(self) -> bool:
        return self.train != self.base

    @property
    def above(self) -> tuple[str, ...]:
        """The folders above those that hold the classes: what lies in them directly is in no class."""
        found = {""} if self.train or self.valid else set()
        for held in filter(None, (self.train, self.valid)):
            found |= {parent.as_posix() for parent in PurePosixPath(held).parents if parent.name}
        return tuple(sorted(found - {self.train, self.valid}))


def find_layout(root: Path) -> Layout:
    """Read the folder names below `root` and say which part each is.

    `train|training`, `val|valid|validation|dev`, `test|testing|eval|evaluation`, in any case, also as `training_set`
    and `test_set`, or with the same text around the word in several names (`seg_train` and `seg_test`, `train2017` and
    `val2017`). One folder around all of them, and one around that, or one around the classes of one part, is opened,
    even if folders without pictures stand beside it. Without a training part the folder's own folders are the classes.

    Raises
        SourceError  two folders of one part; a validation or test part without a training part; parts whose
                     pictures lie in no class folders.
    """
    base, parts = _inside(root)
    if not parts:
        return Layout(base, base)
    classes = {part: _unwrapped(root, _below(base, name)) for part, name in parts.items()}
    test = classes.get(TEST)
    found = Layout(
        base=base,
        train=classes[TRAIN],
        valid=classes.get(VALID),
        beside=tuple(_below(base, name) for name in _folders(root / base) if name not in parts.values()),
    )
    if test is None:
        return found
    there, trained = ({composed(name) for name in _folders(root / part)} for part in (test, found.train))
    if VALID not in parts and there and there <= trained:
        return replace(found, valid=test, valid_is_test=True)
    is_alien = VALID not in parts and bool(there)
    return replace(found, test=_below(base, parts[TEST]), is_test_alien=is_alien)


def _inside(root: Path) -> tuple[str, dict[str, str]]:
    """The folder that holds the parts or several classes, '' where that is `root`; and the parts (see _parts).

    A folder with only one folder in it is opened, as archives often have it, but not without end: links may lead in
    circles.
    """
    base = ""
    for _ in range(_MOST_AROUND + 1):
        if parts := _parts(root / base, root):
            return base, parts
        only = _only_one(root / base)
        if only is None or (base and _has_pictures(root / base)):
            break
        base = _below(base, only)
    names = _folders(root / base) if base else []
    is_one_class = all(DATE.fullmatch(name) for name in names)  # `cat/2023/…` and `cat/2024/…` are cats
    return (base if len(names) > 1 and not is_one_class and not _has_pictures(root / base) else ""), {}


def _only_one(folder: Path) -> str | None:
    """The only folder in this one; or the only one with pictures, where those beside it hold files of other kinds.

    `images/` beside `annotations/` or `meta/` is the set. An empty folder, or one of pictures that are not read, may be
    a class: then the result is None.
    """
    names, found = _folders(folder), None
    if len(names) == 1:
        return names[0]
    for name in names:
        files = _files_below(folder / name)
        first = next(files, None)
        if first is None:
            return None
        if _is_owners_picture(first) or any(map(_is_owners_picture, files)):
            if found is not None:
                return None
            found = name
    return found


def part_named(name: str) -> tuple[str, tuple[str, str]] | None:
    """The part a folder's name stands for, and what stands before and after the word; None: an ordinary name.

    >>> part_named("Training"), part_named("seg_test"), part_named("training_set"), part_named("constrain")
    (('train', ('', '')), ('test', ('seg', '')), ('train', ('', '')), None)
    """
    match = _NAME.fullmatch(name.lower().strip())
    if match is None:
        return None
    return _PART_OF[match["word"]], (match["before"] or "", match["after"] or "")


def _parts(folder: Path, root: Path) -> dict[str, str]:
    """Part → folder name; empty where the folder is not divided.

    With something around the word, one name alone proves nothing (`freight_train` may be a class): two parts must
    have the same around it.
    """
    schemes: dict[tuple[str, str], dict[str, list[str]]] = {}
    for name in _folders(folder):
        if (found := part_named(name)) is not None:
            part, around = found
            schemes.setdefault(around, {}).setdefault(part, []).append(name)
    plain = schemes.pop(("", ""), {})
    others = [parts for parts in schemes.values() if TRAIN in parts and len(parts) > 1]
    parts = plain if TRAIN in plain or not others else max(others, key=len)
    if not parts or _are_classes(folder, parts):
        return {}
    for names in parts.values():
        if len(names) > 1:
            raise no_set(root, later("has both {one}/ and {other}/; keep one of them", one=names[0], other=names[1]))
    if TRAIN not in parts:
        there = next(iter(parts.values()))[0]
        raise no_set(
            root, later("has {there}/ but no train/ beside it; name the folder to train on train/", there=there)
        )
    for part in (TRAIN, VALID):
        name = parts.get(part, [""])[0]
        if name and not _folders(folder / name) and _has_pictures(folder / name):
            said = later(
                "{train}/ must hold a folder for each class, but holds its pictures directly; sort them into "
                "{train}/<class>/…",
                train=name,
            )
            raise no_set(root, said)
    return {part: names[0] for part, names in parts.items()}


def no_set(root: Path, what: Later) -> SourceError:
    """The error that says why this folder is not a data set."""
    return SourceError(later("list_pictures('{root}'): {what}", root=shown(root), what=what))


def _are_classes(folder: Path, parts: dict[str, list[str]]) -> bool:
    """Whether these are classes, such as `train` beside `bus`, or `test` beside `control`, with pictures of their own.

    `train` beside `test1` is not one: `test1` is another part, with a number.
    """
    names = [name for group in parts.values() for name in group]
    beside = [part_named(name) for name in _folders(folder) if name not in names]
    if len(parts) > 1 or not beside or any(found and found[0] not in parts and not found[1][0] for found in beside):
        return False
    return all(_has_pictures(folder / name) and not _folders(folder / name) for name in names)


def _unwrapped(root: Path, part: str) -> str:
    """`seg_train/seg_train/<class>`: the folder of the class folders, one further down where all lie in one."""
    names = _folders(root / part)
    if len(names) == 1 and not _has_pictures(root / part):
        inner = _below(part, names[0])
        if len(_folders(root / inner)) > 1 and not _has_pictures(root / inner):
            return inner
    return part


def _below(folder: str, name: str) -> str:
    return f"{folder}/{name}" if folder else name


def _folders(folder: Path) -> list[str]:
    return sorted(entry.name for entry in _visible(folder) if entry.is_dir())


def _has_pictures(folder: Path) -> bool:
    return any(is_picture(entry.name) and entry.is_file() for entry in _visible(folder))


def _files_below(folder: Path) -> Iterator[str]:
    """Names of the visible files below a folder; links to folders are not followed."""
    for _, folders, files in os.walk(folder):
        folders[:] = sorted(name for name in folders if not is_hidden(name))
        yield from (name for name in files if not is_hidden(name))


def _is_owners_picture(name: str) -> bool:
    return is_picture(name) or is_unread_picture(name)


def _visible(folder: Path) -> Iterator[os.DirEntry[str]]:
    with os.scandir(folder) as entries:
        yield from (entry for entry in entries if not is_hidden(entry.name))
