"""Names of folders in a zip: printable, apart from one another, and the same in every part."""

import io
from collections.abc import Mapping
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.data.sets.zipped import presized_set
from tests.data.sets.zips import picture, zip_of


def listed(place: Path, files: Mapping[str, bytes], data: bytes | None = None) -> Listing:
    """The set that is made of a zip of these files."""
    (place / "sent.zip").write_bytes(zip_of(files) if data is None else data)
    presized_set(place / "sent.zip", place / "made", lambda *_: None, max_bytes=50 * 2**20)
    return list_pictures(place / "made")


def plain(colour: tuple[int, int, int]) -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (20, 16), colour).save(file, "PNG")
    return file.getvalue()


def test_odd_folder_names_stay_apart_and_printable(tmp_path: Path):
    names = ("a\tb", "a\nb", "x" * 300, "x" * 301, "кот", "🦉", "a|b", "Sacr\u0065\u0301", "train ")
    listing = listed(tmp_path, {f"{name}/{i}.jpg": picture(i, (20, 16)) for name in names for i in range(2)})
    assert len(listing.classes) == len(names) and len(listing) == 2 * len(names)
    assert all(name.isprintable() and len(name.encode()) <= 110 for name in listing.classes)
    assert {"a b", "a b (2)", "кот", "🦉", "a|b", "Sacré"} <= set(listing.classes)


@pytest.mark.parametrize(("a", "b"), [("Ф" * 55 + "A", "Ф" * 55 + "B"), ("cat", "cat\u200b"), ("cat\u200b", "cat")])
@pytest.mark.parametrize("in_valid", ["ab", "ba", "a", "b"])
def test_a_class_keeps_one_name_in_every_part(tmp_path: Path, a: str, b: str, in_valid: str):
    """In whatever order the parts hold two classes whose names are equal once they are cleaned or cut."""
    of = {"a": (a, plain((255, 0, 0))), "b": (b, plain((0, 0, 255)))}
    parts = [("train", "ab"), ("valid", in_valid)]
    listing = listed(
        tmp_path,
        {f"{part}/{of[c][0]}/{i}.png": of[c][1] for part, held in parts for c in held for i in range(2)},
    )
    reds = [int(np.asarray(Image.open(path))[0, 0, 0]) for path in listing.paths]
    seen = set(zip(listing.labels.tolist(), reds, strict=True))
    assert len(seen) == len({label for label, _ in seen}) == 2  # one colour a class, whatever the part
    assert listing.is_valid is not None and listing.is_valid.sum() == 2 * len(in_valid)


def test_names_in_utf_8_that_do_not_say_so_are_read(tmp_path: Path):
    data = zip_of({f"{name}/{i}.jpg": picture(i, (20, 16)) for name in ("кот", "пёс") for i in range(2)})
    unsaid = data.replace(b"\x00\x08", b"\x00\x00")  # flag 0x800, in both headers
    assert unsaid != data
    assert set(listed(tmp_path, {}, unsaid).classes) == {"кот", "пёс"}
