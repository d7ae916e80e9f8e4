"""Boxes: the place of centre and corner crops, what validation sees, and from a crop back to the original picture."""

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sota_core.errors import RangeError
from sota_core.functional.boxes import Box, box_within, centre_box, corner_boxes, valid_box

few = settings(max_examples=50, deadline=None)
sides = st.integers(1, 500)


# By hand


def test_the_measures_of_a_box():
    box = Box(1, 2, 5, 4)
    assert (box.width, box.height, box.area) == (4, 2, 8)


def test_odd_room_is_left_at_the_bottom_right():
    assert centre_box(5, 8, 2) == Box(3, 1, 5, 3)


def test_a_square_larger_than_the_picture_reaches_over_all_sides():
    assert centre_box(4, 6, 8) == Box(-1, -2, 7, 6)


def test_five_squares():
    assert corner_boxes(4, 5, 2) == (
        Box(1, 1, 3, 3),
        Box(0, 0, 2, 2),
        Box(3, 0, 5, 2),
        Box(0, 2, 2, 4),
        Box(3, 2, 5, 4),
    )


def test_a_crop_of_a_crop_on_the_original():
    """Resize(64) of a 100 × 150 picture, then the right half of the result: the last 50 px of the centred square."""
    assert box_within(Box(32, 0, 64, 64), Box(25, 0, 125, 100), 64) == Box(75, 0, 125, 100)


def test_a_crop_of_a_squished_picture_is_not_square_on_the_original():
    assert box_within(Box(0, 0, 32, 32), Box(0, 0, 200, 100), 64) == Box(0, 0, 100, 50)


# Limits


@few
@given(sides)
def test_a_square_picture_is_its_own_centre_and_corners(side):
    whole = Box(0, 0, side, side)
    assert centre_box(side, side, side) == valid_box(side, side) == whole
    assert corner_boxes(side, side, side) == (whole,) * 5


# Laws


@few
@given(sides, sides, st.data())
def test_crops_have_their_size_and_lie_inside(height, width, data):
    size = data.draw(st.integers(1, min(height, width)))
    for box in corner_boxes(height, width, size):
        assert box.width == box.height == size
        assert 0 <= box.x1 and box.x2 <= width and 0 <= box.y1 and box.y2 <= height


@few
@given(sides, sides, st.integers(1, 300))
def test_the_whole_square_is_carried_back_to_the_whole_box(x, y, size):
    outer = Box(x, y, x + 3 * size, y + 2 * size)
    assert box_within(Box(0, 0, size, size), outer, size) == pytest.approx(outer)


# Reference


@few
@given(sides, sides, st.sampled_from([0.3, 0.75, 1.0]))
def test_fastai_s_validation_square(fastai, height, width, scale):
    crop = fastai.vision_augment.RandomResizedCropGPU(64, ratio=(1, 1), valid_scale=scale)
    if int(min(height, width) * scale) == 0:
        return  # fastai would make an empty crop; ours keeps one pixel
    crop.before_call(torch.zeros(1, 1, height, width), split_idx=1)
    (top, left), (h, w) = crop.tl, crop.cp_size
    assert valid_box(height, width, scale) == (left, top, left + w, top + h)


@few
@given(sides, sides, sides)
def test_fastai_s_centre_crop(fastai, height, width, size):
    crop = fastai.vision_augment.RandomCrop(size)
    crop.before_call(Image.new("L", (width, height)), split_idx=1)
    box = centre_box(height, width, size)
    assert (box.x1, box.y1) == tuple(crop.tl)
    assert box.width == box.height == size


# Errors


def test_a_mistake_is_named():
    text = "corner_boxes: size must be at most the shorter side, 4, got 5; enlarge the picture first"
    with pytest.raises(RangeError) as caught:
        corner_boxes(4, 9, 5)
    assert str(caught.value) == text
    with pytest.raises(RangeError, match="centre_box: width must be a whole number ≥ 1, got 0"):
        centre_box(4, 0, 2)
    with pytest.raises(RangeError, match=r"valid_box: valid_scale must be a number in \(0, 1\], got 2"):
        valid_box(4, 4, 2)
    with pytest.raises(RangeError, match=r"valid_box: valid_scale must be a number in \(0, 1\], got 0"):
        valid_box(100, 150, 0.0)
    with pytest.raises(RangeError, match="box_within: size must be a whole number ≥ 1, got 0"):
        box_within(Box(0, 0, 1, 1), Box(0, 0, 1, 1), 0)
