"""Everything a page asks an exported model about one picture, in one pass over the net: plain, augmented, squished,
padded, and the five crops. Combining the answers afterwards needs no inference.
"""

from dataclasses import dataclass

import numpy as np

from sota_core.data.pictures.view import Presized, squared
from sota_core.functional.resize import RESIZE_METHODS
from sota_core.inference.model import ExportedModel, probabilities
from sota_core.inference.views import Draw, augmented_views, corner_views, draws


@dataclass(frozen=True, slots=True, eq=False)
class Look:
    """One or more views of a picture and what the net says of each.

    Shapes
        views  (V, 3, size, size)  uint8; augmented ones rounded, for the screen only
        probs  (V, N)              float32
    """

    views: np.ndarray
    probs: np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class Looks:
    """`plain` is the view the model was validated on; `draws` says what happened in each augmented one."""

    plain: Look
    augmented: Look
    draws: tuple[Draw, ...]
    crop: Look
    squish: Look
    pad: Look
    corners: Look


def stretch(model: ExportedModel, picture: Presized, n: int, seed: int, strength: float) -> tuple[Look, list[Draw]]:
    """The n augmented views of `look` at another strength, and what happened in each. Blocking: n forward passes."""
    wanted = draws(n, seed, strength)
    exact = augmented_views(picture, model.size, model.resize, wanted)
    return Look(np.rint(255 * exact).astype(np.uint8), probabilities(model, exact)), wanted


def look(model: ExportedModel, picture: Presized, n: int, seed: int) -> Looks:
    """Ask the model about n augmented views and all the others. Blocking: n + 9 forward passes, in batches.

    View k depends on (seed, k) alone, and no prediction depends on the batch it was made in.

    Raises
        InputError  the picture was presized for another net.
    """
    wanted = tuple(draws(n, seed))
    plain = model.view(picture)[None]
    squares = [np.asarray(squared(picture.image, model.size, how)) for how in RESIZE_METHODS]
    methods = [square.transpose(2, 0, 1)[None] for square in squares]
    augmented = augmented_views(picture, model.size, model.resize, list(wanted))
    parts = [plain, *methods, corner_views(picture, model.size)]
    exact = np.concatenate([*(part.astype(np.float32) / 255 for part in parts), augmented])
    probs = probabilities(model, exact)
    parts.append(np.rint(255 * augmented).astype(np.uint8))
    ends = np.cumsum([len(part) for part in parts])[:-1]
    found = [Look(views, asked) for views, asked in zip(parts, np.split(probs, ends), strict=True)]
    return Looks(found[0], found[5], wanted, found[1], found[2], found[3], found[4])
