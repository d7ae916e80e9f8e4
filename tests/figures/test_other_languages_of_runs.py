"""The interactive figures of sizes, of the chapter and of recorded runs, in another language: only words change."""

from collections.abc import Mapping, Sequence

import pytest

from pages.parts.overview.recorded_run import PLAYED
from sota_core import language
from sota_core.figures.chapter import glide
from sota_core.figures.frames import Slots, Value, View, now
from sota_core.figures.resizing import plan_views, presizing_views, sizes
from sota_core.figures.runs import playback
from sota_core.published import FIRST
from tests.figures.test_other_languages import OTHERS, fixed

PLAN = {
    "phases": 2, "size1": 128, "bs1": 128, "epochs1": 4,
    "size2": 224, "bs2": 64, "epochs2": 6, "size3": 256, "bs3": 32, "epochs3": 2,
}  # fmt: skip
BOXES = {"height": 267, "width": 178, "size": 460, "method": "crop", "seed": 0, "min_scale": 0.55, "n_crops": 3}


def stages() -> dict[str, tuple[Mapping[str, Value], Sequence[View], str]]:
    """name → values of its controls, its views, and its templates in the current language."""
    plan = plan_views.bars() + plan_views.metrics() + plan_views.sums() + plan_views.updates_note()
    size = {"size": 120, "side": 178, "loupe": 2, "name": "a"}
    return {
        "plan": (PLAN, (*plan_views.VIEWS, plan_views.told), plan),
        "size": (size, (*sizes.VIEWS, sizes.told), sizes.numbers()),
        "boxes": (BOXES, (*presizing_views.VIEWS, presizing_views.told), presizing_views.boxes()),
        "glide": ({"ids": FIRST, "by": "35 %"}, (*glide.VIEWS, glide.told), glide.template()),
        "playback": (
            {"moment": 33.3, "recording": PLAYED},
            (*playback.VIEWS, *playback.STILL),
            playback.template() + playback.outcome(),
        ),
    }


def slots_of(name: str, code: str) -> tuple[Slots, str]:
    with language.use(code):
        at, of, template = stages()[name]
        return now(at, of), template


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", ["plan", "size", "boxes", "glide", "playback"])
def test_styles_and_attributes_are_the_same_in_every_language(name: str, code: str) -> None:
    (english, template), (other, translated) = (slots_of(name, of) for of in (language.ENGLISH, code))
    assert fixed(template) == fixed(translated)
    assert not {slot for slot in fixed(template) if english.get(slot) != other.get(slot)}


def test_the_sums_of_sizes_have_the_marks_of_their_language() -> None:
    (plan, _), (size, _) = (slots_of(name, "de") for name in ("plan", "size"))
    assert plan["second_terms"] == "4 (14 + 16,0) + 6 (14 + 49,0)" and plan["pixels"] == "366.592"
    assert size["pixels"] == "14.400" and "," in size["per_pixel"] and "," in size["total"]
