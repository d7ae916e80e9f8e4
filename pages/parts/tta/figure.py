"""The knobs of the combination and what moves with them: one picture's votes, their weights, the arithmetic."""

from typing import TypedDict

import streamlit as st

from pages.shared.components import sliders
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.pictures.predictions import Asked
from pages.shared.session import buttons, trouble
from sota_core.figures.frames import Knob
from sota_core.figures.tta import templates, validation_set, views
from sota_core.figures.tta.views import BETAS, NS
from sota_core.inference.sweep import TRAINED, Sweep
from sota_core.inference.views import STRENGTHS
from sota_core.language import tr
from sota_core.recipes import FIELDS

STAGE = "tta"
VOTES = "tta.votes"
N, BETA = FIELDS["tta_n"].default, FIELDS["tta_beta"].default
_N = Knob("n", "tta.n", NS, N)
_BETA = Knob("beta", "tta.beta", BETAS, BETA)
_USE_MAX = Knob("use_max", "tta.use_max", (False, True))
_LOG_ODDS = Knob("log_odds", "tta.log_odds", (False, True))
_STRENGTH = Knob("strength", "tta.strength", STRENGTHS, TRAINED)
KNOBS = (_N, _BETA, _USE_MAX, _LOG_ODDS, _STRENGTH)


class At(TypedDict):
    """Where the knobs stand."""

    n: int
    beta: float
    use_max: bool
    log_odds: bool
    strength: float


def following(key: str) -> At:
    """Where the knobs stand. Call it at the head of a fragment that depends on them: it is redrawn after a move."""
    at = sliders.standing(KNOBS)
    follow(STAGE, KNOBS, at, key=f"tta.{key}")
    return at


@trouble.fragment
def weights(of: Asked | None, swept: Sweep | None) -> None:
    """The knobs: all that the server runs when one comes to rest. What they move is drawn once, outside of it."""
    sliders.draw(_N, tr("Augmented views n"))
    sliders.draw(
        _STRENGTH,
        tr("Strength of the augmentations"),
        "×%.1f",
        help=tr(
            "1 is the strength of training. The knob scales the range of every augmentation: rotation, warp and "
            "lighting as fastai's mult does, and zoom and crop too. At 0 every view is the plain one."
        ),
    )
    use_max = st.toggle(tr("Maximum instead of mean (use_max)"), key=_USE_MAX.control, bind="query-params")
    st.toggle(
        tr("Log-odds instead of probabilities"),
        key=_LOG_ODDS.control,
        bind="query-params",
        disabled=use_max,
        help=tr(
            "The answer is the softmax of the mean of ln p over the views, in place of the mean of p; a log-odds is "
            "ln(p / (1 − p)). fastai averages probabilities."
        ),
    )
    sliders.draw(
        _BETA,
        tr("Weight of the plain view β"),
        disabled=use_max,
        help=tr("fastai's beta: plain counts β, each augmented view (1 − β) / n. The maximum ignores it."),
    )
    buttons.reason(tr("The maximum ignores log-odds and β.") if use_max else "")
    moves, still = [], []
    if of is not None:
        moves += (*views.VIEWS, views.happened)
        still.append(views.told)
        if swept is not None:
            moves += validation_set.VIEWS
            still.append(validation_set.told)
    Stage(
        STAGE,
        {**sliders.standing(KNOBS), "said": of and of.said, "how": of and of.how, "swept": swept},
        KNOBS,
        moves,
        still,
    ).draw()


def figure(of: Asked) -> None:
    """The views with the prediction of each, and below them what they say together."""
    place(templates.tiles(), stage=STAGE, key="tta.views", own=views.tiles(of.films))
    place(templates.votes(), stage=STAGE, key=VOTES)


def arithmetic() -> None:
    """The sum for the class that wins, with its numbers, in the colours of the views."""
    left, right = st.columns((1, 1.35), gap="large")
    with left:
        place(templates.weights(), stage=STAGE, key="tta.weights")
    with right:
        place(templates.formula(), stage=STAGE, key="tta.formula")
