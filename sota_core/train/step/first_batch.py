"""The first pictures as the net gets them (cropped, augmented, mixed), emitted once a run. Imports fastai."""

import base64
import io
from collections.abc import Sequence
from typing import Any

import numpy as np
import torch
from fastai.callback.core import Callback
from fastai.data.transforms import Normalize
from PIL import Image
from torch import Tensor

from sota_core.data.sets import own
from sota_core.train import events
from sota_core.train.events import Emit

N_SHOWN, COLUMNS = 8, 4
MOST_PX = 112  # the largest side of a picture on the sheet: half a page shows no more
GAP = 4


def first_batch_of(source: str, emit: Emit) -> list[Callback]:
    """The callback for a run on these pictures; none for a visitor's own: all can read a run's log, and the log is kept
    longer than the visitor's pictures."""
    return [] if own.is_own(source) else [FirstBatch(emit)]


class FirstBatch(Callback):
    """Emit `first_batch` before the first step. Only eight pictures are fetched from a card, once."""

    learn: Any
    order = 6  # after MixUp and CutMix (0), before the casts of mixed precision (10)
    is_told = False

    def __init__(self, emit: Emit) -> None:
        self.emit = emit

    def before_batch(self) -> None:
        if self.is_told or not self.training:
            return
        self.is_told = True
        x = self.learn.xb[0]
        pixels = as_pixels(x[:N_SHOWN], self.learn.dls.train.after_batch)
        self.emit(events.first_batch(sheet=sheet(pixels), n=len(pixels), bs=len(x), size=x.shape[-1]))


def as_pixels(x: Tensor, pipeline: Any) -> np.ndarray:
    """What a batch shows, with its Normalize, if it has one, undone.

    Shapes
        x        (B, 3, H, W)  float, as the net gets it
        returns  (B, H, W, 3)  uint8
    """
    x = x.detach().float()
    for transform in getattr(pipeline, "fs", ()):
        if isinstance(transform, Normalize):
            x = x * transform.std.to(x.device) + transform.mean.to(x.device)
    return (255 * x.clamp(0, 1)).round().to(torch.uint8).permute(0, 2, 3, 1).cpu().numpy()


def sheet(pictures: Sequence[np.ndarray] | np.ndarray) -> str:
    """The pictures in rows of four as one WebP, transparent between them, as a data: address of 10 to 20 kB."""
    side = min(MOST_PX, pictures[0].shape[0])
    rows = -(-len(pictures) // COLUMNS)
    columns = min(COLUMNS, len(pictures))
    whole = Image.new("RGBA", (columns * (side + GAP) - GAP, rows * (side + GAP) - GAP))
    for i, picture in enumerate(pictures):
        tile = Image.fromarray(picture).resize((side, side), Image.Resampling.BOX)
        whole.paste(tile, ((side + GAP) * (i % COLUMNS), (side + GAP) * (i // COLUMNS)))
    out = io.BytesIO()
    whole.save(out, "WEBP", quality=85)
    return "data:image/webp;base64," + base64.b64encode(out.getvalue()).decode("ascii")
