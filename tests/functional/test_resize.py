"""Progressive resizing: pixels and seconds of a plan. Presizing: which part of a picture is seen."""

import random
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sota_core.errors import InputError, RangeError
from sota_core.functional.boxes import Box
from sota_core.functional.resize import (
    RESIZE_METHODS,
    epoch_cost,
    plan_pixels,
    plan_seconds,
    random_crop_box,
    relative_cost,
    resize_box,
)
from sota_core.recipes import Phase

few = settings(max_examples=50, deadline=None)
sides = st.integers(1, 400)
seeds = st.integers(0, 2**32 - 1)
plans = st.lists(st.tuples(st.integers(1, 512), st.integers(1, 20)), min_size=1, max_size=4)


class PythonDraws:
    """Python's `random`, from which fastai draws, with the methods of a NumPy generator."""

    def __init__(self, seed):
        self.draws = random.Random(seed)

    def uniform(self, low, high):
        return self.draws.uniform(low, high)

    def integers(self, low, high):
        return self.draws.randint(low, high - 1)


# By hand


def test_the_pixels_of_the_chapter_s_plan():
    assert plan_pixels([(128, 4), (224, 5)]) == 4 * 128**2 + 5 * 224**2
    assert 224**2 / 128**2 == pytest.approx(3.06, abs=0.005)
    assert relative_cost([(128, 1)], [(224, 1)]) == pytest.approx(1 / 3.0625)


def test_a_recipe_s_phases_count_the_warm_up_epoch_of_fine_tune():
    phases = (Phase(size=128, n_epochs=4), Phase(size=224, n_epochs=5, method="fine_tune"))
    assert plan_pixels(phases) == plan_pixels([(128, 4), (224, 6)])


def test_the_book_s_epochs_split_into_fixed_and_per_pixel():
    """63 s at 224 px and 30 s at 128 are 2.1 times and not 3.06, because 14 s do not depend on the size."""
    fixed_s, rate_s = epoch_cost((128, 30), (224, 63))
    assert fixed_s == pytest.approx(14)
    assert plan_seconds([(128, 1)], fixed_s, rate_s) == pytest.approx(30)
    assert plan_seconds([(128, 4), (224, 5)], fixed_s, rate_s) == pytest.approx(4 * 30 + 5 * 63)


def test_three_boxes_on_a_wide_picture():
    assert resize_box(100, 150, 64, "crop") == Box(25, 0, 125, 100)
    assert resize_box(100, 150, 64, "squish") == Box(0, 0, 150, 100)
    assert resize_box(100, 150, 64, "pad") == Box(0, -25, 150, 125)


def test_training_moves_the_box():
    assert resize_box(100, 150, 64, "crop", (0, 0)) == Box(0, 0, 100, 100)
    assert resize_box(100, 150, 64, "crop", (1, 1)) == Box(50, 0, 150, 100)


# Limits


def test_a_plan_costs_itself():
    assert relative_cost([(64, 3)]) == relative_cost([(64, 1), (64, 2)]) == 1


def test_a_phase_of_no_epoch_costs_nothing():
    assert plan_pixels([(128, 0), (64, 1)]) == 64**2


@pytest.mark.parametrize("method", RESIZE_METHODS)
def test_a_square_picture_is_seen_whole(method):
    assert resize_box(64, 64, 32, method) == Box(0, 0, 64, 64)


def test_a_crop_of_everything_is_the_centred_square(rng):
    assert random_crop_box(100, 150, 1.0, rng) == Box(25, 0, 125, 100)


# Laws


@few
@given(plans, plans)
def test_costs_of_plans_one_after_the_other_add_up(a, b):
    assert plan_pixels(a + b) == plan_pixels(a) + plan_pixels(b)
    assert plan_seconds(a + b, 2.0, 1e-3) == pytest.approx(plan_seconds(a, 2.0, 1e-3) + plan_seconds(b, 2.0, 1e-3))


@few
@given(plans)
def test_no_plan_costs_more_than_all_epochs_at_its_largest_size(plan):
    assert 0 < relative_cost(plan) <= 1


@few
@given(st.floats(0, 100), st.floats(1e-6, 1e-2))
def test_two_measured_epochs_give_back_the_costs_behind_them(fixed_s, rate_s):
    measured = [(size, plan_seconds([(size, 1)], fixed_s, rate_s)) for size in (128, 224)]
    assert epoch_cost(*measured) == pytest.approx((fixed_s, rate_s), rel=1e-6, abs=1e-6)


@few
@given(seeds, sides, sides, st.floats(0.08, 1))
def test_a_random_crop_lies_inside_and_the_seed_fixes_it(seed, height, width, min_scale):
    box = random_crop_box(height, width, min_scale, np.random.default_rng(seed), 1.0, (3 / 4, 4 / 3))
    assert 0 <= box.x1 <= box.x2 <= width and 0 <= box.y1 <= box.y2 <= height
    assert box == random_crop_box(height, width, min_scale, np.random.default_rng(seed), 1.0, (3 / 4, 4 / 3))


@few
@given(sides, sides, st.integers(1, 300))
def test_crop_lies_inside_and_pad_around_the_picture(height, width, size):
    crop, pad = (resize_box(height, width, size, method) for method in ("crop", "pad"))
    assert 0 <= crop.x1 and crop.x2 <= width and 0 <= crop.y1 and crop.y2 <= height
    # int() may cut one pixel off the square, as in fastai
    assert pad.width >= width - 1 and pad.height >= height - 1
    assert crop.width == crop.height and pad.width == pad.height


# Reference


@few
@given(sides, sides, st.integers(1, 300), st.sampled_from(RESIZE_METHODS), st.sampled_from([None, 1, 2, 3]))
def test_fastai_s_resize_sees_the_same_box(fastai, height, width, size, method, seed):
    """Runs the real transform on an image that only records how it is cropped."""
    asked = {}

    class Picture(Image.Image):
        def crop_pad(self, sz, tl, **_):
            asked["box"] = (tl[0], tl[1], tl[0] + sz[0], tl[1] + sz[1])
            return self

    picture = Picture()
    picture._size = (width, height)
    resize = fastai.vision_augment.Resize(size, method=method)
    resize.pcts = (0.5, 0.5)
    if seed is not None:
        resize.pcts = tuple(random.Random(seed).random() for _ in range(2))
    resize.encodes(picture)
    assert resize_box(height, width, size, method, resize.pcts) == asked["box"]


@few
@given(
    seeds, sides, sides, st.sampled_from([(0.75, 1.0), (0.08, 1.0), (0.3, 0.5)]), st.sampled_from([(1, 1), (0.5, 2)])
)
def test_fastai_s_random_crop_from_the_same_draws(fastai, seed, height, width, scales, ratio):
    min_scale, max_scale = scales
    crop = fastai.vision_augment.RandomResizedCropGPU(64, min_scale=min_scale, ratio=ratio, max_scale=max_scale)
    state = random.getstate()
    try:
        random.seed(seed)
        crop.before_call(torch.zeros(1, 1, height, width), split_idx=0)
    finally:
        random.setstate(state)
    (top, left), (h, w) = crop.tl, crop.cp_size
    box = random_crop_box(height, width, min_scale, PythonDraws(seed), max_scale, ratio)  # type: ignore[arg-type]
    assert box == (left, top, left + w, top + h)


# Statistics


def test_the_area_of_random_crops_is_uniform_between_its_bounds(rng):
    # In a square picture every draw fits: mean (.75 + 1)/2, standard deviation .25/√12 = .072, 4 standard errors 4 ·
    # .072/√4000 = .0046. Rounding the side of 1,000 px to whole pixels changes the area by .001 at most.
    shares = [random_crop_box(1000, 1000, 0.75, rng).area / 1e6 for _ in range(4000)]
    assert np.mean(shares) == pytest.approx(0.875, abs=0.0056)
    assert min(shares) >= 0.749 and max(shares) <= 1


# Errors


RNG = np.random.default_rng(0)
mistakes = [
    (plan_pixels, InputError, ([],), "phases must hold at least one phase, got none"),
    (plan_pixels, InputError, ([128],), "each phase must be (size, epochs) or have size and n_epochs, got 128"),
    (
        plan_pixels,
        InputError,
        ([SimpleNamespace(size=1)],),
        "each phase must be (size, epochs) or have size and n_epoc",
    ),
    (plan_pixels, RangeError, ([(0, 1)],), "size must be a whole number ≥ 1, got 0"),
    (plan_pixels, RangeError, ([(64, -1)],), "n_epochs must be a whole number ≥ 0, got -1"),
    (relative_cost, RangeError, ([(64, 1)], [(64, 0)]), "the fixed plan must have at least one epoch, got none"),
    (epoch_cost, RangeError, ((64, 1), (64, 2)), "the two sizes must differ, got 64 twice"),
    (epoch_cost, RangeError, ((64, 0), (128, 2)), "small's seconds must be a number in (0, inf), got 0"),
    (plan_seconds, RangeError, ([(64, 1)], float("nan"), 1), "fixed_s must be a number in"),
    (resize_box, InputError, (4, 4, 2, "stretch"), "method must be one of crop, squish, pad, got 'stretch'"),
    (resize_box, RangeError, (4, 4, 2, "crop", (2, 0)), "pcts must be a number in [0, 1], got 2"),
    (random_crop_box, RangeError, (4, 4, 2, RNG), "min_scale must be a number in (0, 1], got 2"),
    (random_crop_box, RangeError, (4, 4, 0.5, RNG, 0.4), "min_scale must be a number in (0, 0.4], got 0.5"),
    (random_crop_box, RangeError, (4, 4, 0, RNG), "min_scale must be a number in (0, 1], got 0"),
    (random_crop_box, RangeError, (4, 4, 0, RNG, 0), "max_scale must be a number in (0, 1], got 0"),
    (random_crop_box, RangeError, (4, 4, 0.5, RNG, 1, (2, 1)), "ratio must rise, got (2, 1); did you mean (1, 2)?"),
    (random_crop_box, InputError, (4, 4, 0.5, 7), "rng must be a numpy.random.Generator, got int"),
]


@pytest.mark.parametrize(("function", "error", "arguments", "text"), mistakes)
def test_a_mistake_is_named(function, error, arguments, text):
    with pytest.raises(error) as caught:
        function(*arguments)
    assert str(caught.value).startswith(f"{function.__name__}: {text}")
