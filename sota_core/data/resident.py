"""Square batches of a cache's pictures: cut out, brought to one side, uint8, on the training device.

On a GPU with room the whole cache is copied there once; else every batch is cut on the host and streamed.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sota_core.data.cache import PictureCache
from sota_core.data.view import padded

# The net, its gradients and cuDNN's workspace need the rest.
_SHARE_OF_GPU = 0.4


class Pictures:
    """A cache's pictures where they are cut: host memory map, or the GPU."""

    def __init__(self, cache: PictureCache, device: torch.device) -> None:
        self.cache, self.device = cache, device
        self.shorter = np.minimum(cache.heights, cache.widths)
        self.largest_side = int(self.shorter.max(initial=1))
        self.resident = _on_gpu(cache, device)

    def __len__(self) -> int:
        return len(self.cache)

    def squares(self, items: np.ndarray, side: int, resize: str, share: np.ndarray | None = None) -> Tensor:
        """Each picture as a square of this side; where there is something to cut off (or to fill up), at `share`.

        Shapes
            items    (B,)  int64, indices into the cache
            share    (B,)  in [0, 1); None: the middle
            returns  (B, 3, side, side)  uint8, channels last, on the device
        """
        shares = np.full(len(items), 0.5) if share is None else share
        cut = [self._cut(i, s, resize) for i, s in zip(items.tolist(), shares.tolist(), strict=True)]
        if len({picture.shape for picture in cut}) == 1:
            return _resized(self._stacked(cut), side)
        return torch.cat([_resized(self._stacked([picture]), side) for picture in cut])

    def _cut(self, i: int, share: float, resize: str) -> Any:
        """The part of picture i that becomes a square, (h, w, 3): an array on the host, a tensor on the GPU."""
        height, width, start = int(self.cache.heights[i]), int(self.cache.widths[i]), int(self.cache.offsets[i])
        if resize == "pad" and height != width:
            return padded(self.cache[i], share)  # rare enough to be streamed
        pixels = self.cache.pixels if self.resident is None else self.resident
        picture = pixels[start : start + 3 * height * width].reshape(height, width, 3)
        if resize == "squish" or height == width:
            return picture
        side = min(height, width)
        top, left = int(share * (height - side)), int(share * (width - side))
        return picture[top : top + side, left : left + side]

    def _stacked(self, pictures: list[Any]) -> Tensor:
        if isinstance(pictures[0], Tensor):
            return torch.stack(pictures)
        batch = torch.from_numpy(np.stack(pictures))
        return batch.pin_memory().to(self.device, non_blocking=True) if self.device.type == "cuda" else batch


def _resized(pictures: Tensor, side: int) -> Tensor:
    """(B, h, w, 3) to (B, 3, side, side), Pillow's filter."""
    x = pictures.permute(0, 3, 1, 2)
    if x.shape[-2:] == (side, side):
        return x
    if x.device.type == "cpu":  # uint8 arithmetic: Pillow's own, and four times as fast
        return F.interpolate(x, (side, side), mode="bilinear", antialias=True)
    return F.interpolate(x.float(), (side, side), mode="bilinear", antialias=True).round_().byte()


def _on_gpu(cache: PictureCache, device: torch.device) -> Tensor | None:
    if device.type != "cuda":
        return None
    free, _ = torch.cuda.mem_get_info(device)
    if cache.pixels.nbytes > _SHARE_OF_GPU * free:
        return None
    resident = torch.empty(cache.pixels.nbytes, dtype=torch.uint8, device=device)
    step = 256 * 2**20
    for start in range(0, cache.pixels.nbytes, step):
        part = torch.from_numpy(cache.pixels[start : start + step].copy())
        resident[start : start + len(part)].copy_(part)
    return resident
