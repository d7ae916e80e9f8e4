"""Every picture of a listing decoded and presized once, in one memory-mapped file of uint8. No torch.

A cache is a folder `<key>/` under the cache directory: `pixels.u8` (ragged, row by row), `index.npz` (offset,
height, width of each picture), `meta.json`, which names the pictures' folder. It appears by one rename, so a half-built
one is never read. Not here: a picture's size and view (view.py), batches (loaders.py), removing a cache
(cache_folders.py).
"""

import hashlib
import json
import os
import shutil
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np
from PIL import Image

from sota_core.data.loading.cache_room import free_bytes, make_room, reserve
from sota_core.data.pictures import cache_folders, decoding
from sota_core.data.pictures.bad_pictures import BadPictures
from sota_core.data.pictures.listing import Listing
from sota_core.data.pictures.view import load_presized
from sota_core.system.files import place_atomically
from sota_core.system.locks import held
from sota_core.system.processes import usable_cores

VERSION = 1  # of the layout: raise it when it changes; the pixels have decoding.VERSION

Report = Callable[[int, int], None]  # how many pictures are done, of how many


@dataclass(frozen=True, eq=False)
class PictureCache:
    """The decoded pictures of one listing, in its order. Read-only; safe to share among threads.

    pixels       (bytes,) uint8, memory-mapped
    offsets      (n,) int64, where each picture starts in pixels
    heights, widths  (n,) int64; 0 where the picture could not be decoded
    skipped      the pictures that could not be decoded
    fingerprint  the listing's, when the cache was built
    unread       why, by index, of those skipped because the system did not let them be read. Then the cache is the
                 builder's alone: its folder is gone, for the next run should try them again
    """

    folder: Path
    presize: int
    classes: tuple[str, ...]
    fingerprint: str
    skipped: tuple[Path, ...]
    offsets: np.ndarray
    heights: np.ndarray
    widths: np.ndarray
    pixels: np.ndarray
    unread: Mapping[int, str] = field(default_factory=dict)

    def __len__(self) -> int:
        return len(self.offsets)

    def __getitem__(self, i: int) -> np.ndarray:
        """Picture i, (h, w, 3) uint8, a view of the file."""
        height, width, start = int(self.heights[i]), int(self.widths[i]), int(self.offsets[i])
        return self.pixels[start : start + 3 * height * width].reshape(height, width, 3)

    @property
    def is_decoded(self) -> np.ndarray:
        return self.heights > 0


def build_cache(
    listing: Listing,
    presize: int,
    cache_dir: Path,
    on_progress: Report | None = None,
    *,
    free: Callable[[Path], int] = free_bytes,
) -> PictureCache:
    """The cache of this listing at this presize: opened if it, or one with the same pixels, is there; else built.

    Atomic: if it is killed at any point, the next call builds again. Blocking: a second builder waits for the first
    and opens what it built (`on_progress` is called while waiting, so that it can raise to give up). A changed source
    has another fingerprint, hence another cache. Room is made by removing the caches unused for longest. One that lacks
    a picture only because its file could not be read serves the caller alone.

    Raises
        DiskFullError     the disk has no room; nothing is written.
        BadPicturesError  more than 1 % of the pictures cannot be decoded or read.
    """
    report = on_progress or (lambda done, total: None)
    fingerprint = listing.fingerprint()
    folder = cache_dir / _key(listing, fingerprint, presize)
    cache_dir.mkdir(parents=True, exist_ok=True)
    with held(cache_folders.lock_of(folder), while_waiting=lambda: report(0, len(listing))):
        found = open_cache(folder, listing) or _same_pictures(listing, presize, folder)
        return found or _build(listing, fingerprint, presize, folder, report, free)


def open_cache(folder: Path, listing: Listing) -> PictureCache | None:
    """Map a finished cache; None where there is none or it is damaged. Marks it as used now."""
    try:
        meta = json.loads((folder / cache_folders.META).read_text())
        with np.load(folder / "index.npz", allow_pickle=False) as index:
            offsets, heights, widths = (index[name] for name in ("offsets", "heights", "widths"))
        if meta["version"] != VERSION or (folder / "pixels.u8").stat().st_size != meta["bytes"]:
            return None
        # asarray: a plain array over the map; slicing a memmap object costs ten times as much
        pixels = np.asarray(np.memmap(folder / "pixels.u8", dtype=np.uint8, mode="r"))
        os.utime(folder)  # make_room goes by this time
    except (OSError, ValueError, KeyError):
        return None
    return PictureCache(
        folder=folder,
        presize=meta["presize"],
        classes=tuple(meta["classes"]),
        fingerprint=meta["fingerprint"],
        skipped=tuple(listing.root / name for name in meta["skipped"]),
        offsets=offsets,
        heights=heights,
        widths=widths,
        pixels=pixels,
    )


def _same_pictures(listing: Listing, presize: int, folder: Path) -> PictureCache | None:
    """A cache built for another presize that holds what this one would: pictures that neither had to reduce.

    Both reduce what is larger to their presize and leave the rest, so two different presizes come to the same size
    only where nothing was reduced. Sizes are read from the files' headers, as for building.
    """
    _, _, key = folder.name.split("-")
    others = [other for other in folder.parent.glob(f"pictures-*-{key}") if other != folder and other.is_dir()]
    if not others:
        return None
    sizes = np.sort(_measure(listing, presize, BadPictures(listing)), axis=0)  # sorted, since EXIF turns some
    for found in (open_cache(other, listing) for other in sorted(others)):
        if found is not None and found.presize != presize:
            is_same = (np.sort((found.heights, found.widths), axis=0) == sizes).all(axis=0) | ~found.is_decoded
            if is_same.all():
                return replace(found, presize=presize)
    return None


def _key(listing: Listing, fingerprint: str, presize: int) -> str:
    # the root too: two copies of a data set may share names, sizes and times, and `skipped` names files
    text = f"{VERSION}.{decoding.VERSION}\0{fingerprint}\0{listing.root}"
    return f"pictures-{presize}-{hashlib.sha256(os.fsencode(text)).hexdigest()[:16]}"


def _build(
    listing: Listing, fingerprint: str, presize: int, folder: Path, report: Report, free: Callable[[Path], int]
) -> PictureCache:
    partial = folder.with_suffix(cache_folders.BUILDING)
    shutil.rmtree(partial, ignore_errors=True)  # left by a builder that was killed: we hold its lock
    shutil.rmtree(folder, ignore_errors=True)  # damaged, or open_cache would have taken it
    bad = BadPictures(listing)
    heights, widths = _measure(listing, presize, bad)
    if not heights.any():
        bad.check()  # nothing to decode; otherwise it is checked after decoding, so that all bad ones are named
    sizes = 3 * heights * widths
    offsets = np.cumsum(sizes) - sizes
    needed = int(sizes.sum())
    make_room(folder.parent, needed, free=free)
    partial.mkdir()
    try:
        reserve(partial / "pixels.u8", needed)
        pixels = np.memmap(partial / "pixels.u8", dtype=np.uint8, mode="r+")
        _decode_all(listing, presize, bad, (offsets, heights, widths, pixels), report)
        bad.check()
        pixels.flush()
        np.savez(partial / "index.npz", offsets=offsets, heights=heights, widths=widths)
        meta = {
            "version": VERSION,
            "presize": presize,
            "classes": listing.classes,
            "fingerprint": fingerprint,
            "root": str(listing.root),
            "bytes": needed,
            "skipped": [path.relative_to(listing.root).as_posix() for path in bad.paths()],
        }
        (partial / cache_folders.META).write_text(json.dumps(meta))
        built = open_cache(partial, listing)  # before others can see and remove it: a map lives on
        assert built is not None, partial
        if bad.unread:
            shutil.rmtree(partial, ignore_errors=True)
            return replace(built, unread=dict(bad.unread))
        place_atomically(partial, folder)
    except BaseException:
        shutil.rmtree(partial, ignore_errors=True)
        raise
    return replace(built, folder=folder)


def _measure(listing: Listing, presize: int, bad: BadPictures) -> tuple[np.ndarray, np.ndarray]:
    """Presized heights and widths from the files' headers alone: 60 µs a picture, and the cache's size is known.

    Where EXIF turns a picture by 90° the two are as before the turn, because PNG may tell it only after the pixels. The
    number of bytes is the same.
    """
    heights, widths = np.zeros(len(listing), np.int64), np.zeros(len(listing), np.int64)
    for i, path in enumerate(listing.paths):
        with bad.noted(i), Image.open(path, formats=decoding.FORMATS) as image:
            heights[i], widths[i] = decoding.presized_hw(image.height, image.width, presize)
    return heights, widths


def _decode_all(
    listing: Listing,
    presize: int,
    bad: BadPictures,
    target: tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray],
    report: Report,
) -> None:
    """Decode into the map. In threads: Pillow releases Python's lock while it decodes and resizes, two threads
    are as fast as two processes (measured), and a daemonic worker may not start processes at all."""
    offsets, heights, widths, pixels = target

    def decode(i: int) -> None:
        with bad.noted(i):
            picture = np.asarray(load_presized(listing.paths[i], presize))
            height, width, _ = picture.shape
            if (height, width) not in ((heights[i], widths[i]), (widths[i], heights[i])):
                raise ValueError(f"header says {widths[i]}×{heights[i]}, decoded {width}×{height}")
            heights[i], widths[i] = height, width
            pixels[offsets[i] : offsets[i] + picture.size] = picture.reshape(-1)

    todo = np.flatnonzero(heights)
    with ThreadPoolExecutor(min(usable_cores(), 16)) as pool:
        # some 32 pictures at a time: a future for each would cost too much
        waiting = [pool.submit(_each, decode, part) for part in np.array_split(todo, max(1, len(todo) // 32))]
        try:
            done = len(listing) - len(todo)
            for future in waiting:
                done += future.result()
                report(done, len(listing))
        except BaseException:
            pool.shutdown(cancel_futures=True)
            raise
    heights[list(bad.indices)] = widths[list(bad.indices)] = 0


def _each(act: Callable[[int], None], indices: np.ndarray) -> int:
    for i in indices.tolist():
        act(i)
    return len(indices)
