"""Shows normalized pixels by functional alone: what the browser's straight lines must reproduce."""

import numpy as np

from sota_core.figures.normalization.statistics import SPAN
from sota_core.functional.normalize import Stats, denormalize, normalize


def shown_after(views: np.ndarray, stats: Stats | None, how: str) -> np.ndarray:
    """Normalized pixels as colours of a screen, which cannot show a −2.

    scale  one grey scale for all: −3 is black, 0 middle grey, 3 white
    clip   what a plotting library does: below 0 black, above 1 white
    undo   denormalized first, as fastai's show_batch: the picture itself

    Shapes
        views    (B, 3, H, W)  uint8
        returns  (B, 3, H, W)  uint8
    """
    x = views.astype(np.float32) / 255
    z = normalize(x, *stats) if stats else x
    if how == "scale":
        z = (z + SPAN) / (2 * SPAN)
    elif how == "undo" and stats:
        z = denormalize(z, *stats)
    return np.rint(np.clip(z, 0, 1) * 255).astype(np.uint8)
