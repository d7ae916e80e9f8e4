"""The prints: the same pictures every time, of other classes than the sample's, drawn in one ink on paper."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image

from sota_core import settings
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.view import load_presized
from sota_core.data.sample import motifs
from sota_core.data.sample.canvas import Light, Place, colour
from sota_core.data.sample.drawn_set import JPEG_QUALITY, ensure_drawn
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sample.prints import N_TRAIN, N_VALID, PRINTS, draw
from sota_core.data.sample.sample import sample_classes
from sota_core.data.sets.sources import SOURCES, describe, ensure


def test_the_same_arguments_draw_the_same_picture() -> None:
    for name in PRINTS.classes:
        first = draw(name, "val", 3)
        draw(name, "val", 4)
        assert np.array_equal(first, draw(name, "val", 3))
        assert first.dtype == np.uint8 and first.shape[2] == 3 and 152 <= min(first.shape[:2]) < 184


def test_not_one_class_is_the_samples() -> None:
    assert len(PRINTS.classes) == 6 and not set(PRINTS.classes) & set(sample_classes)


def test_every_pixel_is_a_mix_of_one_ink_and_one_paper() -> None:
    pixels = draw("snail", "train", 0).reshape(-1, 3).astype(float)
    spread = np.linalg.svd(pixels - pixels.mean(0), compute_uv=False)
    assert spread[1] < 0.02 * spread[0]  # a line in the colour space, up to rounding


@pytest.mark.parametrize("pair", [("urchin", "snail"), ("barrel", "basket"), ("beetle", "ladybird")])
def test_a_pair_has_one_outline_and_other_lines(pair: tuple[str, str]) -> None:
    light = Light(0.6, 0.8, colour(1, 1, 1))

    def painted(name: str) -> np.ndarray:
        rgb = np.full((3, 166, 166), -9, np.float32)
        getattr(motifs, name)(rgb, Place(83, 83, 55, 0.4), np.random.default_rng(5), light)
        return rgb

    one, other = (painted(name) for name in pair)
    assert np.mean((one > -9) == (other > -9)) > 0.995
    assert np.abs(one - other)[:, one[0] > 0].mean() > 0.05


def test_a_set_of_a_few_is_drawn_whole_where_sets_are_looked_for(tmp_path, monkeypatch: pytest.MonkeyPatch) -> None:
    few = replace(PRINTS, n_train=2, n_valid=1)
    monkeypatch.setitem(DRAWN, "prints", few)
    config = settings.load({"SOTA_HOME": str(tmp_path / "home")})
    seen: list[tuple[int, int | None, str]] = []
    folder = ensure("prints", config, lambda *step: seen.append(step))
    listing = list_pictures(folder)
    assert folder == config.sample_dir / "prints-v1" and listing.classes == PRINTS.classes and len(listing) == 18
    assert seen[-1] == (18, 18, "generate")
    assert describe("prints", config).present and ensure_drawn(few, config) == folder
    again = tmp_path / "again.jpg"
    Image.fromarray(draw("barrel", "val", 0)).save(again, quality=JPEG_QUALITY)
    assert np.array_equal(load_presized(folder / "val" / "barrel" / "000.jpg", 999), load_presized(again, 999))


def test_the_table_of_sets_promises_what_is_drawn() -> None:
    of = SOURCES["prints"]
    assert (of.n_train, of.n_valid, of.n_classes) == (6 * N_TRAIN, 6 * N_VALID, 6)
