"""The sample: the same pictures every time, with the properties it was made for."""

import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core import settings
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.view import load_presized
from sota_core.data.sample import sample
from sota_core.data.sample.canvas import Light, Place, colour
from sota_core.data.sample.drawn_set import JPEG_QUALITY, ensure_drawn
from sota_core.data.sample.sample import (
    N_TRAIN,
    N_VALID,
    SAMPLE,
    draw,
    plan,
    sample_classes,
    textures,
)

PLANS = [plan(name, "train", i)[0] for name in sample_classes for i in range(N_TRAIN)]


def test_the_same_arguments_draw_the_same_picture():
    for name in sample_classes:
        first = draw(name, "val", 3)
        draw(name, "val", 4)  # must not affect the next picture
        assert np.array_equal(first, draw(name, "val", 3))
        assert first.dtype == np.uint8 and first.shape[2] == 3


def test_pictures_differ_by_index_part_and_class():
    pictures = [draw("balloon", "train", 0), draw("balloon", "train", 1), draw("balloon", "val", 0)]
    assert len({picture.tobytes() for picture in pictures}) == 3


def test_sizes_are_rectangular_and_varied():
    sizes = {(p.height, p.width) for p in PLANS}
    assert all(152 <= min(size) < 184 and max(size) / min(size) < 1.8 for size in sizes)
    assert len(sizes) > 100
    assert 0.1 < np.mean([p.height > p.width for p in PLANS]) < 0.4


def test_objects_stand_off_centre_and_a_centre_crop_loses_parts_of_many():
    short = np.array([min(p.height, p.width) for p in PLANS])
    away = np.array([max(abs(p.place.cx - p.width / 2), abs(p.place.cy - p.height / 2)) for p in PLANS])
    assert np.mean(away > 0.15 * short) > 0.5
    # the disc around the object reaches beyond the central square
    assert np.mean(away + np.array([p.place.r for p in PLANS]) > short / 2) > 0.3
    # but its centre is inside the picture
    assert all(0 < p.place.cx < p.width and 0 < p.place.cy < p.height for p in PLANS)


def test_channel_statistics_are_far_from_nought_and_one():
    pixels = np.concatenate([draw(n, "train", i).reshape(-1, 3) for n in sample_classes for i in range(6)]) / 255
    mean, std = pixels.mean(0), pixels.std(0)
    assert np.all((mean > 0.3) & (mean < 0.65)) and np.all((std > 0.15) & (std < 0.32))
    assert np.ptp(mean) > 0.02  # the channels differ: one number for all would not do


def test_the_light_varies_from_picture_to_picture():
    means = [draw(n, "train", i).mean() for n in sample_classes for i in range(6)]
    assert np.std(means) > 15


@pytest.mark.parametrize("pair", [("scallop", "clam"), ("bay_leaf", "lily_leaf"), ("carp", "trout")])
def test_a_pair_differs_by_lines_that_are_lost_at_48_px_and_there_at_128(pair):
    light = Light(0.6, 0.8, colour(1, 1, 1))

    def painted(name: str, seed: int) -> Image.Image:
        rgb = np.full((3, 166, 166), 0.5, np.float32)
        place = Place(83, 83, 55, 0.4)
        getattr(textures, name)(rgb, place, np.random.default_rng(seed), light)
        return Image.fromarray((np.clip(rgb, 0, 1).transpose(1, 2, 0) * 255).astype(np.uint8))

    def contrast(size: int) -> float:
        total = 0.0
        for seed in range(8):
            one, other = (
                np.asarray(painted(name, seed).resize((size, size), Image.Resampling.BILINEAR), np.float32)
                for name in pair
            )
            total += float(((one - other) ** 2).mean())
        return (total / 8) ** 0.5

    assert contrast(128) > 3 * contrast(48)


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory):
    """The whole set, drawn once, in a home where an earlier attempt was killed."""
    config = settings.load({"SOTA_HOME": str(tmp_path_factory.mktemp("home"))})
    left = config.sample_dir / f".{sample.VERSION}.unfinished" / "train" / "balloon"
    left.mkdir(parents=True)
    (left / "999.jpg").write_bytes(b"left over")
    seen: list[tuple[int, int | None, str]] = []
    return config, ensure_drawn(SAMPLE, config, lambda *step: seen.append(step)), seen


@pytest.mark.slow
def test_the_whole_set_has_the_published_counts(made):
    config, folder, seen = made
    listing = list_pictures(folder)
    assert folder == SAMPLE.folder(config) and listing.classes == sample_classes
    assert listing.is_valid is not None
    train, valid = listing.labels[~listing.is_valid], listing.labels[listing.is_valid]
    assert np.bincount(train).tolist() == [N_TRAIN] * 10 and np.bincount(valid).tolist() == [N_VALID] * 10
    assert seen[-1] == (2_000, 2_000, "generate")
    assert [f.name for f in config.sample_dir.iterdir() if f.is_dir()] == [sample.VERSION]


@pytest.mark.slow
def test_what_lies_on_the_disk_is_what_draw_draws(made, tmp_path):
    for name, part, index in (("carp", "train", 17), ("balloon", "val", 49)):
        again = tmp_path / "again.jpg"
        Image.fromarray(draw(name, part, index)).save(again, quality=JPEG_QUALITY)
        stored = load_presized(made[1] / part / name / f"{index:03d}.jpg", 1_000)
        assert np.array_equal(stored, load_presized(again, 1_000))


@pytest.mark.slow
def test_a_second_call_touches_nothing(made):
    config, folder, _ = made
    before = list_pictures(folder).fingerprint()
    assert ensure_drawn(SAMPLE, config, lambda *step: pytest.fail("the set was drawn again")) == folder
    assert list_pictures(folder).fingerprint() == before


@pytest.mark.slow
def test_the_fingerprint_does_not_depend_on_where_or_when(made, tmp_path: Path):
    shutil.copytree(made[1], tmp_path / "elsewhere")
    assert list_pictures(tmp_path / "elsewhere").fingerprint() == list_pictures(made[1]).fingerprint()
