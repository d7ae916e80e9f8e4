"""What can be typed for a control: every value of its slider; and the message that says which values those are."""

from types import SimpleNamespace

import pytest

from pages.parts.compare.batches import WEIGHT
from pages.parts.mixup.spread import KNOB as ALPHA
from pages.parts.overview.printed_results import BY
from pages.parts.tta.figure import KNOBS as TTA
from pages.shared.components import stage as stages
from pages.shared.components.stage import Stage, grid
from sota_core.figures.frames import Knob, span
from tests.pages import live


@pytest.mark.parametrize(
    ("values", "said"),
    [
        (span(0, 1, 0.05), "from 0 to 1 in steps of 0.05"),
        (tuple(range(1, 9)), "from 1 to 8 in steps of 1"),
        ((0.0, 0.5, 1.0), "one of 0, 0.5, 1"),
        ((0.0, 0.3, 0.5, 0.7, 0.8, 0.9, 0.95), "from 0 to 0.95"),
        (("crop", "squish"), "one of crop, squish"),
        (BY.values, "epochs, 5 %, … seconds"),
    ],
)
def test_what_can_be_typed_is_said(values: tuple, said: str) -> None:
    assert grid(Knob("k", "page.k", values)) == said


@pytest.mark.parametrize(
    "knob", [ALPHA, *(knob for knob in TTA if knob.default is not None), BY, WEIGHT], ids=lambda knob: knob.control
)
def test_every_value_of_a_knob_has_one_word_that_means_it(knob: Knob) -> None:
    stage = Stage("s", {knob.name: knob.values[0]}, (knob,), ())
    sent = live.unpacked(stage.packed())["knobs"][knob.name]
    words = sent.get("words") or [str(value) for value in sent["values"]]
    assert len(set(words)) == len(knob.values) == len(sent["values"]) and sent["grid"]
    assert all(word == value or float(word) == value for word, value in zip(words, knob.values, strict=True))


def test_a_knob_that_is_a_component_s_own_hand_sends_no_words() -> None:
    from pages.parts.mixup.cut_box import KNOBS

    ours = next(knob for knob in KNOBS if knob.is_ours)
    sent = live.unpacked(Stage("s", {ours.name: ours.values[0]}, (ours,), ()).packed())["knobs"][ours.name]
    assert sent["control"] is None and "words" not in sent


def test_a_choice_that_no_hand_drags_is_told_without_frames() -> None:
    def shown(eps: float, method: str) -> dict[str, str]:
        return {"words": f"{eps} {method}"}

    eps, method = Knob("eps", "a.eps", span(0, 1, 0.5)), Knob("method", "a.method", ("crop", "pad"), is_choice=True)
    sent = live.unpacked(Stage("a", {"eps": 0.5, "method": "pad"}, [eps], [shown], told=[method]).packed())
    assert sent["at"] == {"eps": 1, "method": 1} and sent["now"] == {"words": "0.5 pad"}
    assert list(sent["along"]) == list(sent["knobs"]) == ["eps"]


@pytest.mark.parametrize(("step", "told"), [(0, "0.125"), (2, "0.5"), (1, None)])  # the default is not written
def test_a_widget_that_shows_the_address_is_set_by_it(step: int, told: str | None, monkeypatch) -> None:
    written = {}
    asked = {"s.stage": {"asked": {"knob": "width", "step": step}}}
    monkeypatch.setattr(stages, "st", SimpleNamespace(session_state=asked))
    monkeypatch.setattr(stages.address, "write", written.update)
    stages._asked("s.stage", (Knob("width", "knob.width", (0.125, 0.1875, 0.5), 0.1875, written_as="width"),))
    assert written == {"width": told} and list(asked) == ["s.stage"]
