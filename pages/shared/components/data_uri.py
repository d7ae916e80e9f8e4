"""Pictures as data URIs, each encoded once: a rerun after a slider's move sends most of its pictures again.

All visitors share the cache, which is bounded in bytes. A key holds a digest of the picture: its pixels would take
three times the room of the URI.
"""

import hashlib
from collections.abc import Callable, Hashable
from threading import Lock
from typing import Concatenate, ParamSpec

import numpy as np
from cachetools import LRUCache, cached

from sota_core.figures.pictures import data_uri

P = ParamSpec("P")

KEPT_BYTES = 8 * 2**20

_kept: LRUCache[Hashable, str] = LRUCache(KEPT_BYTES, getsizeof=len)
_lock = Lock()


def encoded_once(encode: Callable[Concatenate[np.ndarray, P], str]) -> Callable[Concatenate[np.ndarray, P], str]:
    """Decorator: `encode(picture, ...)` runs once for equal pictures, whichever array holds them.

    The picture may have any shape and dtype; the other arguments must be hashable.
    """

    def key(picture: np.ndarray, *args: Hashable, **kwargs: Hashable) -> Hashable:
        digest = hashlib.blake2b(np.ascontiguousarray(picture), digest_size=16).digest()
        name = f"{encode.__module__}.{encode.__qualname__}"
        return name, digest, picture.shape, picture.dtype.str, args, tuple(sorted(kwargs.items()))

    return cached(_kept, key=key, lock=_lock)(encode)


@encoded_once
def encoded(picture: np.ndarray, *, is_exact: bool = True) -> str:
    """`data_uri(picture, is_exact=...)`, remembered."""
    return data_uri(picture, is_exact=is_exact)
