"""Presizing's boxes at every value of the controls: those of one draw, in their place over the picture."""

import re

import numpy as np
import pytest

from sota_core.figures.boxes import backdrop, frame_of
from sota_core.figures.frames import along, now
from sota_core.figures.resizing import presizing_views as views
from sota_core.figures.resizing.presizing import in_words, presize
from sota_core.functional.boxes import Box
from tests.figures.templates import slots_of

AT = {"height": 300, "width": 400, "size": 460, "method": "crop", "seed": 5, "min_scale": 0.75, "n_crops": 4}


def box_of(path: str, frame: Box) -> list[float]:
    """Left, top, right and bottom of a rectangle's path, in pixels of the picture."""
    corners = np.array([int(text) for text in re.findall(r"-?\d+", path)]).reshape(-1, 2).cumsum(axis=0) / 1000
    assert path.endswith("z") and len(corners) == 4
    (left, top), (right, bottom) = corners.min(axis=0), corners.max(axis=0)
    return [
        frame.x1 + left * frame.width, frame.y1 + top * frame.height,
        frame.x1 + right * frame.width, frame.y1 + bottom * frame.height,
    ]  # fmt: skip


@pytest.mark.parametrize("method", ["crop", "squish", "pad"])
@pytest.mark.parametrize("min_scale", views.MIN_SCALES[::23])
def test_every_box_lies_where_the_draw_puts_it(method: str, min_scale: float) -> None:
    shown = now(AT | {"method": method, "min_scale": min_scale}, views.VIEWS)
    drawn = presize(300, 400, size=460, method=method, min_scale=min_scale, n_crops=8, seed=5)
    frame = Box(0, -100, 400, 400) if method == "pad" else Box(0, 0, 400, 300)
    for slot, box in (("first_d", drawn.first), ("valid_d", drawn.valid)):
        assert box_of(shown[slot], frame) == pytest.approx(list(box), abs=0.5)
    for k, crop in enumerate(drawn.crops, start=1):
        assert box_of(shown[f"crop{k}_d"], frame) == pytest.approx(list(crop), abs=0.5)
    assert (shown["inside"], shown["padded"]) == (("none", "boxed") if method == "pad" else ("boxed", "none"))


@pytest.mark.parametrize("min_scale", views.MIN_SCALES[::23])
def test_no_crop_is_smaller_than_the_least_that_is_named(min_scale: float) -> None:
    shown = now(AT | {"min_scale": min_scale}, views.VIEWS)
    least, least_side = float(shown["least"].split()[0]), int(shown["least_side"])
    shares = [float(text.split()[0]) for text in shown["shares"].split(", ")]
    assert len(shares) == 4 and all(least - 1 <= share <= 100 for share in shares)
    assert least_side**2 / 460**2 == pytest.approx(min_scale, abs=0.003)


def test_from_step_to_step_a_box_glides() -> None:
    """All values of min_scale share one draw, so that a hundredth of the area moves no edge by more than a few
    pixels.
    """
    frame, last = Box(0, 0, 400, 300), None
    for step in views.MIN_SCALES:
        box = np.array(box_of(views.crops(300, 400, 460, "crop", 5, step)["crop1_d"], frame))
        assert last is None or np.abs(box - last).max() < 8
        last = box


@pytest.mark.parametrize("n", views.NS)
def test_as_many_crops_are_shown_as_are_asked_for(n: int) -> None:
    shown = now(AT | {"n_crops": n}, views.VIEWS)
    assert [k for k in views.NS if shown[f"crop{k}_seen"] == "visible"] == list(range(1, n + 1))
    assert len(shown["shares"].split(", ")) == n
    alone = presize(300, 400, size=460, method="crop", min_scale=0.75, n_crops=n, seed=5)
    assert views.told(**AT | {"n_crops": n})["said_boxes"] == in_words(alone)


def test_a_crop_s_scale_moves_no_square() -> None:
    from pages.parts.resizing.presizing import KNOBS

    moved = {knob.name: set(along(knob, AT, views.VIEWS)) for knob in KNOBS}
    assert moved["min_scale"] == {*(f"crop{k}_d" for k in views.NS), "least", "least_side", "shares"}
    assert moved["n_crops"] == {*(f"crop{k}_seen" for k in views.NS[1:]), "shares"}


def test_every_slot_of_the_template_is_filled() -> None:
    filled = set(now(AT, (*views.VIEWS, views.told))) | {"src_inside", "src_padded", "most", "most_padded"}
    assert slots_of(views.boxes()) <= filled


def test_a_frame_holds_the_picture_and_its_boxes_and_what_is_outside_is_pale() -> None:
    frame = frame_of(300, 400, [Box(0, -50, 400, 350)])
    assert frame == Box(0, -50, 400, 350) and frame_of(300, 400, [Box(10, 10, 20, 20)]) == Box(0, 0, 400, 300)
    shown = backdrop(np.zeros((300, 400, 3), np.uint8), frame, 200)
    assert shown.shape == (200, 200, 3)
    assert shown[100].max() == 0 and shown[5].min() > 100
