"""One picture at any size: the numbers are functional's, and the pixels are those the net sees."""

import numpy as np
import pytest
from PIL import Image

from sota_core.data.pictures.view import presized, squared, valid_view
from sota_core.figures.frames import along, now
from sota_core.figures.resizing import sizes
from sota_core.figures.resizing.plan import LARGE, SMALL
from sota_core.functional.resize import epoch_cost, plan_pixels, plan_seconds
from tests.figures.templates import slots_of

AT = {"size": 128, "side": 178, "loupe": 1, "name": "scallop"}


def test_the_square_is_what_the_nets_view_is_made_of():
    picture = np.random.default_rng(0).integers(0, 256, (180, 261, 3), dtype=np.uint8)
    seen = valid_view(presized(Image.fromarray(picture), 180), 64).transpose(1, 2, 0)
    whole = Image.fromarray(sizes.square(picture))
    assert whole.size == (180, 180)
    np.testing.assert_array_equal(np.asarray(squared(whole, 64, "crop")), seen)


@pytest.mark.parametrize("size", sizes.SIZES)
def test_pixels_share_and_seconds_are_the_maths(size: int):
    shown = now(AT | {"size": size}, sizes.VIEWS)
    assert shown["pixels"] == f"{plan_pixels([(size, 1)]):,}"
    assert shown["share"] == f"{100 * plan_pixels([(size, 1)]) / plan_pixels([(224, 1)]):.0f}\u00a0%"
    seconds = plan_seconds([(size, 1)], *epoch_cost(SMALL, LARGE))
    assert (shown["seconds"], shown["total"]) == (f"{seconds:.0f} s", f"{seconds:.1f}")
    assert shown["per_pixel"] == f"{seconds - epoch_cost(SMALL, LARGE)[0]:.1f}"


def test_the_loupe_s_edges_lie_between_pixels():
    assert sizes.SIZES[0] == 32 and sizes.SIZES[-1] == 224
    assert all(size % (2 * loupe) == 0 for size in sizes.SIZES for loupe in sizes.LOUPES)


def test_sizes_beyond_the_picture_are_called_enlarged():
    column = along(sizes_knob(), AT, sizes.VIEWS)["made_up"]
    assert column == ["hidden" if size <= 178 else "visible" for size in sizes.SIZES]
    assert now(AT, sizes.VIEWS)["most_made_up"] == "visible"
    assert now(AT | {"side": 224}, sizes.VIEWS)["most_made_up"] == "hidden"
    assert now(AT | {"size": 200}, [sizes.told])["said_size"].endswith("200 px, enlarged: more than the file holds")


def test_every_slot_is_filled_and_the_figure_is_said():
    shown = now(AT | {"loupe": 4}, (*sizes.VIEWS, sizes.told))
    assert slots_of(sizes.numbers()) <= set(shown)
    assert shown["said"] == "128 px: 16,384 pixels, 33\u00a0% of those at 224 px; about 30 s an epoch."
    assert shown["said_size"] == "scallop at 128 px, a piece of it enlarged 4 times"


def sizes_knob():
    from pages.parts.resizing.size import KNOB

    return KNOB
