"""Views made for a page are those that training makes: the same numbers give the same picture as the loader's
tensors.
"""

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.view import corner_view_boxes, presized
from sota_core.data.sample import sample
from sota_core.functional.tta import corner_crops
from sota_core.inference import views as ours


@pytest.fixture(scope="module")
def picture() -> Image.Image:
    return Image.fromarray(sample.draw("lighthouse", "val", 3))


def numbers(n: int) -> np.ndarray:
    return np.random.default_rng(5).random((n, 19))


def test_the_same_numbers_give_the_same_geometry_and_light_as_the_loader() -> None:
    augment = pytest.importorskip("sota_core.data.loading.augment")
    import torch

    u = numbers(200)
    theirs = torch.from_numpy(u.astype(np.float32))
    mine = [ours.Draw.at(row) for row in u]
    np.testing.assert_allclose(
        np.stack([d.homography() for d in mine]), augment.homographies(theirs).numpy(), atol=2e-5
    )
    factor, shift = augment.lighting(theirs)
    np.testing.assert_allclose([d.contrast for d in mine], factor.numpy(), atol=2e-6)
    np.testing.assert_allclose([d.shift for d in mine], shift.numpy(), atol=2e-5)


def test_the_same_numbers_give_the_same_pixels_as_the_loader(picture: Image.Image) -> None:
    augment = pytest.importorskip("sota_core.data.loading.augment")
    import torch

    size, side = 48, augment.working_side(48, 160)
    wanted = ours.Draw.at(numbers(1)[0])
    square = np.asarray(ours._square(presized(picture, 160).image, side, "crop", wanted.place))
    x = torch.from_numpy(square.transpose(2, 0, 1)[None].astype(np.float32))
    matrix = torch.from_numpy(wanted.homography()[None].astype(np.float32))
    x = augment.sampled(x, matrix, size).div_(255)
    x = augment.lit(x, torch.tensor([wanted.contrast]).float(), torch.tensor([wanted.shift]).float())
    mine = ours.augmented_views(presized(picture, 160), size, "crop", [wanted])
    # float32 against float64 sampling points: a fiftieth of a grey level where the picture is steep
    np.testing.assert_allclose(mine, x.numpy(), atol=2e-3)


def test_the_neutral_view_is_the_picture_reduced() -> None:
    still = ours.Draw(0.5, False, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0)
    plain = Image.fromarray(np.random.default_rng(0).integers(0, 255, (32, 32, 3), dtype=np.uint8))
    view = ours.augmented_views(presized(plain, 32), 32, "crop", [still])[0]
    np.testing.assert_allclose(view.transpose(1, 2, 0) * 255, np.asarray(plain), atol=1e-3)


@pytest.mark.parametrize("strength", ours.STRENGTHS)
def test_a_strength_stretches_every_range_alike(strength: float) -> None:
    rotate, warp, light = (strength * limit for limit in (ours.MAX_ROTATE_DEG, ours.MAX_WARP, ours.MAX_LIGHTING))
    drawn = [ours.Draw.at(row, strength) for row in numbers(400)]
    reach = {name: max(abs(getattr(d, name)) for d in drawn) for name in ("rotate", "warp_x", "warp_y")}
    for name, limit in (("rotate", rotate), ("warp_x", warp), ("warp_y", warp)):
        assert 0.9 * limit <= reach[name] <= limit
    assert max(d.zoom for d in drawn) <= ours.max_zoom(strength)
    assert min(d.side for d in drawn) ** 2 >= ours.min_scale(strength) - 1e-9
    assert max(d.contrast for d in drawn) <= 1 / (1 - light) + 1e-9


def test_at_strength_0_every_view_is_the_plain_one() -> None:
    still = ours.Draw(0.5, False, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0)
    for row in numbers(50):
        drawn = ours.Draw.at(row, 0.0)
        np.testing.assert_allclose(drawn.homography(), still.homography(), atol=1e-12)
        assert (drawn.contrast, drawn.shift, drawn.place, drawn.is_flipped) == (1.0, 0.0, 0.5, False)


def test_the_same_view_is_taken_further_by_more_strength() -> None:
    for row in numbers(50):
        turned = [abs(ours.Draw.at(row, s).rotate) for s in ours.STRENGTHS]
        sides = [ours.Draw.at(row, s).side for s in ours.STRENGTHS]
        assert turned == sorted(turned) and sides == sorted(sides, reverse=True)


def test_a_mirrored_view_is_the_mirror_image() -> None:
    flip = ours.Draw(0.5, True, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0)
    still = ours.Draw(0.5, False, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0)
    plain = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 40, 3), dtype=np.uint8))
    a, b = ours.augmented_views(presized(plain, 40), 24, "squish", [flip, still])
    np.testing.assert_allclose(a, b[..., ::-1], atol=1e-6)


@pytest.mark.parametrize("resize", ["crop", "squish", "pad"])
def test_views_are_floats_in_zero_to_one_of_the_size_asked_for(picture: Image.Image, resize: str) -> None:
    found = ours.augmented_views(presized(picture, 128), 64, resize, ours.draws(3, seed=1))
    assert found.shape == (3, 3, 64, 64) and found.dtype == np.float32
    assert 0 <= found.min() and found.max() <= 1 and np.isfinite(found).all()


def test_a_view_depends_on_the_seed_and_its_own_number_alone() -> None:
    assert ours.draws(4, seed=7)[:2] == ours.draws(2, seed=7)
    assert ours.draws(2, seed=7) != ours.draws(2, seed=8)
    assert len(set(ours.draws(50, seed=0))) == 50


def test_the_draws_keep_the_ranges_of_the_chapter() -> None:
    many = ours.draws(2000, seed=0)
    assert all(abs(d.rotate) <= 10 and 1 <= d.zoom <= 1.1 and 0.75 <= d.side**2 <= 1 for d in many)
    # 2,000 draws with probability p: four standard errors are below .045
    assert np.mean([d.is_flipped for d in many]) == pytest.approx(0.5, abs=0.045)
    assert np.mean([d.rotate != 0 for d in many]) == pytest.approx(0.75, abs=0.04)
    assert np.mean([d.contrast != 1 for d in many]) == pytest.approx(0.75, abs=0.04)


def test_corner_views_are_the_corner_crops_brought_to_the_size(picture: Image.Image) -> None:
    box = corner_view_boxes(picture.height, picture.width)[0]
    assert int(box.width) == round(ours.MIN_SCALE**0.5 * min(picture.size))
    chw = np.asarray(picture).transpose(2, 0, 1)
    expected = [
        np.asarray(Image.fromarray(crop.transpose(1, 2, 0)).resize((64, 64), Image.Resampling.BILINEAR))
        for crop in corner_crops(chw, int(box.width))
    ]
    found = ours.corner_views(presized(picture, 400), 64)
    np.testing.assert_array_equal(found.transpose(0, 2, 3, 1), np.stack(expected))


def test_a_caption_names_what_one_can_see() -> None:
    assert ours.Draw(0.5, True, 0, 0, -4.2, 1.1, 0, 0, 0.9, 0, 0, 1, 0).words() == "mirrored, −4°, ×1.22"
    assert ours.Draw(0.5, False, 0, 0, 0, 1, 0, 0, 1, 0, 0, 1, 0).words() == "×1.00"
