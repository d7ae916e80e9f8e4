"""One picture at several sizes: honest pixels, honest counts."""

import numpy as np
from PIL import Image

from sota_core.data.pictures.view import presized, valid_view
from sota_core.figures.resizing.sizes import SIDE, SIZES, sized_views


def picture(height: int = 180, width: int = 260) -> np.ndarray:
    return np.random.default_rng(0).integers(0, 256, (height, width, 3), dtype=np.uint8)


def test_a_tile_is_the_nets_view_with_every_pixel_a_square():
    view = sized_views(picture(), (64,))[0]
    seen = valid_view(presized(Image.fromarray(picture()), 180), 64).transpose(1, 2, 0)
    assert view.tile.shape == (SIDE, SIDE, 3)
    np.testing.assert_array_equal(view.tile, seen.repeat(7, axis=0).repeat(7, axis=1))  # 448 = 7 · 64


def test_the_loupe_shows_the_middle_and_invents_no_colour():
    whole, close = (sized_views(picture(), (64,), loupe)[0].tile for loupe in (1, 4))
    middle = whole[SIDE * 3 // 8 : SIDE * 5 // 8, SIDE * 3 // 8 : SIDE * 5 // 8]
    colours = {tuple(c) for c in close.reshape(-1, 3)}
    assert colours == {tuple(c) for c in middle.reshape(-1, 3)} and len(colours) == 16 * 16


def test_pixels_and_shares_are_of_the_largest_size():
    views = sized_views(picture())
    assert [v.size for v in views] == list(SIZES)
    assert [v.pixels for v in views] == [s * s for s in SIZES]
    assert [round(v.share, 3) for v in views] == [0.082, 0.184, 0.327, 0.51, 0.735, 1.0]


def test_sizes_beyond_the_picture_are_called_enlarged():
    assert [v.is_invented for v in sized_views(picture(180, 260))] == [False] * 4 + [True] * 2
    assert not any(v.is_invented for v in sized_views(picture(224, 300)))
