"""Knobs, figure and arithmetic of a smoothed label. The knobs are a fragment of their own."""

from typing import TypedDict

import streamlit as st

from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import address, trouble
from pages.shared.session.controls import kept
from sota_core import words
from sota_core.figures.frames import Knob, span
from sota_core.figures.label_smoothing import templates, views
from sota_core.figures.label_smoothing.views import LOGIT_STEPS, LOGITS
from sota_core.language import tr
from sota_core.recipes import FIELDS, PRESETS
from sota_core.script.snippets import IMAGENET_OUTPUTS

STAGE = "label_smoothing"
FIGURE = "label_smoothing.figure"


EPS, N = PRESETS["label_smoothing"].label_smoothing, 10
MOST_EPS = FIELDS["label_smoothing"].high
LABEL, LOGIT = 3, 3.0
CLASSES = (2, 3, 5, 10, 20, 100, IMAGENET_OUTPUTS)


class At(TypedDict):
    """Where the knobs stand."""

    eps: float
    n: int
    label: int
    logit: float


def controls() -> At:
    """Where the knobs stand: ε, N, the label and the logit of its class."""
    eps = st.slider(
        "ε",
        0.0,
        MOST_EPS,
        EPS,
        0.01,
        key="label_smoothing.eps",
        bind="query-params",
        help=tr("The share that is taken from the label and spread evenly over all classes."),
    )
    n = st.select_slider(
        tr("N, the number of classes"),
        CLASSES,
        N,
        key="label_smoothing.n",
        bind="query-params",
        help=tr("The number of the net's outputs: fastai divides ε by it."),
    )
    label = class_number(tr("Label"), "label_smoothing.label", LABEL, n)
    logit = st.slider(
        tr("Logit of the labelled class"),
        *LOGITS,
        LOGIT,
        0.1,
        key="label_smoothing.logit",
        bind="query-params",
        help=tr("The net's output for this class, before softmax: how sure it is. The other logits stay at 0."),
    )
    return {"eps": round(eps, 2), "n": n, "label": label, "logit": round(logit, 1)}


def knobs(n: int) -> tuple[Knob, ...]:
    """The knobs of the first figure; a label is one of n classes."""
    return (
        Knob("eps", "label_smoothing.eps", span(0.0, MOST_EPS, 0.01), EPS),
        Knob("n", "label_smoothing.n", CLASSES, N, is_choice=True),
        Knob("label", "label_smoothing.label", tuple(range(n)), min(LABEL, n - 1)),
        Knob("logit", "label_smoothing.logit", LOGIT_STEPS, LOGIT),
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
    at = controls()
    Stage(STAGE, at, knobs(at["n"]), views.VIEWS, still=[views.said]).draw()


def standing() -> At:
    """Where the knobs of the first figure stand, for the sections below it."""
    state = st.session_state
    n = state.get("label_smoothing.n", N)
    return {
        "eps": round(state.get("label_smoothing.eps", EPS), 2),
        "n": n,
        "label": min(state.get("label_smoothing.label", LABEL), n - 1),
        "logit": round(state.get("label_smoothing.logit", LOGIT), 1),
    }


def following(key: str) -> At:
    """Where the first figure's knobs stand. Call it at the head of a fragment that depends on them: the fragment is
    then redrawn after they have moved (components/follow.py).
    """
    at = standing()
    follow(STAGE, knobs(at["n"]), at, key=f"label_smoothing.{key}")
    return at


def class_number(label: str, name: str, default: int, n: int) -> int:
    """A class number below N; N may have fallen since it was chosen."""
    default = min(default, n - 1)
    value = address.whole(name, default, 0, n - 1, clamps=True)
    st.slider(
        label, 0, n - 1, step=1, help=tr("0 to {most}", most=words.count(n - 1)), **kept(name, value, default=default)
    )
    return value
