"""The pictures that a browser sends from its camera become a zip of train/ and valid/, or are refused."""

import base64
import io
import zipfile

import pytest

from sota_core.data.sets.camera import ENOUGH, LEAST, camera_zip
from sota_core.errors import InputError
from tests.data.sets.zips import picture


def shots(n: int, seed: int = 0) -> list[str]:
    data = (picture(seed + i, (32, 24)) for i in range(n))
    return ["data:image/jpeg;base64," + base64.b64encode(one).decode() for one in data]


def test_the_last_pictures_of_each_class_are_held_out():
    data, title = camera_zip([{"name": " cup ", "shots": shots(20)}, {"name": "my/pen", "shots": shots(8, 50)}])
    assert title == "cup, my pen"
    names = zipfile.ZipFile(io.BytesIO(data)).namelist()
    assert [n for n in names if "cup" in n] == [
        f"{'train' if i <= 15 else 'valid'}/cup/{i:02}.jpg" for i in range(1, 21)
    ]
    assert sum(n.startswith("train/my pen/") for n in names) == 6
    assert zipfile.ZipFile(io.BytesIO(data)).read("train/cup/01.jpg") == picture(0, (32, 24))


def test_a_class_called_as_a_folder_that_no_set_shows_keeps_its_pictures():
    data, title = camera_zip([{"name": "__MACOSX", "shots": shots(LEAST)}, {"name": ".git", "shots": shots(LEAST, 50)}])
    names = {name.split("/")[1] for name in zipfile.ZipFile(io.BytesIO(data)).namelist()}
    assert names == {"MACOSX", "git"} and title == "MACOSX, git"


@pytest.mark.parametrize(
    ("told", "said"),
    [
        (None, "2 to 5 classes"),
        ([], "2 to 5 classes"),
        ([{"name": "a", "shots": shots(LEAST)}], "2 to 5 classes"),
        ([{"name": "a", "shots": shots(LEAST)}] * 6, "2 to 5 classes"),
        ([{"name": "a", "shots": shots(LEAST)}, 7], "needs a name"),
        ([{"name": 3, "shots": []}, {}], "needs a name"),
        ([{"name": "  ", "shots": shots(LEAST)}] * 2, "needs a name"),
        ([{"name": "a", "shots": shots(LEAST - 1)}] * 2, f"got {LEAST - 1}"),
        ([{"name": "a", "shots": shots(1) * (ENOUGH + 1)}] * 2, f"got {ENOUGH + 1}"),
        ([{"name": "Cup", "shots": shots(LEAST)}, {"name": "cup ", "shots": shots(LEAST)}], "called 'cup'"),
        ([{"name": "\u00e4", "shots": shots(LEAST)}, {"name": "a\u0308", "shots": shots(LEAST)}], "called 'a\u0308'"),
        ([{"name": "a", "shots": ["x"] * LEAST}] * 2, "must be a JPEG"),
        ([{"name": "a", "shots": [None] * LEAST}] * 2, "must be a JPEG"),
        ([{"name": "a", "shots": ["data:image/jpeg;base64," + "A" * 2**20] * LEAST}] * 2, "must be a JPEG"),
        ([{"name": "a", "shots": ["data:image/jpeg;base64,%%%"] * LEAST}] * 2, "arrived damaged"),
    ],
)
def test_anything_else_is_refused(told: object, said: str):
    with pytest.raises(InputError, match=said):
        camera_zip(told)
