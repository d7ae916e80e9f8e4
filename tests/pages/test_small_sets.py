"""A folder of a few pictures, as people bring one: numbers are those of what is there, and names are what they are."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from pages.shared.pictures import datasets
from sota_core.data.sets.sources import address_of
from tests.pages.conftest import codes, texts  # type: ignore[import-not-found]

N = 10  # pictures of each class
Look = Callable[..., AppTest]


@pytest.fixture
def look(visit: Look, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Look:
    """Opens a page on two classes without a split; the first picture is as narrow as a line."""
    for k, name in enumerate(("Class 1", "Class 2")):
        (folder := tmp_path / "roots/set" / name).mkdir(parents=True)
        for i in range(N):
            pixels = np.random.default_rng([k, i]).integers(0, 256, (48, 64, 3), np.uint8)
            size = (4, 4000) if k == i == 0 else (64, 48)
            Image.fromarray(pixels).resize(size).save(folder / f"{i}.png")
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    source = address_of(str(tmp_path / "roots/set"))
    return lambda page, **address: visit(page, source=source, **address)


@pytest.mark.long
@pytest.mark.parametrize("line", ["blocks", "labels", "resize", "set"])
def test_the_baseline_s_lines_take_any_picture_and_call_no_name_a_wordnet_id(look: Look, line: str) -> None:
    app = look("baseline", baseline__line=line)
    assert not app.exception and "WordNet" not in texts(app)


def test_a_batch_is_said_to_hold_the_pictures_it_holds(look: Look) -> None:
    app = look("normalization", normalization__stats="the data set")
    said = texts(app)
    assert f"{2 * N} pictures at 96 px, {2 * N * 96 * 96:,} pixels a channel" in said and not app.exception
    assert f"Statistics of all {2 * N} pictures." in said  # a run would hold some of them out


@pytest.mark.parametrize(
    ("page", "bs"), [("baseline", "bs=4)"), ("resizing", "get_dls(4, 128)"), ("normalization", "bs=16)")]
)
def test_the_code_to_copy_has_batches_that_the_set_can_fill(look: Look, page: str, bs: str) -> None:
    code = codes(look(page))[0]
    assert bs in code and "16 pictures to train on" in code


def test_no_picture_is_shown_twice(look: Look, monkeypatch: pytest.MonkeyPatch) -> None:
    asked, thumbs = [], datasets.thumbs

    def noted(source: str, n: int, seed: int) -> list[datasets.Shown]:
        asked.append(thumbs(source, n, seed))
        return asked[-1]

    monkeypatch.setattr(datasets, "thumbs", noted)
    app = look("data")
    assert f"**{2 * N} pictures**, chosen with seed 0" in texts(app) and not app.exception
    assert len({(one.name, one.picture.tobytes()) for one in asked[-1]}) == len(asked[-1]) == 2 * N
