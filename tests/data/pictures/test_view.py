"""The plain view on a page is the same as in training."""

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops
from sota_core.data.pictures.view import (
    MOST_PADDED,
    fastai_view,
    load_presized,
    padded,
    presized,
    squared,
    valid_view,
)
from sota_core.errors import InputError
from sota_core.functional.boxes import valid_box


def noise(width: int, height: int, seed: int = 0) -> Image.Image:
    return Image.fromarray(np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8))


def test_a_constant_picture_stays_constant():
    view = valid_view(presized(Image.new("RGB", (90, 70), (10, 20, 30)), 40), 24, "pad")
    assert view.shape == (3, 24, 24) and view.dtype == np.uint8
    assert [set(np.unique(c)) for c in view] == [{10}, {20}, {30}]


def test_a_square_of_the_right_side_is_left_alone():
    image = noise(32, 32)
    assert np.array_equal(valid_view(presized(image, 32), 32), np.asarray(image).transpose(2, 0, 1))


@pytest.mark.parametrize(("width", "height"), [(160, 120), (120, 160), (97, 224)])
@pytest.mark.parametrize("size", [32, 64, 150])
def test_it_is_torchs_antialiased_view_to_one_grey_level(width, height, size):
    image = noise(width, height)
    box = valid_box(height, width)
    x = torch.from_numpy(np.array(image)).permute(2, 0, 1)[None, :, box.y1 : box.y2, box.x1 : box.x2]
    wanted = F.interpolate(x.float(), (size, size), mode="bilinear", antialias=True)[0].numpy()
    # Pillow rounds twice, once for each direction: half a grey level each time
    assert np.abs(valid_view(presized(image, 400), size).astype(float) - wanted).max() <= 1.01


@pytest.mark.parametrize(("presize", "size"), [(96, 64), (128, 48), (64, 64), (40, 56), (200, 33)])
def test_it_is_the_square_that_fastai_samples_to_half_a_grey_level(presize, size):
    ensure_torchvision_ops()
    from fastai.vision.augment import TensorImage  # this module adds affine_coord to it

    rng = np.random.default_rng(5)
    picture = presized(Image.fromarray(rng.integers(0, 256, (presize, presize, 3), dtype=np.uint8)), presize)
    x = torch.tensor(np.asarray(picture)).permute(2, 0, 1)[None].float()
    expected = TensorImage(x).affine_coord(sz=size)[0]  # pyright: ignore[reportAttributeAccessIssue]
    view = fastai_view(picture, size)
    assert view.shape == (3, size, size) and view.dtype == np.uint8
    assert np.abs(view - np.asarray(expected)).max() < 0.51


def test_presizing_never_enlarges():
    assert presized(noise(30, 20), 50).size == (30, 20)
    assert presized(noise(300, 200), 50).size == (75, 50)


def test_padding_mirrors_and_shares_out_the_rest():
    row = np.arange(5, dtype=np.uint8)
    pixels = np.repeat(row[None, :, None], 3, axis=2) * np.ones((3, 1, 1), np.uint8)
    assert padded(pixels).shape == (5, 5, 3)
    column = np.arange(3, dtype=np.uint8)[:, None, None] * np.ones((1, 5, 3), np.uint8)
    assert padded(column, 0.5)[:, 0, 0].tolist() == [1, 0, 1, 2, 1]
    assert padded(column, 0.0)[:, 0, 0].tolist() == [0, 1, 2, 1, 0]
    assert padded(column, 0.99)[:, 0, 0].tolist() == [1, 0, 1, 2, 1]


def test_a_very_long_picture_is_filled_up_within_bounds():
    """A visitor's file of a few kilobytes may hold 12,000 × 100 px; padding it to a square took a gigabyte."""
    stripes = np.repeat(np.uint8([[[0] * 3], [[200] * 3]]), 3 * MOST_PADDED, axis=1)  # two rows
    for pixels in (stripes, stripes.transpose(1, 0, 2)):
        found = padded(pixels)
        assert found.shape == (MOST_PADDED, MOST_PADDED, 3) and found.any()
    kept = np.arange(3 * MOST_PADDED, dtype=np.uint8).reshape(1, MOST_PADDED, 3)
    assert np.array_equal(padded(kept)[MOST_PADDED // 2], kept[0]), (
        "a picture of exactly that length must keep its pixels"
    )


def test_an_unknown_resize_names_the_known_ones():
    with pytest.raises(InputError, match="crop, squish, pad"):
        squared(noise(8, 8), 4, "stretch")


def test_draft_decoding_makes_no_visible_difference(tmp_path):
    path = tmp_path / "large.jpg"
    noise(40, 30).resize((1600, 1200), Image.Resampling.BICUBIC).save(path, quality=95)
    quick = np.asarray(load_presized(path, 100)).astype(float)
    with Image.open(path) as image:
        full = np.asarray(presized(image.convert("RGB"), 100)).astype(float)
    assert quick.shape == full.shape == (100, 133, 3)
    assert np.abs(quick - full).mean() < 1 and np.abs(quick - full).max() <= 6
