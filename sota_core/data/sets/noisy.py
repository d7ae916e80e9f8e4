"""Imagenette's own wrong labels: a data set whose training pictures lie in the folders that its published table names.

Imagenette and Imagewoof bring a table, noisy_imagenette.csv, that gives every picture a label with 1, 5, 25 or 50 % of
the training labels wrong, the same ones for everybody. A class folder is a label: so the noisy set is a folder beside
the clean one, to be trained on as any other, and no recipe needs to know of it.
"""

import csv
import shutil
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.errors import RangeError, SourceError
from sota_core.system.files import discard, disk_full_told, place_atomically

SHARES = (1, 5, 25, 50)  # percent of the training labels
_TABLES = "noisy_*.csv"


@dataclass(frozen=True, slots=True)
class NoisySet:
    """What was made: `n_wrong` of the `n_train` training pictures lie in another class's folder than their own."""

    folder: Path
    n_train: int
    n_wrong: int


def make_noisy(root: Path, share: int, to: Path) -> NoisySet:
    """Lay a data set's pictures at `to` in the class folders its own table of wrong labels names. Blocking, seconds.

    Validation pictures keep their right class. Pictures are hard links, which take no room, or copies where `to` is on
    another disk. Atomic: `to` is there whole or not at all; one that is there already is left alone and counted.

    Raises
        RangeError     share is not one of SHARES.
        SourceError    root is no data set with a validation part, has no table or several, or the table names no label
                       for some picture, or a label that is no class of the set; something else is at `to`.
        DiskFullError  no room for copies.
    """
    if share not in SHARES:
        raise RangeError(f"make_noisy: share must be one of {', '.join(map(str, SHARES))} (percent), got {share}")
    listing = list_pictures(root)
    if listing.is_valid is None:
        raise SourceError(f"make_noisy('{root}'): the set needs a validation part, whose labels stay right")
    labels = _labels(listing, share)
    n_train = int((~listing.is_valid).sum())
    n_wrong = sum(labels[i] != listing.classes[listing.labels[i]] for i in range(len(listing)))
    targets = _targets(listing, labels)
    if to.exists():
        laid = list_pictures(to)
        if {laid.name(i) for i in range(len(laid))} != set(targets):
            raise SourceError(f"make_noisy('{root}'): '{to}' is there and holds something else; name another folder")
    else:
        beside = to.with_name(f".{to.name}.making")
        discard(beside)
        with disk_full_told(f"make_noisy('{root}')", beside, sum(path.stat().st_size for path in listing.paths)):
            _lay(listing, targets, beside)
            place_atomically(beside, to)
    return NoisySet(to, n_train, n_wrong)


def _labels(listing: Listing, share: int) -> list[str]:
    """A class folder's name for each picture: the table's in the training part, its own in the validation part."""
    table = _table(listing.root, share)
    assert listing.is_valid is not None
    own = [listing.classes[label] for label in listing.labels]
    names = [listing.name(i) for i in range(len(listing))]
    found = [own[i] if listing.is_valid[i] else table.get(name, "") for i, name in enumerate(names)]
    for i, label in enumerate(found):
        if label not in listing.classes:
            said = f"the label '{label}', which is no class of the set" if label else "no label"
            raise SourceError(f"make_noisy('{listing.root}'): the table of wrong labels has {said} for '{names[i]}'")
    return found


def _table(root: Path, share: int) -> Mapping[str, str]:
    """Path below root → label."""
    tables = sorted(root.glob(_TABLES))
    if len(tables) != 1:
        raise SourceError(
            f"make_noisy('{root}'): needs one table of wrong labels, {_TABLES}, in the set's folder, found "
            f"{len(tables)}; the archives of imagenette2 and imagewoof2 bring it"
        )
    column = f"noisy_labels_{share}"
    with tables[0].open(encoding="utf-8", newline="") as file:
        rows = csv.DictReader(file)
        if not {"path", column} <= set(rows.fieldnames or ()):
            raise SourceError(f"make_noisy: {tables[0].name} must have the columns path and {column}")
        return {row["path"]: row[column] for row in rows}


def _targets(listing: Listing, labels: list[str]) -> list[str]:
    """Where each picture lies in the noisy set, below its folder."""
    assert listing.is_valid is not None
    targets = [
        f"{'val' if is_valid else 'train'}/{label}/{path.name}"
        for path, label, is_valid in zip(listing.paths, labels, listing.is_valid, strict=True)
    ]
    twice = [target for target, n in Counter(targets).items() if n > 1]
    if twice:
        raise SourceError(f"make_noisy('{listing.root}'): two pictures would both be '{twice[0]}'; rename one of them")
    return targets


def _lay(listing: Listing, targets: list[str], to: Path) -> None:
    for folder in {(to / target).parent for target in targets}:
        folder.mkdir(parents=True)
    for path, target in zip(listing.paths, targets, strict=True):
        try:
            (to / target).hardlink_to(path)
        except OSError:  # another disk, or one that knows no links: then a copy, which says what is wrong if that fails
            shutil.copy2(path, to / target)
