"""Mean and standard deviation of the training pictures, per channel, for normalize=dataset. NumPy and Pillow only."""

from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from sota_core.data.loading.cache import PictureCache
from sota_core.data.pictures.bad_pictures import in_words, no_longer_read
from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import Presized, load_presized
from sota_core.functional.normalize import Stats

# Every pixel of a 128 px picture, every third one each way of a 460 px one: so many are more than the mean needs.
_SIDE = 128


def cache_stats(cache: PictureCache, items: np.ndarray) -> Stats:
    """Statistics of these pictures of the cache: whole pictures, population standard deviation, pixels in [0, 1]."""
    return _stats((cache[i] for i in items.tolist()), cache.presize)


def file_stats(
    listing: Listing, items: np.ndarray, presize: int, open_file: Callable[[Path, int], Presized] = load_presized
) -> Stats:
    """The same from the files, decoded once each by open_file(path, presize). Blocking.

    Raises
        BadPicturesError  one of them cannot be read any more.
    """

    def opened(i: int) -> np.ndarray:
        with undecodable(lambda why: no_longer_read(listing.name(i), in_words(why), listing.paths[i])):
            return np.asarray(open_file(listing.paths[i], presize))

    return _stats(map(opened, items.tolist()), presize)


def _stats(pictures: Iterable[np.ndarray], presize: int) -> Stats:
    step = max(1, presize // _SIDE)
    counts = np.zeros((3, 256), np.int64)
    for picture in pictures:
        part = picture[::step, ::step]
        for channel in range(3):
            counts[channel] += np.bincount(part[..., channel].ravel(), minlength=256)
    grey = np.arange(256) / 255
    share = counts / counts.sum(axis=1, keepdims=True)
    mean = share @ grey
    std = np.sqrt(share @ grey**2 - mean**2)
    return mean.tolist(), std.tolist()
