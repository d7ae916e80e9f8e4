"""A file name that is not UTF-8: the file is found, and the listing contains no lone surrogates."""

import os
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.drawing import draw_pictures
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.names import path_of
from sota_core.errors import BadPicturesError, SourceError
from sota_core.inference.named_picture import open_named
from tests.pictures import class_folders

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """Class folders кот and пёс in CP1251 and a file é.png in Latin-1: with a plain � for each byte both classes would
    be called ���.
    """
    classes = [os.fsdecode(name.encode("cp1251")) for name in ("кот", "пёс")]
    root = class_folders(tmp_path / "set", classes, 3)
    for name in classes:
        (root / name / "0.png").rename(root / name / os.fsdecode(b"\xe9.png"))
    return root


def test_classes_and_names_are_text_and_stay_apart(root):
    listing = list_pictures(root)
    assert listing.classes == listing.display_names == ("�EA�EE�F2", "�EF�B8�F1")
    names = [listing.name(i) for i in range(6)]
    assert names[2] == "�EA�EE�F2/�E9.png" and len(set(names)) == 6
    for text in (*names, *listing.classes):
        text.encode()  # JSON, PostgreSQL and a page need valid UTF-8
    assert [path_of(root, name) for name in names] == list(listing.paths)
    assert path_of(root, "�EA�EE�F2/gone�00.png") == listing.paths[0].parent / "gone�00.png"


def test_such_a_set_has_a_fingerprint_and_a_cache(root, tmp_path):
    listing = list_pictures(root)
    first = listing.fingerprint()
    cache = build_cache(listing, 16, tmp_path / "c")
    assert cache.is_decoded.all() and cache.classes == listing.classes
    listing.paths[2].rename(listing.paths[2].with_name(os.fsdecode(b"\xe8.png")))
    assert list_pictures(root).fingerprint() != first


def test_the_fingerprint_of_names_in_utf8_is_the_former_one(tmp_path):
    """Earlier runs are found by it."""
    import hashlib

    for name in ("a/é.png", "b/1.png"):
        (tmp_path / name).parent.mkdir()
        Image.new("RGB", (4, 4)).save(tmp_path / name)
    text = ""
    for name in ("a/é.png", "b/1.png"):
        stat = (tmp_path / name).stat()
        text += f"{name}\0{stat.st_size}\0{stat.st_mtime_ns}\n"
    assert list_pictures(tmp_path).fingerprint() == hashlib.sha256(text.encode()).hexdigest()


def test_a_picture_is_opened_by_the_name_a_run_has_kept(root, settings):
    listing = list_pictures(root)
    found = open_named(str(root), listing.name(5), 100, settings)
    assert np.asarray(found)[0, 0].tolist() == [90, 0, 9]
    assert len(draw_pictures(listing, 5, 0, among=[listing.name(5)]).pictures) == 1


def test_broken_pictures_are_named_in_text(root, tmp_path):
    for path in list_pictures(root).paths[2:4]:
        path.write_bytes(b"no picture")
    with pytest.raises(BadPicturesError) as error:
        build_cache(list_pictures(root), 16, tmp_path / "c")
    str(error.value).encode()
    assert "�EA�EE�F2/�E9.png (not a picture of a format that is read), �EF�B8�F1/1.png (" in str(error.value)


def test_a_root_that_is_not_utf8_is_refused_by_name(root):
    with pytest.raises(SourceError, match=r"�EA�EE�F2'\): its own path must be UTF-8; rename"):
        list_pictures(sorted(root.iterdir())[0])


def test_every_refusal_is_text(root):
    first, second = sorted(root.iterdir())
    for path in first.iterdir():
        path.unlink()
    with pytest.raises(SourceError, match="no pictures in class folder '�EA�EE�F2'"):
        list_pictures(root)
    first.rmdir()
    with pytest.raises(SourceError, match="at least two classes"):
        list_pictures(root)
    (second / "link.png").symlink_to(root.parent)
    with pytest.raises(SourceError, match=r"�EF�B8�F1/link\.png is a link"):
        list_pictures(root)
