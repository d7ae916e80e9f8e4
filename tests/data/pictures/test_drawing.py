"""Pictures drawn at random for a page: by a seed, from one part of the set, the same with and without files."""

from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.drawing import draw_of_each_class, draw_pictures, part_of
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.view import Presized, load_presized
from sota_core.data.sample import sample
from sota_core.errors import InputError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    rng = np.random.default_rng(0)
    for part, n in (("train", 4), ("val", 2)):
        for k, name in enumerate(("n01440764", "n03028079")):
            place = tmp_path / part / name
            place.mkdir(parents=True)
            for i in range(n):
                grey = 40 * k + 10 * i + (100 if part == "val" else 0)
                noise = rng.integers(0, 5, (60, 90, 3), dtype=np.uint8)
                Image.fromarray(noise + np.uint8(grey)).save(place / f"{i}.png")
    return tmp_path


def test_a_drawing_is_the_start_of_a_longer_one_with_the_same_seed(folder):
    listing = list_pictures(folder)
    short, long = (draw_pictures(listing, n, 3) for n in (3, 8))
    assert long.labels[:3].tolist() == short.labels.tolist()
    np.testing.assert_array_equal(long.views(32)[:3], short.views(32))
    assert sorted(long.labels.tolist()) == [0] * 4 + [1] * 4  # all of them: drawn without replacement
    assert short.names == ("tench", "church")


def test_another_seed_is_another_drawing(folder):
    listing = list_pictures(folder)
    drawings = {draw_pictures(listing, 4, seed).views(16).tobytes() for seed in range(5)}
    assert len(drawings) > 1


def test_each_part_is_drawn_for_itself(folder):
    listing = list_pictures(folder)
    bright = draw_pictures(listing, 4, 0, part="val").views(16)
    dark = draw_pictures(listing, 8, 0, part="train").views(16)
    assert bright.shape == (4, 3, 16, 16) and bright.dtype == np.uint8
    assert bright.min() >= 100 > dark.max()


def test_a_folder_without_a_split_is_one_part(folder):
    listing = list_pictures(folder / "train")
    assert part_of(listing, "val").tolist() == part_of(listing, "train").tolist() == list(range(8))


def test_only_the_pictures_named_are_drawn(folder):
    kept = ["val/n01440764/1.png", "train/n03028079/2.png"]
    drawn = draw_pictures(list_pictures(folder), 8, 0, among=kept)
    assert sorted(drawn.labels.tolist()) == [0, 1]


def test_a_broken_picture_is_passed_over(folder):
    (folder / "train" / "n01440764" / "0.png").write_bytes(b"\x89PNG broken")
    assert len(draw_pictures(list_pictures(folder), 8, 0).pictures) == 7


@pytest.mark.parametrize("raised", [ZeroDivisionError(), MemoryError()])
def test_what_a_plug_in_raises_unforeseen_is_passed_over_and_lack_of_memory_is_not(folder, monkeypatch, raised):
    def load(path: Path, presize: int) -> Presized:
        if path.name == "0.png":
            raise raised
        return load_presized(path, presize)

    monkeypatch.setattr("sota_core.data.pictures.drawing.load_presized", load)
    if isinstance(raised, MemoryError):
        with pytest.raises(MemoryError):
            draw_pictures(list_pictures(folder), 8, 0)
    else:
        assert len(draw_pictures(list_pictures(folder), 8, 0).pictures) == 6


def test_of_each_class_as_many_are_drawn_as_there_are(folder):
    (folder / "train" / "n01440764" / "0.png").write_bytes(b"\x89PNG broken")
    listing = list_pictures(folder)
    few = draw_of_each_class(listing, 4, 2, 20)
    assert sorted(few.labels.tolist()) == [0, 0, 1, 1] and {min(picture.size) for picture in few.pictures} == {20}
    every = draw_of_each_class(listing, 99, 2, 20)
    assert sorted(every.labels.tolist()) == [0] * 5 + [1] * 6
    assert len({np.asarray(picture).tobytes() for picture in every.pictures}) == 11
    np.testing.assert_array_equal(every.views(9)[:4], few.views(9))


def test_of_each_class_no_more_are_tried_than_three_for_each_that_is_wanted(folder, monkeypatch):
    load = Mock(side_effect=OSError)
    monkeypatch.setattr("sota_core.data.pictures.drawing.load_presized", load)
    with pytest.raises(InputError, match="of 12 pictures none"):
        draw_of_each_class(list_pictures(folder), 3, 0, 20)
    assert load.call_count == 9


def test_of_each_class_of_a_drawn_set_needs_no_folder():
    painted = draw_of_each_class(sample.SAMPLE, 20, 0, 64)
    assert sorted(painted.labels.tolist()) == sorted([*range(10)] * 2)
    assert "bay leaf" in painted.names


def test_the_embedded_set_is_painted_in_the_order_of_its_folder():
    painted = draw_pictures(sample.SAMPLE, 6, 11, part="val")
    order = np.random.default_rng(11).permutation(len(sample.sample_classes) * sample.N_VALID)[:6]
    for picture, label, item in zip(painted.pictures, painted.labels, order, strict=True):
        name = sample.sample_classes[label]
        assert item == label * sample.N_VALID + item % sample.N_VALID
        np.testing.assert_array_equal(np.asarray(picture), sample.draw(name, "val", int(item % sample.N_VALID)))


def test_what_cannot_be_drawn_is_said(folder):
    with pytest.raises(InputError, match="n must be ≥ 1"):
        draw_pictures(sample.SAMPLE, 0, 0)
    with pytest.raises(InputError, match="one of train, val"):
        draw_pictures(sample.SAMPLE, 1, 0, part="test")
    for path in folder.rglob("*.png"):
        path.write_bytes(b"x")
    with pytest.raises(InputError, match="none that was tried"):
        draw_pictures(list_pictures(folder), 1, 0)
