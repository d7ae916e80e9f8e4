"""Presizing's boxes: where they lie, and that a seed always draws the same ones."""

import numpy as np
import pytest

from sota_core.figures.resizing.presizing import in_words, presize, presizing, share_seen, surroundings
from sota_core.functional.boxes import Box

KEEP = {"size": 460, "method": "crop", "min_scale": 0.75, "n_crops": 4, "seed": 5}


@pytest.mark.parametrize(("method", "valid"), [("crop", (50, 0, 350, 300)), ("squish", (0, 0, 400, 300))])
def test_validation_sees_the_middle_square_or_everything(method, valid):
    found = presize(300, 400, **{**KEEP, "method": method})
    assert found.valid == pytest.approx(valid, abs=1.0)
    assert share_seen(found) == pytest.approx(0.75 if method == "crop" else 1.0, abs=0.01)


def test_padding_reaches_outside_and_does_not_count_as_seen():
    found = presize(300, 400, **{**KEEP, "method": "pad"})
    assert found.valid == pytest.approx((0, -50, 400, 350))
    assert share_seen(found) == 1.0


@pytest.mark.parametrize(("height", "width"), [(300, 400), (400, 300)])
def test_in_training_padding_lies_where_chance_puts_it_as_in_fastai(height: int, width: int) -> None:
    frame = surroundings(height, width, 460, "pad")
    assert frame == (Box(0, -100, 400, 400) if width > height else Box(-100, 0, 400, 400))
    drawn = [presize(height, width, **{**KEEP, "method": "pad", "seed": seed}).first for seed in range(30)]
    assert len(set(drawn)) > 10 and all(box.width == box.height == 400 for box in drawn)
    for box in drawn:
        assert frame.x1 <= box.x1 and frame.y1 <= box.y1 and box.x2 <= frame.x2 and box.y2 <= frame.y2


def test_crops_lie_in_resizes_square_and_have_at_least_the_least_share():
    for seed in range(20):
        found = presize(300, 400, **{**KEEP, "seed": seed})
        for crop in found.crops:
            assert crop.x1 >= found.first.x1 - 1e-6 and crop.x2 <= found.first.x2 + 1e-6
            assert crop.y1 >= found.first.y1 - 1e-6 and crop.y2 <= found.first.y2 + 1e-6
            assert crop.area >= 0.745 * found.first.area


def test_the_same_seed_draws_the_same_boxes_and_another_does_not():
    assert presize(300, 400, **KEEP) == presize(300, 400, **KEEP)
    assert presize(300, 400, **KEEP) != presize(300, 400, **{**KEEP, "seed": 6})
    more = presize(300, 400, **{**KEEP, "n_crops": 6})
    assert more.crops[:4] == presize(300, 400, **KEEP).crops


def test_the_words_name_the_boxes():
    found = presize(300, 400, **KEEP)
    assert "400 × 300 pixels" in in_words(found) and "4 random crops" in in_words(found)


def test_the_picture_shows_the_boxes():
    plain = np.full((300, 400, 3), 128, np.uint8)
    shown = presizing(plain, presize(300, 400, **KEEP), 800)
    assert shown.shape == (600, 800, 3) and (shown != 128).any()
