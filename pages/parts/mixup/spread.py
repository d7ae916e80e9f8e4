"""How λ is drawn: α and what depends on it. The knobs are a fragment of their own."""

from typing import TypedDict

import streamlit as st

from pages.shared.components import sliders
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import address, trouble
from pages.shared.session.controls import draw_again, number
from sota_core.figures.frames import Knob, span
from sota_core.figures.mixup import spread
from sota_core.language import tr
from sota_core.recipes import FIELDS, PRESETS

STAGE = "mixup.spread"
ALPHA, MOST = PRESETS["mixup"].mixup_alpha, FIELDS["mixup_alpha"].high
KNOB = Knob("alpha", "mixup.alpha", span(0.05, MOST, 0.05), ALPHA)
SEED = 95  # its batch shows everything: small and large λ, a picture that meets itself, a box that sticks out
MOST_SEED = 9999
HELD = ("mixup.alpha", "mixup.draws", "mixup.fold", "mixup.seed")


class Draw(TypedDict):
    """What the batches further down are drawn with."""

    alpha: float
    seed: int


def section() -> None:
    """Knobs, figure and words. What the browser moves with the knobs is sent once, outside their fragment."""
    left, right = pictured((1, 2.3), key="spread")
    with left:
        _knobs()
        place(spread.in_words(), stage=STAGE, key="mixup.spread_words")
    with right:
        place(spread.figure(), stage=STAGE, key="mixup.spread_figure")


@trouble.fragment
def _knobs() -> None:
    """All that the server runs when a knob comes to rest."""
    alpha = sliders.draw(KNOB, "α", help=tr(FIELDS["mixup_alpha"].help))
    n = st.selectbox(tr("Draws"), (64, 1000, 10_000), index=1, key="mixup.draws", bind="query-params")
    is_folded = st.toggle(
        tr("Folded, as fastai does"),
        True,
        key="mixup.fold",
        bind="query-params",
        help=tr(
            "λ becomes the larger of λ and 1 − λ: a picture never counts less than its partner. Otherwise the same "
            "mix could come twice, once from each of the pair."
        ),
    )
    at = {"alpha": alpha, "n": n, "seed": _seed(), "is_folded": is_folded}
    Stage(STAGE, at, (KNOB,), spread.VIEWS, still=[spread.said]).draw()


def _seed() -> int:
    at, again = st.columns((1, 1.2), vertical_alignment="bottom", gap="small")
    with at:
        seed = number(tr("Seed"), 0, MOST_SEED, SEED, name="mixup.seed")
    with again:
        draw_again("mixup.seed", seed, key="mixup.again")
    return seed


def following_alpha(key: str) -> float:
    """Where α stands. Call it at the head of a fragment that depends on it, which is redrawn after it has moved."""
    at = sliders.standing((KNOB,))
    follow(STAGE, (KNOB,), at, key=f"mixup.{key}")
    return at["alpha"]


def following_draw(key: str) -> Draw:
    """α and the seed. Call it at the head of a fragment drawn with them, which is redrawn after they have changed."""
    draw: Draw = {"alpha": sliders.standing((KNOB,))["alpha"], "seed": address.whole("mixup.seed", SEED, 0, MOST_SEED)}
    follow(STAGE, (KNOB,), draw, key=f"mixup.{key}")
    return draw
