"""A phase's training pictures on a GPU, reduced once to the side that their views are sampled from.

If they were cut and reduced batch by batch, pictures of many shapes would cost a step four kernels a shape, some 80 in
all, and squares would be reduced again in every epoch. Here each picture is reduced whole, once a phase; a batch is
then cut without arithmetic. This is not done on a CPU, where no kernels are waited for, nor for streamed pictures.
"""

import dataclasses

import numpy as np
import torch

from sota_core.data.loading.resident import Pictures, resized
from sota_core.system.gpu_memory import is_out_of_memory

_SHARE_OF_GPU = 0.2  # of the memory that the whole pictures leave: a net that fits beside them should still fit
_CHUNK = 64  # pictures reduced at a time: as many as a batch has anyway


def reduced(of: Pictures, items: np.ndarray, side: int, resize: str) -> Pictures | None:
    """These pictures alone, their shorter side `side` (squish: both sides), on the same device.

    None if the pictures are not on a device, would take no less memory, or their reduced copies have no room.

    Shapes
        items  (m,)  int64, indices into the cache; the pictures keep their indices
    """
    if of.resident is None:
        return None
    heights, widths = of.cache.heights[items], of.cache.widths[items]
    to_height, to_width = target_hw(heights, widths, side, resize)
    sizes = 3 * to_height * to_width
    if not (3 * heights * widths).sum() > sizes.sum() or not of.has_room(int(sizes.sum()), _SHARE_OF_GPU):
        return None
    try:
        return _made(of, items, (heights, widths), (to_height, to_width))
    except RuntimeError as bad:  # less memory than it said: the whole pictures are used
        if not is_out_of_memory(bad):
            raise
        return None


def _made(
    of: Pictures, items: np.ndarray, from_hw: tuple[np.ndarray, np.ndarray], to_hw: tuple[np.ndarray, np.ndarray]
) -> Pictures:
    (heights, widths), (to_height, to_width) = from_hw, to_hw
    sizes = 3 * to_height * to_width
    order = np.lexsort((widths, heights))
    starts = np.empty_like(sizes)
    starts[order] = np.cumsum(sizes[order]) - sizes[order]  # what is reduced together lies together
    pixels = torch.empty(int(sizes.sum()), dtype=torch.uint8, device=of.device)
    for some in _alike(order, heights, widths):
        first, height, width = some[0], int(to_height[some[0]]), int(to_width[some[0]])
        whole = torch.stack([of.whole(i) for i in items[some].tolist()])
        place = pixels[int(starts[first]) : int(starts[first]) + len(some) * 3 * height * width]
        place.view(len(some), height, width, 3).copy_(resized(whole, height, width).permute(0, 2, 3, 1))
    index = {name: np.zeros_like(of.cache.offsets) for name in ("offsets", "heights", "widths")}
    for name, values in (("offsets", starts), ("heights", to_height), ("widths", to_width)):
        index[name][items] = values
    return Pictures(dataclasses.replace(of.cache, **index), of.device, resident=pixels)


def target_hw(heights: np.ndarray, widths: np.ndarray, side: int, resize: str) -> tuple[np.ndarray, np.ndarray]:
    """Heights and widths with a shorter side of `side`, the other in proportion; two equal sides for squish.

    >>> target_hw(np.array([100, 300]), np.array([200, 150]), 50, "crop")
    (array([ 50, 100]), array([100,  50]))
    """
    if resize == "squish":
        return np.full_like(heights, side), np.full_like(widths, side)
    short = np.minimum(heights, widths)
    return tuple(np.rint(sides * side / short).astype(np.int64) for sides in (heights, widths))  # pyright: ignore[reportReturnType]


def _alike(order: np.ndarray, heights: np.ndarray, widths: np.ndarray) -> list[np.ndarray]:
    """`order` in parts, each of pictures of one shape, at most _CHUNK of them."""
    h, w = heights[order], widths[order]
    edges = np.flatnonzero((h[1:] != h[:-1]) | (w[1:] != w[:-1])) + 1
    return [part[start : start + _CHUNK] for part in np.split(order, edges) for start in range(0, len(part), _CHUNK)]
