"""Broken pictures are all named up to a limit, with what is wrong with each, without the folder's place on this
machine.
"""

import pytest
from PIL import Image, UnidentifiedImageError

from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.bad_pictures import MAX_NAMED, BadPictures, skipped_in_words
from sota_core.data.pictures.listing import list_pictures
from sota_core.errors import BadPicturesError


def fill(root, n_sound: int, n_broken: int):
    for i in range(n_sound + n_broken):
        path = root / "ab"[i % 2] / f"{i:02}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.new("RGB", (8, 9), (i, 3, 7)).save(path)
        if i < n_broken:
            path.write_bytes(path.read_bytes()[:40] if i % 3 else b"no picture")
    return list_pictures(root)


def test_all_of_a_few_are_named(tmp_path):
    """One of the three has a broken header, two are cut off within their pixels."""
    listing = fill(tmp_path / "set", 17, 3)
    with pytest.raises(BadPicturesError, match=r"at most 1 % of 20 may be unreadable, found 3: a/00") as error:
        build_cache(listing, 8, tmp_path / "c")
    text = str(error.value)
    assert all(path.name in text for path in error.value.paths) and len(error.value.paths) == 3
    assert "a/00.png (not a picture of a format that is read)" in text and str(tmp_path) not in text


def test_a_folder_without_one_sound_picture_is_refused(tmp_path):
    with pytest.raises(BadPicturesError, match="at most 1 % of 4 may be unreadable, found"):
        build_cache(fill(tmp_path / "set", 0, 4), 8, tmp_path / "c")


@pytest.mark.parametrize(
    ("why", "is_so"),
    [
        (PermissionError(13, "Permission denied"), True),
        (OSError(5, "Input/output error"), True),
        (OSError(24, "Too many open files"), True),
        (OSError("image file is truncated (3 bytes not processed)"), False),
        (UnidentifiedImageError("cannot identify image file"), False),
        (OSError(22, "Invalid argument"), False),  # a seek to before the file's beginning
        (SyntaxError("broken PNG file"), False),
    ],
)
def test_what_the_system_refuses_is_no_broken_picture(tmp_path, why, is_so):
    bad = BadPictures(fill(tmp_path / "set", 2, 0))
    with bad.noted(1):
        raise why
    assert bad.indices == {1} and (set(bad.unread) == {1}) is is_so


def test_of_many_the_first_are_named_and_the_work_ends(tmp_path):
    listing = fill(tmp_path / "set", 2, 60)
    with pytest.raises(BadPicturesError) as error:
        build_cache(listing, 8, tmp_path / "c")
    assert MAX_NAMED <= len(error.value.paths) < 60
    assert str(error.value).count(".png (") == MAX_NAMED
    assert skipped_in_words(listing, list(range(12))).endswith("and 2 more")
