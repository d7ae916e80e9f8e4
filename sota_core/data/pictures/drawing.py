"""Some pictures of a data set, drawn at random by a visible seed: what a page shows instead of a training batch.

Plain pictures, without augmentation. The embedded set needs no file: its pictures are painted on the spot, in the
order in which its folder would list them, so a page shows the same before and after the folder exists.
"""

from collections.abc import Collection
from dataclasses import dataclass

import numpy as np
from PIL import Image

from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import Presized, load_presized, presized, valid_view
from sota_core.data.sample import sample
from sota_core.errors import InputError

PARTS = ("train", "val")


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


def draw_pictures(
    listing: Listing | None,
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
        listing  None: the embedded set, painted on the spot (some 4 ms a picture)
        presize  their shorter side, where they are larger
        among    instead of a part: paths relative to the listing's root, as a run keeps them in predictions.npz

    Raises
        InputError  n is below 1, no such part, or not one picture can be decoded.
    """
    if n < 1 or part not in PARTS:
        raise InputError(f"draw_pictures: n must be ≥ 1 and part one of {', '.join(PARTS)}, got {n} and {part!r}")
    rng = np.random.default_rng(seed)
    if listing is None:
        return _painted(n, rng, part, presize)
    pictures: list[Presized] = []
    labels: list[int] = []
    for item in rng.permutation(part_of(listing, part) if among is None else _items_of(listing, among)):
        with undecodable():
            pictures.append(load_presized(listing.paths[item], presize))
            labels.append(int(listing.labels[item]))
        if len(pictures) == n:
            break
    if not pictures:
        raise InputError(f"draw_pictures: no picture of {listing.root} can be decoded")
    return Drawn(tuple(pictures), np.array(labels), listing.display_names)


def part_of(listing: Listing, part: str) -> np.ndarray:
    """Indices of one part, (m,) int64; of all pictures where the folder has no split."""
    if listing.is_valid is None:
        return np.arange(len(listing))
    return np.flatnonzero(listing.is_valid if part == "val" else ~listing.is_valid)


def _items_of(listing: Listing, names: Collection[str]) -> np.ndarray:
    wanted = set(names)
    is_wanted = [listing.name(i) in wanted for i in range(len(listing))]
    return np.flatnonzero(is_wanted)


def _painted(n: int, rng: np.random.Generator, part: str, presize: int) -> Drawn:
    names, each = sample.sample_classes, sample.N_VALID if part == "val" else sample.N_TRAIN
    items = rng.permutation(len(names) * each)[:n]
    painted = (Image.fromarray(sample.draw(names[i // each], part, int(i % each))) for i in items)
    pictures = tuple(presized(picture, presize) for picture in painted)
    return Drawn(pictures, items // each, tuple(name.replace("_", " ") for name in names))
