"""CutMix's box: functional's box and λ, wherever the box is dragged."""

import numpy as np
import pytest

from pages.parts.mixup.cut_box import KNOBS
from sota_core.figures.frames import along, now
from sota_core.figures.mixup import cut
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, cutmix_images, place_box
from tests.figures.templates import slots_of

AT = {"lam": 0.6, "centre": "64,64", "names": ("church", "gas pump")}
LAM, CENTRE = KNOBS


def box_of(shown: dict[str, str]) -> Box:
    """The box that the page draws, in pixels."""
    left, top, right, bottom = (cut.SIDE * float(shown[side][:-1]) / 100 for side in ("left", "top", "right", "bottom"))
    return Box(left, top, cut.SIDE - right, cut.SIDE - bottom)


@pytest.mark.parametrize("lam", [0.0, 0.37, 0.6, 0.99, 1.0])
def test_every_place_of_the_box_is_the_maths(lam: float) -> None:
    at = {**AT, "lam": lam}
    columns = along(CENTRE, at, cut.VIEWS)
    for i, centre in enumerate(CENTRE.values):
        shown = now(at, cut.VIEWS) | {slot: column[i] for slot, column in columns.items()}
        right = place_box(lam, cut.SIDE, cut.SIDE, *(int(text) for text in centre.split(",")))
        assert box_of(shown) == pytest.approx(right, abs=0.01)
        left = box_lam(right, cut.SIDE, cut.SIDE)
        assert (shown["own"], shown["partners"]) == (f"{left:.2f}", f"{1 - left:.2f}")
        assert (shown["width"], shown["height"]) == (str(right.width), str(right.height))


@pytest.mark.parametrize("centre", ["64,64", "0,0", "124,20"])
def test_every_step_of_its_lambda_is_the_maths(centre: str) -> None:
    at = {**AT, "centre": centre}
    columns = along(LAM, at, cut.VIEWS)
    for i, lam in enumerate(LAM.values):
        right = place_box(lam, cut.SIDE, cut.SIDE, *(int(text) for text in centre.split(",")))
        shown = now(at, cut.VIEWS) | {slot: column[i] for slot, column in columns.items()}
        assert box_of(shown) == pytest.approx(right, abs=0.01)
        assert shown["lam"] == f"{lam:.2f}" and shown["side"] == f"{cut.SIDE * (1 - lam) ** 0.5:.0f}"


def test_the_lambda_shown_is_the_share_of_own_pixels() -> None:
    for centre in ("64,64", "0,0", "124,20", "4,100"):
        shown = now({**AT, "centre": centre}, cut.VIEWS)
        x = np.stack([np.zeros((1, cut.SIDE, cut.SIDE)), np.ones((1, cut.SIDE, cut.SIDE))])
        box = Box(*(round(edge) for edge in box_of(shown)))
        assert f"{1 - cutmix_images(x, box, [1, 0])[0].mean():.2f}" == shown["own"]


def test_a_box_at_the_border_is_said_to_be_clipped() -> None:
    assert cut.box(0.6, "64,64")["clipped"] == "All of it lies inside."
    assert cut.box(0.6, "0,64")["clipped"] == cut.box(0.6, "64,124")["clipped"] == "What sticks out is cut off."
    assert cut.box(1.0, "0,0")["clipped"] == "All of it lies inside."


def test_the_words_say_what_is_asked_for_and_what_is_left() -> None:
    said = cut.said(0.6, "0,64")["said"]
    assert said == (
        "λ = 0.60 asks for a box of 81 pixels a side; what remains is 40 by 80, around 0, 64. That makes λ 0.80."
    )
    assert cut.classes(("a", "a"))["when_one"] == "" and cut.classes(("a", "b"))["when_one"] == "none"


def test_every_slot_of_the_template_is_filled() -> None:
    assert slots_of(cut.template()) <= set(now(AT, cut.VIEWS))
