"""Some pictures of a data set, drawn at random by a visible seed: what a page shows instead of a training batch.

Plain pictures, without augmentation. A set that is drawn here needs no file: its pictures are painted on the spot, in
the order in which its folder would list them, so a page shows the same before and after the folder exists.
"""

from collections.abc import Callable, Collection, Iterable, Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
from PIL import Image

from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.listing import Listing, display_names
from sota_core.data.pictures.view import Presized, load_presized, presized, valid_view
from sota_core.data.sample.drawn_set import DrawnSet
from sota_core.errors import InputError

PARTS = ("train", "val")
MOST_TRIES = 3  # pictures opened for each that is wanted, where many cannot be decoded


@dataclass(frozen=True, eq=False)
class Drawn:
    """B pictures, their labels and all class names.

    Shapes
        labels  (B,)  int64, indices into `names`
    """

    pictures: tuple[Presized, ...]
    labels: np.ndarray
    names: tuple[str, ...]

    def views(self, size: int) -> np.ndarray:
        """(B, 3, size, size) uint8: the centre of each, as validation sees it."""
        return np.stack([valid_view(picture, size) for picture in self.pictures])


@dataclass(frozen=True, eq=False)
class _Part:
    """The pictures to draw from: what each is, and how each is opened."""

    labels: np.ndarray
    opened: Callable[[int], Presized]
    names: tuple[str, ...]


def draw_pictures(
    of: Listing | DrawnSet,
    n: int,
    seed: int,
    *,
    part: str = "train",
    presize: int = 256,
    among: Collection[str] | None = None,
) -> Drawn:
    """n different pictures of one part; with the same seed, a smaller n gives the first ones of a larger n.

    Pictures that cannot be decoded are passed over. A folder without a split is one part.

    Shapes
        of       a set that is drawn here is painted on the spot (some 4 ms a picture)
        presize  their shorter side, where they are larger
        among    instead of a listing's part: paths relative to its root, as a run keeps them in predictions.npz

    Raises
        InputError  n is below 1, no such part, or not one picture can be decoded.
    """
    if n < 1 or part not in PARTS:
        raise InputError(f"draw_pictures: n must be ≥ 1 and part one of {', '.join(PARTS)}, got {n} and {part!r}")
    if isinstance(of, DrawnSet):
        there = _painted(of, part, presize)
    else:
        there = _listed(of, part_of(of, part) if among is None else _items_of(of, among), presize)
    return _first(n, there, np.random.default_rng(seed).permutation(len(there.labels)).tolist())


def draw_of_each_class(of: Listing | DrawnSet, n: int, seed: int, presize: int) -> Drawn:
    """n different pictures, or as many as there are, of each class as often as of the others, or as often as it can be.

    Of a listing from both parts, of a set that is drawn here from the training pictures. Pictures that cannot be
    decoded are passed over, until MOST_TRIES have been tried for each that is wanted.

    Raises
        InputError  not one picture can be decoded.
    """
    if isinstance(of, DrawnSet):
        there = _painted(of, "train", presize)
    else:
        there = _listed(of, np.arange(len(of)), presize)
    rng = np.random.default_rng(seed)
    return _first(n, there, islice(_in_turn(there.labels, len(there.names), rng), MOST_TRIES * n))


def _in_turn(labels: np.ndarray, n_classes: int, rng: np.random.Generator) -> Iterator[int]:
    """All items; the classes take turns, as long as they have some left."""
    left = [rng.permutation(np.flatnonzero(labels == label)).tolist() for label in range(n_classes)]
    turns = rng.permutation(n_classes).tolist()
    while any(left):
        for label in turns:
            if left[label]:
                yield left[label].pop()


def _first(n: int, there: _Part, items: Iterable[int]) -> Drawn:
    pictures: list[Presized] = []
    labels: list[int] = []
    for item in items:
        with undecodable():
            pictures.append(there.opened(item))
            labels.append(int(there.labels[item]))
        if len(pictures) == n:
            break
    if not pictures:
        raise InputError(f"draw_pictures: of {len(there.labels)} pictures none that was tried can be decoded")
    return Drawn(tuple(pictures), np.array(labels), there.names)


def part_of(listing: Listing, part: str) -> np.ndarray:
    """Indices of one part, (m,) int64; of all pictures where the folder has no split."""
    if listing.is_valid is None:
        return np.arange(len(listing))
    return np.flatnonzero(listing.is_valid if part == "val" else ~listing.is_valid)


def _items_of(listing: Listing, names: Collection[str]) -> np.ndarray:
    wanted = set(names)
    is_wanted = [listing.name(i) in wanted for i in range(len(listing))]
    return np.flatnonzero(is_wanted)


def _listed(of: Listing, items: np.ndarray, presize: int) -> _Part:
    return _Part(of.labels[items], lambda i: load_presized(of.paths[items[i]], presize), of.display_names)


def _painted(of: DrawnSet, part: str, presize: int) -> _Part:
    each = of.n_valid if part == "val" else of.n_train

    def opened(i: int) -> Presized:
        return presized(Image.fromarray(of.draw(of.classes[i // each], part, i % each)), presize)

    return _Part(np.repeat(np.arange(len(of.classes)), each), opened, display_names(of.classes))
