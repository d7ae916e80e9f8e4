"""Pictures of a batch side by side, each with its target as bars and a few lines of numbers, in the browser.

A row of Streamlit columns would stack on a phone; here as many stand side by side as there is room for. Only
constants enter html, css and js: names and numbers travel as data and are set as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from pages.shared.components import files
from pages.shared.components.data_uri import encoded
from sota_core import words

_component = files.component("sota_batch_strip", __file__)


@dataclass(frozen=True, slots=True)
class Card:
    """One picture and the shares of its two classes."""

    picture: np.ndarray
    names: tuple[str, str]
    lam: float
    lines: tuple[str, ...] = ()


def batch_strip(cards: Sequence[Card], *, key: str) -> None:
    """Show the cards in rows."""
    _component(key=key, data={"cards": [_data(card) for card in cards]})


def _data(card: Card) -> dict:
    a, b = card.names
    return {
        "picture": encoded(card.picture, is_exact=False),
        "alt": f"{words.percent(card.lam, 0)} {a}, {words.percent(1 - card.lam, 0)} {b}",
        "lam": card.lam,
        # Partners of one class share one bar: the target does not know them apart.
        "bars": [_bar("a", a, 1.0)] if a == b else [_bar("a", a, card.lam), _bar("b", b, 1 - card.lam)],
        "lines": list(card.lines),
    }


def _bar(side: str, name: str, weight: float) -> list:
    return [side, name, weight, words.number(weight)]
