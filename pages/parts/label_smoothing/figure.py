"""Knobs, figure and arithmetic of a smoothed label. The knobs are a fragment of their own."""

from typing import TypedDict

import streamlit as st

from pages.shared.components import sliders
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import address, trouble
from pages.shared.session.controls import kept
from sota_core import words
from sota_core.figures.frames import Knob, span
from sota_core.figures.label_smoothing import templates, views
from sota_core.figures.label_smoothing.views import LOGIT_STEPS
from sota_core.language import tr
from sota_core.recipes import FIELDS, PRESETS
from sota_core.script.snippets import IMAGENET_OUTPUTS

STAGE = "label_smoothing"
FIGURE = "label_smoothing.figure"

EPS, N = PRESETS["label_smoothing"].label_smoothing, 10
MOST_EPS = FIELDS["label_smoothing"].high
LABEL, LOGIT = 3, 3.0
CLASSES = (2, 3, 5, 10, 20, 100, IMAGENET_OUTPUTS)
_EPS = Knob("eps", "label_smoothing.eps", span(0.0, MOST_EPS, 0.01), EPS)
_N = Knob("n", "label_smoothing.n", CLASSES, N, is_choice=True)
_LOGIT = Knob("logit", "label_smoothing.logit", LOGIT_STEPS, LOGIT)


class At(TypedDict):
    """Where the knobs stand."""

    eps: float
    n: int
    label: int
    logit: float


def _label(n: int) -> Knob:
    return Knob("label", "label_smoothing.label", tuple(range(n)), min(LABEL, n - 1))


def knobs(n: int) -> tuple[Knob, ...]:
    """The knobs of the first figure; a label is one of n classes."""
    return (_EPS, _N, _label(n), _LOGIT)


def _draw() -> None:
    sliders.draw(_EPS, "ε", help=tr("The share that is taken from the label and spread evenly over all classes."))
    n = sliders.draw(
        _N, tr("N, the number of classes"), help=tr("The number of the net's outputs: fastai divides ε by it.")
    )
    class_number(_label(n), tr("Label"))
    sliders.draw(
        _LOGIT,
        tr("Logit of the labelled class"),
        help=tr("The net's output for this class, before softmax: how sure it is. The other logits stay at 0."),
    )


def section() -> None:
    """Knobs and figure. What the browser moves with the knobs is sent once, outside their fragment."""
    left, right = pictured((1, 2.4), key="smoothed")
    with left:
        _knobs()
        place(templates.shares(), stage=STAGE, key="label_smoothing.shares")
    with right:
        place(templates.figure(), stage=STAGE, key=FIGURE)


def arithmetic() -> None:
    place(templates.arithmetic(), stage=STAGE, key="label_smoothing.arithmetic")


@trouble.fragment
def _knobs() -> None:
    """All that the server runs when a knob comes to rest."""
    _draw()
    at = standing()
    Stage(STAGE, at, knobs(at["n"]), views.VIEWS, still=[views.said]).draw()


def standing() -> At:
    """Where the knobs of the first figure stand, for the sections below it."""
    return sliders.standing(knobs(sliders.standing((_N,))["n"]))


def following(key: str) -> At:
    """Where the first figure's knobs stand. Call it at the head of a fragment that depends on them: the fragment is
    then redrawn after they have moved (components/follow.py).
    """
    at = standing()
    follow(STAGE, knobs(at["n"]), at, key=f"label_smoothing.{key}")
    return at


def class_number(knob: Knob, label: str) -> int:
    """Draw the slider of a class number, one of the knob's values; there may have been more when it was chosen."""
    most = knob.values[-1]
    value = address.whole(knob.control, knob.default, 0, most, clamps=True)
    keep = kept(knob.control, value, default=knob.default)
    st.slider(label, 0, most, step=1, help=tr("0 to {most}", most=words.count(most)), **keep)
    return value
