"""Widgets whose value is the address's own, where Streamlit's binding cannot do it (`address` says where that is).

A widget shows what the address says and writes to it when it is moved; where the address makes no sense, the default.
So a reload, a link and the browser's back button all give the same screen.
"""

import secrets
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Literal

import streamlit as st

from pages.shared.session import address
from sota_core.language import tr

SEEDS = 10_000  # seeds are drawn below it: short enough to be read out to somebody
Also = Callable[[Any], Mapping[str, str | None]]


def kept(
    name: str,
    value: Any,
    *,
    key: str = "",
    default: Any = None,
    written: Callable[[Any], str] = str,
    also: Also | None = None,
) -> dict[str, Any]:
    """The arguments that make any widget show `value`, and write what it is moved to as the parameter `name`.

    default  the value that is left out of the address; None, nothing chosen, always is
    written  how a value stands in the address
    also     what else changes in the address with the value it is moved to
    """
    key = key or name
    st.session_state[key] = value
    return {"key": key, "on_change": _moved, "args": (name, key, default, written, also)}


def _moved(name: str, key: str, default: Any, written: Callable[[Any], str], also: Also | None) -> None:
    value = st.session_state[key]
    text = None if value is None or value == default else written(value)
    address.write({name: text, **(also(value) if also else {})})


def choice(
    label: str,
    options: Sequence[str],
    default: str,
    *,
    name: str,
    key: str = "",
    words: Callable[[str], str] = str,
    written: Callable[[str], str] = str,
    meant: Callable[[str], str | None] | None = None,
    also: Also | None = None,
    in_a_row: bool = False,
    label_visibility: Literal["visible", "hidden", "collapsed"] = "visible",
) -> str:
    """One of a few ids or words, in a box or side by side.

    words    what an option is called on the screen
    written  how it stands in the address
    meant    the option that something else in the address stands for, if it does
    """
    asked = address.given(name)
    value = next((option for option in options if written(option) == asked), None)
    if value is None and meant is not None and asked is not None:
        value = meant(asked)
    value = default if value is None else value
    keep = kept(name, value, key=key or f"address.{name}", default=default, written=written, also=also)
    keep |= {"format_func": words, "label_visibility": label_visibility}
    if in_a_row:
        st.segmented_control(label, options, required=True, wrap=True, **keep)
    else:
        st.selectbox(label, options, **keep)
    return value


def number(
    label: str,
    low: int,
    high: int,
    default: int,
    *,
    name: str,
    key: str = "",
    clamps: bool = False,
    also: Also | None = None,
    help: str | None = None,
    **more: Any,
) -> int:
    """A whole number.

    clamps  a number above high counts as high: for a high that another control may lower
    more    what else the widget is given; whoever gives `disabled` says why beside it
    """
    value = address.whole(name, default, low, high, clamps=clamps)
    keep = kept(name, value, key=key, default=default, also=also)
    st.number_input(label, low, high, step=1, help=help, **keep, **more)
    return value


def draw_again(
    name: str,
    now: int,
    *,
    key: str,
    n: int = SEEDS,
    label: str = "",
    also: Mapping[str, str | None] | None = None,
    **more: Any,
) -> None:
    """A button that replaces the seed `now` by another one below n, in the address.

    also  what else changes there
    more  what else the button is given; whoever gives `disabled` says why beside it
    """
    label, args = label or tr("Draw again"), (name, now, n, also or {})
    st.button(label, icon=":material/casino:", key=key, on_click=_draw, args=args, width="stretch", **more)


def _draw(name: str, now: int, n: int, also: Mapping[str, str | None]) -> None:
    address.write({name: str(another(now, n)), **also})


def another(now: int, n: int = SEEDS) -> int:
    """A number below n, at random, other than `now` if there is another."""
    drawn = secrets.randbelow(max(1, n - 1 if 0 <= now < n else n))
    return drawn + 1 if n > 1 and 0 <= now <= drawn else drawn
