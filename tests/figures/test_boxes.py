"""Boxes are drawn in their place on the picture, and what padding adds is shown as added."""

import numpy as np
import pytest

from sota_core.figures.boxes import Outline, backdrop, outlined
from sota_core.figures.palette import ROLES
from sota_core.figures.resizing.presizing import surroundings
from sota_core.functional.boxes import Box
from sota_core.functional.resize import resize_box

GREY = np.full((100, 200, 3), 90, np.uint8)


def rgb(role: str) -> np.ndarray:
    value = ROLES[role].light
    return np.array([int(value[i : i + 2], 16) for i in (1, 3, 5)])


def at(picture: np.ndarray, x: float, y: float) -> np.ndarray:
    return picture[round(y), round(x)]


def test_a_box_is_drawn_along_its_edges_and_nowhere_else() -> None:
    found = outlined(GREY, [Outline(Box(50, 0, 150, 100), "valid")], width=400)
    assert found.shape == (200, 400, 3)
    np.testing.assert_array_equal(at(found, 100, 100), rgb("valid"))
    np.testing.assert_array_equal(at(found, 200, 100), [90, 90, 90])
    np.testing.assert_array_equal(at(found, 20, 100), [90, 90, 90])


def test_a_dashed_box_has_gaps_and_a_solid_one_has_none() -> None:
    def share(dash: tuple[int, ...]) -> float:
        found = outlined(GREY, [Outline(Box(50, 0, 150, 100), "valid", dash)], width=400)
        return float((found[5:195, 100] == rgb("valid")).all(1).mean())

    assert share(()) == 1.0
    assert 0.3 < share((10, 10)) < 0.8


def test_padding_is_shown_pale_around_the_picture() -> None:
    box = resize_box(100, 200, 64, "pad")
    found = outlined(GREY, [Outline(box, "picture_a")], width=400)
    assert found.shape == (400, 400, 3)
    np.testing.assert_array_equal(at(found, 200, 200), [90, 90, 90])
    assert (at(found, 200, 30) > 130).all()


def test_the_picture_itself_is_left_alone() -> None:
    before = GREY.copy()
    outlined(GREY, [Outline(Box(0, 0, 50, 50), "train")])
    np.testing.assert_array_equal(GREY, before)


@pytest.mark.parametrize(("height", "width"), [(100, 12_000), (12_000, 100), (2, 3_000)])
def test_a_very_long_picture_is_drawn_within_bounds(height: int, width: int) -> None:
    """A visitor's file of a few kilobytes may hold such a picture; drawing its surroundings took ten gigabytes."""
    picture = np.full((height, width, 3), 90, np.uint8)
    frame = surroundings(height, width, 460, "pad")
    found = backdrop(picture, frame, 700)
    assert max(found.shape) <= 2_048
    assert found.shape[1] / found.shape[0] == pytest.approx(frame.width / frame.height, rel=0.01)
    pale = np.rint(0.45 * 90 + 0.55 * 235)
    assert found[5, 5].tolist() == found[-5, -5].tolist() == [pale] * 3
    own = np.argwhere(found[..., 0] < pale - 5)  # pixels of the picture itself
    where = [(-frame.y1 + height / 2) / frame.height, (-frame.x1 + width / 2) / frame.width]
    assert own.mean(0) / found.shape[:2] == pytest.approx(where, abs=0.01)
    drawn = outlined(picture, [Outline(Box(0, 0, width, height), "valid")], width=700)
    assert max(drawn.shape) <= 2_048
