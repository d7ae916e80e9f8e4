"""CutMix: the box, the pictures, the λ that remains."""

import numpy as np
import pytest
import torch
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sota_core.errors import InputError, RangeError, ShapeError
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, cutmix_images, place_box, sample_box
from sota_core.functional.mixup import mix_targets
from sota_core.functional.smoothing import one_hot, soft_cross_entropy

few = settings(max_examples=50, deadline=None)
sides = st.integers(1, 60)
seeds = st.integers(0, 2**32 - 1)


class Centre:
    """A stand-in for a generator that draws this centre."""

    def __init__(self, x, y):
        self.left = [x, y]

    def integers(self, low, high):
        assert low <= self.left[0] < high
        return self.left.pop(0)

    def uniform(self, low, high):
        raise AssertionError("CutMix draws whole pixels only")


# By hand


def test_a_box_in_the_middle():
    # √(1 − .75) = ½ of 8 × 12: 4 high and 6 wide, around (6, 4)
    assert sample_box(0.75, 8, 12, Centre(6, 4)) == Box(3, 2, 9, 6)
    assert box_lam(Box(3, 2, 9, 6), 8, 12) == 0.75


def test_a_box_at_the_corner_is_clipped():
    box = sample_box(0.75, 8, 12, Centre(0, 0))
    assert box == Box(0, 0, 3, 2)
    assert box_lam(box, 8, 12) == 1 - 6 / 96


def test_odd_sides_are_halved_downwards():
    # round(10 · √.09) = 3, whose half is rounded down to 1: two pixels wide, not three
    assert sample_box(0.91, 10, 10, Centre(5, 5)) == Box(4, 4, 6, 6)


def test_the_box_is_cut_from_the_partner(make):
    x = make([[[[1, 1, 1], [1, 1, 1]]], [[[2, 2, 2], [2, 2, 2]]]])
    mixed = cutmix_images(x, Box(1, 0, 3, 1), make([1, 0]))
    assert mixed.tolist() == [[[[1, 2, 2], [1, 1, 1]]], [[[2, 1, 1], [2, 2, 2]]]]


def test_a_box_can_be_placed_where_one_is_drawn():
    assert place_box(0.75, 8, 12, 6, 4) == sample_box(0.75, 8, 12, Centre(6, 4))
    assert place_box(0.75, 8, 12, 11, 7) == Box(8, 5, 12, 8)


@pytest.mark.parametrize(("x", "y"), [(12, 4), (6, 8), (-1, 4), (0.5, 4)])
def test_a_box_s_centre_is_a_pixel(x, y):
    text_of(InputError, place_box, 0.75, 8, 12, x, y)


# Limits


def test_lam_one_cuts_nothing(rng):
    box = sample_box(1, 8, 8, rng)
    assert box.area == 0
    x = rng.normal(size=(3, 1, 8, 8))
    assert np.array_equal(cutmix_images(x, box, [2, 0, 1]), x)


def test_lam_zero_around_the_middle_takes_the_partner():
    box = sample_box(0, 8, 8, Centre(4, 4))
    assert box == Box(0, 0, 8, 8)
    x = np.arange(2.0 * 64).reshape(2, 1, 8, 8)
    assert np.array_equal(cutmix_images(x, box, [1, 0]), x[[1, 0]])


def test_a_single_pixel(rng):
    assert sample_box(0.5, 1, 1, rng).area == 0  # round(.71) = 1, half of it rounded down: 0


# Laws


@few
@given(seeds, st.floats(0, 1), sides, sides)
def test_the_box_stays_inside_and_the_seed_fixes_it(seed, lam, height, width):
    box = sample_box(lam, height, width, np.random.default_rng(seed))
    assert 0 <= box.x1 <= box.x2 <= width and 0 <= box.y1 <= box.y2 <= height
    assert box == sample_box(lam, height, width, np.random.default_rng(seed))


@few
@given(seeds, st.floats(0, 1), sides, sides)
def test_the_share_of_own_pixels_is_box_lam(seed, lam, height, width):
    box = sample_box(lam, height, width, np.random.default_rng(seed))
    x = np.stack([np.zeros((1, height, width)), np.ones((1, height, width))])
    mixed = cutmix_images(x, box, [1, 0])
    assert 1 - mixed[0].mean() == pytest.approx(box_lam(box, height, width))
    assert mixed[1].mean() == pytest.approx(box_lam(box, height, width))


# Reference


@few
@given(seeds, st.floats(0, 1, width=32), sides, sides)
@example(0, 0.51, 85, 85)  # √.49 · 85 = 59.5: float32 and float64 round it differently
def test_fastai_s_box_from_the_same_draws(fastai, seed, lam, height, width):
    class OnCpu(fastai.callback_mixup.CutMix):
        x = torch.zeros(1)  # rand_bbox asks the batch for its device

    torch.manual_seed(seed)
    x1, y1, x2, y2 = OnCpu().rand_bbox(width, height, torch.tensor([lam]))
    torch.manual_seed(seed)
    centre = Centre(*(torch.randint(0, side, (1,)).item() for side in (width, height)))
    assert sample_box(lam, height, width, centre) == (x1.item(), y1.item(), x2.item(), y2.item())


def test_fastai_s_cutmix_makes_the_same_batch_and_the_same_loss(fastai, learner_of):
    n, seen = 16, {}

    class Recorded(fastai.callback_mixup.CutMix):
        def rand_bbox(self, W, H, lam):
            seen["box"] = super().rand_bbox(W, H, lam)
            return seen["box"]

    class Watch(fastai.callback_core.Callback):
        order = fastai.callback_mixup.CutMix.order + 1
        run_valid = False

        def before_batch(self):
            seen.update(x=self.xb[0].clone(), lam=self.recorded.lam.clone(), partner=self.recorded.yb1[0].clone())

        def after_loss(self):
            seen.update(logits=self.pred.detach().clone(), loss=self.loss_grad.detach().clone())

    x, labels = torch.randn(n, 3, 9, 13), torch.arange(n)
    items = list(zip(x.clone(), labels, strict=True))
    learner = learner_of(items, n, fastai.losses.CrossEntropyLossFlat(), [Recorded(1.0), Watch()])
    with learner.no_bar(), learner.no_logging():
        learner.fit(1)

    box = Box(*(int(edge) for edge in seen["box"]))
    assert 0 < box.area < 9 * 13
    torch.testing.assert_close(cutmix_images(x, box, seen["partner"]), seen["x"], rtol=0, atol=0)
    lam = box_lam(box, 9, 13)
    assert lam == pytest.approx(seen["lam"].item(), abs=1e-6)  # fastai computes in float32
    targets = mix_targets(one_hot(labels, n), lam, seen["partner"])
    torch.testing.assert_close(soft_cross_entropy(seen["logits"], targets).mean(), seen["loss"])


# Statistics


def test_the_centre_is_uniform(rng):
    # A box of 2 × 2 around a centre away from the border: 5,000 draws of x and y in 0 … 31. The standard deviation of
    # one is 32/√12 = 9.2, that of the mean .13; .6 is more than 4 of them.
    boxes = [sample_box(1 - (2 / 32) ** 2, 32, 32, rng) for _ in range(5000)]
    assert np.mean([b.x2 - 1 for b in boxes]) == pytest.approx(15.5, abs=0.6)
    assert np.mean([b.y2 - 1 for b in boxes]) == pytest.approx(15.5, abs=0.6)


# Kinds and types


def test_pixels_of_any_type_stay_as_they_are():
    x = np.arange(8, dtype=np.uint8).reshape(2, 1, 2, 2)
    assert cutmix_images(x, (0, 0, 1, 1), [1, 0]).dtype == np.uint8


def test_one_lam_may_be_fastai_s_tensor_of_one():
    assert sample_box(torch.tensor([0.75]), 8, 12, Centre(6, 4)) == Box(3, 2, 9, 6)  # type: ignore[arg-type]


# Errors


def text_of(error, function, *arguments):
    with pytest.raises(error) as caught:
        function(*arguments)
    return str(caught.value)


def test_one_lam_per_picture_is_refused(rng):
    text = text_of(ShapeError, sample_box, [0.5, 0.5], 8, 8, rng)
    assert text == "sample_box: lam must be one number for the whole batch, got shape (2,); did you mean lam[0]?"


def test_what_is_out_of_range_is_named(rng):
    assert text_of(RangeError, sample_box, 1.5, 8, 8, rng) == "sample_box: lam must lie in [0, 1], got 1.5"
    assert text_of(RangeError, sample_box, 0.5, 0, 8, rng) == "sample_box: height must be a whole number ≥ 1, got 0"
    text = text_of(RangeError, box_lam, (0, 0, 8, 4), 8, 4)
    assert text == (
        "box_lam: box must lie inside the picture of height 8 and width 4, got (x1, y1, x2, y2) = (0, 0, 8, 4); "
        "did you swap x and y?"
    )
    assert "partner must lie in [0, B) = [0, 2), got 2" in text_of(
        RangeError, cutmix_images, np.zeros((2, 1, 4, 4)), (0, 0, 1, 1), [0, 2]
    )


def test_wrong_shapes_are_named():
    text = text_of(ShapeError, cutmix_images, np.zeros((1, 4, 4)), (0, 0, 1, 1), [0])
    assert text == "cutmix_images: x must have shape (B, C, H, W), got (1, 4, 4); did you mean x[None]?"
    text = text_of(ShapeError, cutmix_images, np.zeros((1, 1, 4, 4)), (0, 0, 1), [0])
    assert text == "cutmix_images: box must be (x1, y1, x2, y2), got 3 numbers"


def test_a_seed_is_not_a_generator():
    assert "rng must be a numpy.random.Generator, got int" in text_of(InputError, sample_box, 0.5, 8, 8, 0)
