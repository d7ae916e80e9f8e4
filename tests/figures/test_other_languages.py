"""Interactive figures in another language: the words change, but no number that a browser reads does."""

import re
from collections.abc import Mapping, Sequence

import numpy as np
import pytest

from pages.parts.normalization import figure
from pages.parts.normalization.batch import Chosen
from sota_core import language
from sota_core.figures.frames import Slots, Value, View, now
from sota_core.figures.mixup import cut, spread, sums
from sota_core.figures.normalization import templates as hills
from sota_core.figures.tta import templates as votes
from sota_core.figures.tta import views
from sota_core.inference.views import STRENGTHS, draws

OTHERS = [code for code in language.LANGUAGES if code != language.ENGLISH]
# read by people; everything else is a style or an attribute
SPOKEN = ("text", "aria-label", "aria-valuetext", "alt", "title")
TYPED = Chosen("sample", "typed", ((0.4,) * 3, (0.25,) * 3), 8, 0, "scale")
PAIR = {"names": ("a", "b"), "a": (157, 20, 30), "b": (249, 30, 1)}


def said() -> views.Said:
    probs = np.random.default_rng(0).dirichlet([0.5] * 4, 9).astype(np.float32)
    return views.Said(("a", "b", "c", "d"), probs[0], probs[1:], 1, dict.fromkeys(STRENGTHS, probs[1:]))


def stages() -> dict[str, tuple[Mapping[str, Value], Sequence[View], str]]:
    """name → values of its controls, its views, and its templates in the current language."""
    asked = {"said": said(), "how": tuple(tuple(draws(8, 9, s)) for s in STRENGTHS), "n": 3, "beta": 0.35}
    rule = {"use_max": False, "log_odds": True, "strength": 1.5}
    return {
        "sums": ({"lam": 0.35, **PAIR}, (*sums.VIEWS, sums.said), sums.template()),
        "cut": ({"lam": 0.35, "centre": "0,64", "names": ("a", "b")}, (*cut.VIEWS, cut.said), cut.template()),
        "spread": (
            {"alpha": 0.35, "n": 1000, "seed": 1, "is_folded": False},
            (*spread.VIEWS, spread.said),
            spread.figure() + spread.in_words(),
        ),
        "normalization": (
            figure.at(TYPED),
            (*figure.VIEWS, figure.words_of, figure.caption),
            hills.hills() + hills.pictures(10, 10) + hills.arithmetic(),
        ),
        "tta": (
            asked | rule,
            (*views.VIEWS, views.happened, views.told),
            votes.tiles() + votes.votes() + votes.weights() + votes.formula(),
        ),
    }


def slots_of(name: str, code: str) -> tuple[Slots, str]:
    with language.use(code):
        at, of, template = stages()[name]
        return now(at, of), template


def fixed(template: str) -> set[str]:
    """The slots in styles and attributes, which must not change."""
    pairs = (pair.split(":") for live in re.findall(r'data-live="([^"]*)"', template) for pair in live.split())
    return {slot for what, slot in pairs if what not in SPOKEN}


@pytest.mark.parametrize("code", OTHERS)
@pytest.mark.parametrize("name", ["sums", "cut", "spread", "normalization", "tta"])
def test_styles_and_attributes_are_the_same_in_every_language(name: str, code: str) -> None:
    (english, template), (other, translated) = (slots_of(name, of) for of in (language.ENGLISH, code))
    assert fixed(template) == fixed(translated)
    stays = {slot for slot in fixed(template) if english.get(slot) != other.get(slot)}
    assert fixed(template) and not stays


@pytest.mark.parametrize("code", [code for code in OTHERS if code in language.MARKS])
@pytest.mark.parametrize("name", ["sums", "cut", "spread", "normalization", "tta"])
def test_numbers_for_people_have_the_marks_of_their_language(name: str, code: str) -> None:
    (english, template), (other, _) = (slots_of(name, of) for of in (language.ENGLISH, code))
    for slot in english.keys() - fixed(template):
        if re.fullmatch(r"−?\d*\.\d+", english[slot]):
            whole = re.sub(r"^(−?)\.", r"\g<1>0.", english[slot])  # only English shortens 0.25 to .25
            assert other[slot] == whole.translate(language.MARKS[code]), slot
