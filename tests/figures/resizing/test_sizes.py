"""One picture at several sizes: honest pixels, honest counts."""

import numpy as np
from PIL import Image

from sota_core.data.pictures.view import presized, valid_view
from sota_core.figures.resizing.sizes import LOUPES, SIZES, sized_views


def picture(height: int = 180, width: int = 260) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_tile_is_the_nets_view():
    view = sized_views(picture(), (64,))[0]
    seen = valid_view(presized(Image.fromarray(picture()), 180), 64).transpose(1, 2, 0)
    np.testing.assert_array_equal(view.tile, seen)


def test_the_loupe_shows_the_middle_of_it():
    assert all(size % (2 * loupe) == 0 for size in SIZES for loupe in LOUPES)  # the middle lies between pixels
    whole, close = (sized_views(picture(), (64,), loupe)[0].tile for loupe in (1, 4))
    np.testing.assert_array_equal(close, whole[24:40, 24:40])


def test_pixels_and_shares_are_of_the_largest_size():
    views = sized_views(picture())
    assert [v.size for v in views] == list(SIZES)
    assert [v.pixels for v in views] == [s * s for s in SIZES]
    assert [round(v.share, 3) for v in views] == [0.082, 0.184, 0.327, 0.51, 0.735, 1.0]


def test_sizes_beyond_the_picture_are_called_enlarged():
    assert [v.is_invented for v in sized_views(picture(180, 260))] == [False] * 4 + [True] * 2
    assert not any(v.is_invented for v in sized_views(picture(224, 300)))
