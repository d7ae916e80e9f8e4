"""Square batches of a cache's pictures: cut out, resized to one side, uint8, on the training device.

To a GPU with room the whole cache is copied once; else every batch is cut on the host and streamed.
"""

from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from sota_core.data.loading.cache import PictureCache
from sota_core.data.pictures.view import corner_view_boxes, padded
from sota_core.system.gpu_memory import is_out_of_memory

# The net, its gradients and cuDNN's workspace need the rest.
_SHARE_OF_GPU = 0.4
# On a card, torch's antialiased kernel keeps its weights in the 48 KiB that a block of threads has, and raises where
# they are more: from a scale of 95 on both ways (pytorch/vision#7671).
_MOST_SCALE = 60


class Pictures:
    """A cache's pictures where they are cut: the host's memory map, or a copy of it on the device (`resident`)."""

    def __init__(
        self,
        cache: PictureCache,
        device: torch.device,
        *,
        resize: str = "crop",
        keep_on_device: bool | None = None,
        resident: Tensor | None = None,
    ) -> None:
        """resize: what `squares` will be called with; keep_on_device: None keeps them there if it is a GPU with room.

        resident  the pixels, if they are on the device already; then the cache's own are not used

        streamed_because  why a GPU does not hold the pictures, a sentence; empty where it does, and on a CPU
        """
        self.streamed_because = ""
        self.cache, self.device = cache, device
        self.largest_side = int(np.minimum(cache.heights, cache.widths).max(initial=1))
        self.is_square = np.array_equal(cache.heights, cache.widths)
        self.resident = resident
        keep = keep_on_device
        if resident is not None:
            keep = False
        elif keep is None:
            keep = not self._is_from_host(resize) and self._has_room()
        if keep:
            self._copy()
        self.alike = self._alike()

    def __len__(self) -> int:
        return len(self.cache)

    def rows(self, items: np.ndarray) -> Tensor | None:
        """Where these pictures lie on the device, for `squares`; None unless all there are squares of one size.

        Shapes
            items    (m,)  int64, indices into the cache
            returns  (m,)  int64, on the device
        """
        if self.alike is None:
            return None
        each = self.alike[0].numel()
        return to_device(torch.from_numpy(self.cache.offsets[items] // each), self.device)

    def squares(
        self, items: np.ndarray, side: int, resize: str, share: np.ndarray | None = None, rows: Tensor | None = None
    ) -> Tensor:
        """Each picture as a square of this side; `share` is where a longer one is cut (or how it is filled up).

        Shapes
            items    (B,)  int64, indices into the cache
            share    (B,)  in [0, 1); None: the middle
            rows     (B,)  what `rows` gives for them: then all are gathered at once, and of the rest only `side` counts
            returns  (B, 3, side, side)  uint8, channels last, on the device
        """
        if rows is not None and self.alike is not None:
            return resized(self.alike.index_select(0, rows), side, side)
        shares = np.full(len(items), 0.5) if share is None else share
        pixels = self.cache.pixels if self.resident is None or self._is_from_host(resize) else self.resident
        return self._together(
            [self._cut(pixels, i, s, resize) for i, s in zip(items.tolist(), shares.tolist(), strict=True)], side
        )

    def corner(self, items: np.ndarray, side: int, which: int) -> Tensor:
        """One of each picture's view.corner_view_boxes, resized to this side.

        Shapes
            items    (B,)  int64, indices into the cache
            which    0 the centre, 1 to 4 the corners
            returns  (B, 3, side, side)  uint8, channels last, on the device
        """
        pixels = self.cache.pixels if self.resident is None else self.resident
        cut = []
        for i in items.tolist():
            picture = self._cut(pixels, i, 0.0, "squish")
            x1, y1, x2, y2 = map(int, corner_view_boxes(*picture.shape[:2])[which])
            cut.append(picture[y1:y2, x1:x2])
        return self._together(cut, side)

    def _together(self, cut: list[Any], side: int) -> Tensor:
        """Pictures of any shapes as one batch of squares of this side, in their order."""
        by_shape: dict[tuple[int, ...], list[int]] = {}
        for at, picture in enumerate(cut):
            by_shape.setdefault(tuple(picture.shape), []).append(at)
        if len(by_shape) == 1:
            return self._resized(cut, side)
        # Ordered by one stack of all: a list of places would be copied to a GPU, and waited for, for every shape.
        found: dict[int, Tensor] = {}
        for places in by_shape.values():
            some = self._resized([cut[at] for at in places], side).permute(0, 2, 3, 1)
            found.update(zip(places, some.unbind(), strict=True))
        return torch.stack([found[at] for at in range(len(cut))]).permute(0, 3, 1, 2)

    def _alike(self) -> Tensor | None:
        """(k, s, s, 3): what is resident, if every decoded picture is a square of one side s."""
        if self.resident is None:
            return None
        shapes = {*zip(self.cache.heights.tolist(), self.cache.widths.tolist(), strict=True)} - {(0, 0)}
        if len(shapes) != 1 or len({*next(iter(shapes))}) != 1:
            return None
        (side, _), *_ = shapes
        each = 3 * side * side
        if self.resident.numel() % each or (self.cache.offsets[self.cache.is_decoded] % each).any():
            return None  # gaps of another size, where a picture turned out to be broken
        return self.resident.view(-1, side, side, 3)

    def has_room(self, n_bytes: int, share: float = _SHARE_OF_GPU) -> bool:
        """Whether so many more bytes may lie on the device: at most this share of what is free."""
        return self.device.type != "cuda" or n_bytes <= share * free_on_card(self.device)

    def whole(self, i: int) -> Tensor:
        """Picture i where it lies on the device, (h, w, 3) uint8."""
        assert self.resident is not None
        return self._cut(self.resident, i, 0.0, "squish")

    def _has_room(self) -> bool:
        if self.device.type == "meta":  # stands in for a GPU where kernels are counted (benchmarks/meta.py)
            return True
        if self.device.type != "cuda":
            return False
        needed = self.cache.pixels.nbytes
        if self.has_room(needed):
            return True
        free = free_on_card(self.device)
        self.streamed_because = (
            f"The pictures ({needed / 2**30:.1f} GiB) are streamed to the graphics card batch by batch, which is "
            f"slower: they would take more than {_SHARE_OF_GPU:.0%} of its {free / 2**30:.1f} GiB of free memory."
        )
        return False

    def _copy(self) -> None:
        """Copy the pictures to the device; if it has less room than it said, they are streamed."""
        try:
            self.resident = _copied(self.cache.pixels, self.device)
        except RuntimeError as bad:
            if not is_out_of_memory(bad):
                raise
            self.streamed_because = (
                f"The pictures ({self.cache.pixels.nbytes / 2**30:.1f} GiB) are streamed to the graphics card batch by "
                "batch, which is slower: its memory ran out while they were copied."
            )
        if self.resident is None and self.device.type == "cuda":
            torch.cuda.empty_cache()  # only here is the copy let go of, which the error's traceback held

    def _is_from_host(self, resize: str) -> bool:
        """Whether squares are made on the host: NumPy does the padding, where not every picture is a square."""
        return resize == "pad" and not self.is_square

    def _cut(self, pixels: Any, i: int, share: float, resize: str) -> Any:
        """The part of picture i that becomes a square, (h, w, 3): an array on the host, a tensor where resident."""
        height, width, start = int(self.cache.heights[i]), int(self.cache.widths[i]), int(self.cache.offsets[i])
        picture = pixels[start : start + 3 * height * width].reshape(height, width, 3)
        if resize == "squish" or height == width:
            return picture
        if resize == "pad":
            return padded(picture, share)
        side = min(height, width)
        top, left = int(share * (height - side)), int(share * (width - side))
        return picture[top : top + side, left : left + side]

    def _resized(self, pictures: list[Any], side: int) -> Tensor:
        """Pictures of one shape to (B, 3, side, side), by Pillow's filter, on the device."""
        if isinstance(pictures[0], Tensor):
            return resized(torch.stack(pictures), side, side)
        batch = torch.from_numpy(np.stack(pictures))
        if self.device.type == "cuda":
            return resized(to_device(batch, self.device), side, side)
        return resized(batch, side, side).to(self.device)  # MPS has no antialiased resampling


def free_on_card(device: torch.device | None = None) -> int:
    """Bytes that can still be allocated on a card: what is free for everybody, and what torch keeps for later."""
    kept = torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)
    return torch.cuda.mem_get_info(device)[0] + kept


def to_device(t: Tensor, device: torch.device) -> Tensor:
    """To a GPU by way of pinned memory, so that the host need not wait until it is there."""
    if device.type == "cuda":
        return t.pin_memory().to(device, non_blocking=True)
    return t.to(device)


def resized(pictures: Tensor, height: int, width: int) -> Tensor:
    """Resize by Pillow's filter; pictures of that size already are returned as they are.

    Shapes
        pictures  (B, h, w, 3)           uint8
        returns   (B, 3, height, width)  uint8
    """
    x = pictures.permute(0, 3, 1, 2)
    if x.shape[-2:] == (height, width):
        return x
    if x.device.type == "cpu":  # uint8 arithmetic: Pillow's own, and four times as fast
        return F.interpolate(x, (height, width), mode="bilinear", antialias=True)
    return antialiased(x.float(), height, width).round_().byte()


def antialiased(x: Tensor, height: int, width: int) -> Tensor:
    """Resize in steps that a card can do: of a greater scale than _MOST_SCALE, what is over goes first.

    That blurs by a few pixels where the filter then takes the mean of more than a hundred: the result differs by
    less than half a grey level. (By mean values, mode="area", it was up to 2.4: their windows overlap unevenly.)

    Shapes
        x        (B, C, h, w)           float
        returns  (B, C, height, width)  float
    """
    first = min(x.shape[-2], _MOST_SCALE * height), min(x.shape[-1], _MOST_SCALE * width)
    if x.shape[-2:] != first:
        x = antialiased(x, *first)
    return F.interpolate(x, (height, width), mode="bilinear", antialias=True)


def _copied(pixels: np.ndarray, device: torch.device) -> Tensor:
    """A copy on the device, made in parts, so that the host never holds a second one."""
    copy = torch.empty(pixels.nbytes, dtype=torch.uint8, device=device)
    step = 256 * 2**20
    for start in range(0, pixels.nbytes, step):
        part = torch.from_numpy(pixels[start : start + step].copy())
        copy[start : start + len(part)].copy_(part)
    return copy
