"""Two pictures and λ, blended in the browser: no message to the server while a hand is on it, one when it rests.

The sum is λ·A + (1−λ)·B on bytes, rounded to nearest (ties to even, as the browser's clamped arrays and
numpy.rint both do). Only constants enter html, css and js; names and pictures travel as data.
"""

import numpy as np
import streamlit as st

from pages.shared.components import files
from pages.shared.components.data_uri import encoded_once
from pages.shared.session import address
from sota_core.figures.pictures import centre_square, data_uri

LAM = "lam"  # in the address
SIDE = 256  # pixels of the canvas: a paint costs about 2 ms


_component = files.component("sota_blend", __file__)


@encoded_once
def _square(picture: np.ndarray) -> str:
    return data_uri(centre_square(picture, SIDE))


def blend(
    a: np.ndarray, b: np.ndarray, names: tuple[str, str], *, key: str, lam: float = 0.7, invites: bool = False
) -> float:
    """Show the mix of two pictures, (H, W, 3) uint8, and return λ where the visitor last let go.

    `lam` is what the address says: where it stands at first, and where it goes when the address says something else
    than the visitor's hand last did (a link, a notice, the browser's back button). A hand's λ goes into the address.
    """
    # The pictures travel with `data`: it must not change when only the visitor's own λ comes back.
    asked, turn = f"{key}.asked", f"{key}.turn"
    told = (st.session_state.get(key) or {}).get("lam")
    if told is None:
        st.session_state[asked] = lam
    elif f"{_fraction(told, lam):.2f}" != f"{lam:.2f}":
        st.session_state[asked] = st.session_state[key]["lam"] = lam
        # Counted: the same λ may be asked for twice, with a drag between.
        st.session_state[turn] = st.session_state.get(turn, 0) + 1
    result = _component(
        key=key,
        data={
            "a": _square(a),
            "b": _square(b),
            "name_a": names[0],
            "name_b": names[1],
            "lam": st.session_state[asked],
            "turn": st.session_state.get(turn, 0),
            "invites": invites,
        },
        default={"lam": lam},
        on_lam_change=lambda: _mirror(key),
    )
    return _fraction(result.lam, lam)


def _mirror(key: str) -> None:
    address.write({LAM: f"{_fraction(st.session_state[key]['lam'], 0.5):.2f}"})


def _fraction(value: object, otherwise: float) -> float:
    """What a browser sends is not to be trusted: a number from 0 to 1, or what stood there before."""
    if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= 1:
        return float(value)
    return otherwise


def lam_from_url(default: float = 0.7) -> float:
    return address.decimal(LAM, default, 0.0, 1.0)
