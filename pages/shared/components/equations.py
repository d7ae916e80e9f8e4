"""Equations one can touch: every symbol lights up wherever it stands, and says what it is; its number is below it.

In the browser, without a message to the server. Only constants enter html, css and js: pieces and numbers travel
as data and are set as text. Symbols are buttons, so the keyboard reaches them.
"""

from collections.abc import Mapping, Sequence

from pages.shared.components import files
from sota_core.learn.equations import Equation, explained

_touch = files.component("sota_equations", __file__)


def equations(of: Sequence[Equation], *, key: str, first: str) -> None:
    """Draw the equations; `first` is the part that is explained before anything is touched."""
    parts = {piece.part: explained(piece.part) for equation in of for piece in equation.pieces if piece.part}
    _touch(key=key, data={"equations": [_data(e) for e in of], "parts": parts, "first": first})


def _data(equation: Equation) -> Mapping[str, object]:
    return {
        "name": equation.name,
        "spoken": equation.spoken,
        "rows": equation.rows,
        "pieces": [{"text": p.text, "part": p.part, "values": p.values} for p in equation.pieces],
    }
