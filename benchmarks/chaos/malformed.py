"""Files that nobody honest would hand in: pictures, recordings and zips, damaged at random. Not a benchmark by itself.

Each must be taken or refused by a sentence (one of the project's own errors); anything else raised is uncaught, and
would be a traceback on a page. What is made depends on the seed alone. Time is the median of each; memory is what the
process has grown by since its first tenth, when every decoder had been loaded.
"""

import gc
import io
import json
import random
import shutil
import statistics
import struct
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from PIL import Image

from benchmarks.rows import p95, tally
from sota_core.data.pictures import images
from sota_core.data.sets import zipped
from sota_core.errors import SotaError
from sota_core.runs.recordings import recording

MEDIAN_MS = 100.0
GROWTH_MB = 32.0
MAX_BYTES = 50 * 2**20

Maker = Callable[[random.Random], bytes]
JUNK_NAMES = (
    "../../etc/passwd", "/etc/passwd", "C:\\Windows\\a.jpg", "a/../../b.jpg", "a\x00b/x.jpg", "a/" * 40 + "x.jpg",
    "<script>alert(1)</script>/x.jpg", "**bold**/[x](http:x)/x.jpg", "$\\int$/x.jpg", "é\u202egpj.exe/x.jpg",
    "con/nul.jpg", "~/x.jpg", "owl/" + "n" * 5_000 + ".jpg", " /x.jpg", "owl/.hidden.jpg", "__MACOSX/owl/x.jpg",
    "owl//x.jpg",
)  # fmt: skip
JUNK_VALUES: tuple[Any, ...] = (
    None, True, "", "x" * 5_000, "<img src=x onerror=alert(1)>", "../../etc/passwd", "$\\frac{1}{0}$", "\x00", -1,
    10**400, 1e308, -0.0, [], {}, [[]] * 50, {"a": {"b": {}}}, "9" * 5_000, "²", 2**63, "NaN",
)  # fmt: skip


def uploads(n: int) -> list[dict[str, Any]]:
    """Pictures, each read as an upload and as training would have it."""

    def read(data: bytes, scratch: Path) -> None:
        images.open_upload_presized(data, 460).image.load()

    return _tried("uploads", n, picture, read)


def recordings(n: int) -> list[dict[str, Any]]:
    def read(data: bytes, scratch: Path) -> None:
        found = recording.load(data)
        found.to_json()
        _ = found.summary, found.duration_s, found.date

    return _tried("recordings", n, told, read)


def zips(n: int) -> list[dict[str, Any]]:
    """Read into a folder beside a file of ours, which must stay all there is beside it."""

    def read(data: bytes, scratch: Path) -> None:
        archive, folder = scratch / "sent.zip", scratch / "made"
        archive.write_bytes(data)
        try:
            zipped.presized_set(archive, folder, lambda *_: None, max_bytes=MAX_BYTES)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
            strays = {path.name for path in scratch.iterdir()} - {"sent.zip"}
            if strays:
                raise AssertionError(f"written outside its folder: {sorted(strays)[:3]}")

    return _tried("zips", n, archive, read)


def _tried(name: str, n: int, make: Maker, read: Callable[[bytes, Path], None]) -> list[dict[str, Any]]:
    rng, me = random.Random(0), psutil.Process()
    took, uncaught, refused, before = [], [], 0, 0
    with tempfile.TemporaryDirectory() as folder:
        for i in range(n):
            data = make(rng)
            began = time.perf_counter()
            try:
                read(data, Path(folder))
            except SotaError:
                refused += 1
            except Exception as bad:
                uncaught.append(f"{i}: {type(bad).__name__}: {str(bad)[:80]}")
            took.append(1e3 * (time.perf_counter() - began))
            if i == n // 10:
                gc.collect()
                before = me.memory_info().rss
        gc.collect()
    grown = max(0.0, (me.memory_info().rss - before) / 2**20)
    facts: dict[str, object] = {"refused": refused, "taken": n - refused - len(uncaught)}
    times = {"p95_ms": round(p95(took), 1), "worst_ms": round(max(took), 1)}
    return [
        tally(f"malformed_{name}_uncaught", len(uncaught), "errors", 0, n, **facts, first=uncaught[:2] or "none"),
        tally(f"malformed_{name}_median", round(statistics.median(took), 3), "ms", MEDIAN_MS, n, **times),
        tally(f"malformed_{name}_growth", round(grown, 1), "MB", GROWTH_MB, n),
    ]


@cache
def _pictures() -> tuple[bytes, ...]:
    """Sound ones, in many formats and modes, with and without what a camera writes beside the pixels."""
    rng = np.random.default_rng(0)
    smooth = np.kron(rng.integers(0, 256, (12, 16, 4), dtype=np.uint8), np.ones((40, 40, 1), np.uint8))
    whole = Image.fromarray(smooth, "RGBA")
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = 6, "a place"
    found = []
    for mode, format, options in (
        ("RGB", "JPEG", {"exif": exif}), ("L", "JPEG", {}), ("CMYK", "JPEG", {}),
        ("RGB", "JPEG", {"progressive": True}), ("RGB", "PNG", {}), ("RGBA", "PNG", {"exif": exif}), ("P", "PNG", {}),
        ("LA", "PNG", {}), ("1", "PNG", {}), ("I;16", "PNG", {}), ("RGB", "WEBP", {}),
        ("RGBA", "WEBP", {"lossless": True}), ("RGB", "GIF", {}), ("RGB", "BMP", {}), ("RGB", "TIFF", {}),
        ("RGB", "PDF", {}),
    ):  # fmt: skip
        picture = whole.convert("I").convert("I;16") if mode == "I;16" else whole.convert(mode)
        file = io.BytesIO()
        picture.save(file, format, **options)
        found.append(file.getvalue())
    frames = io.BytesIO()
    whole.convert("RGB").save(frames, "WEBP", save_all=True, append_images=[whole.convert("RGB")] * 3)
    return (*found, frames.getvalue())


def picture(rng: random.Random) -> bytes:
    """A picture that is damaged or lies about its size, or bytes that are no picture."""
    kind = rng.random()
    if kind < 0.06:
        return png(rng.choice((1, 3, 60_000, 2**31 - 1)), rng.choice((1, 12_001, 2**31 - 1)), rng)
    if kind < 0.10:
        return rng.choice(
            (b"\xff\xd8\xff\xe0", b"\x89PNG\r\n\x1a\n", b"RIFF\0\0\0\0WEBP", b"<svg/>", b"")
        ) + rng.randbytes(400)
    return damaged(rng.choice(_pictures()), rng)


def png(width: int, height: int, rng: random.Random) -> bytes:
    """Sound to the last checksum, and of a size that its few bytes cannot hold."""

    def chunk(name: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + name + data + struct.pack(">I", zlib.crc32(name + data))

    head = struct.pack(">IIBBBBB", width, height, rng.choice((1, 8, 16)), rng.choice((0, 2, 3, 6)), 0, 0, 0)
    body = zlib.compress(bytes(rng.randrange(1, 50_000)))
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", head) + chunk(b"IDAT", body) + chunk(b"IEND", b"")


def damaged(sound: bytes, rng: random.Random) -> bytes:
    """Cut off, overwritten, torn apart or repeated, one to three times."""
    data = bytearray(sound)
    for _ in range(rng.randint(1, 3)):
        at = rng.randrange(len(data)) if data else 0
        match rng.randrange(6):
            case 0:
                del data[at:]
            case 1:
                for _ in range(rng.choice((1, 8, 64))):
                    if data:
                        data[rng.randrange(len(data))] = rng.randrange(256)
            case 2:  # the head, where sizes and formats stand
                if data:
                    data[rng.randrange(min(64, len(data)))] = rng.choice((0, 1, 0x7F, 0xFF))
            case 3:
                del data[at : at + rng.randrange(1, 200)]
            case 4:
                data[at:at] = data[max(0, at - 300) : at]
            case _:
                data[at : at + 50] = bytes(50)
    return bytes(data)


@cache
def _recordings() -> tuple[str, ...]:
    return tuple(path.read_text(encoding="utf-8") for path in sorted(recording.SHIPPED_FOLDER.glob("*.json"))[:3])


def told(rng: random.Random) -> bytes:
    """A recording with something else in the place of up to four of its values, or its bytes damaged, or no JSON."""
    if (kind := rng.random()) < 0.05:
        return rng.choice(
            (
                b"[" * 100_000,
                b'{"a":' * 20_000,
                b"\xff\xfe{\0}\0",
                b'{"format": 1e999}',
                b"0" * 999_999,
                b"\xef\xbb\xbf{}",
            )
        )
    text = rng.choice(_recordings())
    if kind < 0.35:
        return damaged(text.encode(), rng)
    content = json.loads(text)
    for _ in range(rng.randint(0, 4)):
        _change(content, rng)
    return json.dumps(content).encode()


def _change(content: Any, rng: random.Random) -> None:
    """Somewhere in it: a value replaced, removed, doubled, or one more under a new name."""
    at, depth = content, 0
    while True:
        keys = list(at) if isinstance(at, dict) else range(len(at))
        if not keys:
            return
        key = rng.choice(keys)
        inner, depth = at[key], depth + 1
        if not isinstance(inner, dict | list) or not inner or (depth > 1 and rng.random() < 0.3):
            break
        at = inner
    match rng.randrange(5):
        case 0:
            del at[key]
        case 1 if isinstance(at, list):
            at.insert(rng.randrange(len(at) + 1), inner)
        case 1 | 2 if isinstance(at, dict):
            at[rng.choice(("__proto__", "owner", "<b>", "t", ""))] = rng.choice(JUNK_VALUES)
        case _:
            at[key] = rng.choice(JUNK_VALUES)


def archive(rng: random.Random) -> bytes:
    """A zip of class folders among junk; then, now and then, damaged."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", rng.choice((zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED))) as packed:
        for name, data in _entries(rng):
            entry = zipfile.ZipInfo(name)
            entry.external_attr = rng.choice((0, 0o120777 << 16, 0o644 << 16, 0o644 << 16, 0o644 << 16))
            packed.writestr(entry, data, rng.choice((*[None] * 12, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)))
    data = file.getvalue()
    if rng.random() < 0.1:  # what its list of files says of sizes, methods and places
        data = bytearray(data)
        head = data.rfind(b"PK\x01\x02")
        for _ in range(6):
            data[head + rng.randrange(4, 46)] = rng.choice((0, 1, 0x7F, 0xFF))
        return bytes(data)
    return damaged(data, rng) if rng.random() < 0.4 else data


def _entries(rng: random.Random) -> Iterator[tuple[str, bytes]]:
    small = _small()
    top = rng.choice(("", "train/", "birds/train/"))
    for i in range(rng.randint(3, 8)):
        yield f"{top}{('owl', 'wren')[i % 2]}/{i}.png", rng.choice(small)
    for name in rng.sample(JUNK_NAMES, rng.choice((0, 0, 1, 3))):
        yield name, rng.choice((*small, b"", b"no picture", picture(rng)))
    if rng.random() < 0.02:
        yield "owl/bomb.png", bytes(30_000_000)


@cache
def _small() -> tuple[bytes, ...]:
    found = []
    for seed in range(4):
        file = io.BytesIO()
        Image.fromarray(np.random.default_rng(seed).integers(0, 256, (16, 20, 3), dtype=np.uint8)).save(file, "PNG")
        found.append(file.getvalue())
    return tuple(found)
