"""The address is the state of a page: what it says and what is written into it, in one way for all pages.

Two mechanisms, no third:
- Streamlit's own `bind="query-params"`, for a widget whose value in words is what the address should say: sliders,
  select sliders, switches, numbers with a point, choices from a fixed list.
- This module, with `controls` beside it for widgets, for all that binding cannot do: ids instead of labels, choices and
  defaults that depend on what is here, components, lists, and whole numbers (a bound `st.number_input` of whole numbers
  raises for `?n=1e999`, Streamlit 1.67).

In both, a value at its default is left out of the address. Nothing is written while a page is drawn, only in answer to
an action of the visitor, and all that one action changes is written at once: each writing is a step of the browser's
history, and a page that wrote whenever it was drawn would let nobody go back. The exceptions are `complete` and, for
links, `settle`. (Moving a bound widget makes no step: the browser replaces the present one.)
"""

from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import urlsplit

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import get_session_state

from pages.shared.session.whole import done_whole
from sota_core import numbers
from sota_core.data.sets.sources import address_of
from sota_core.language import tr
from sota_core.recipes import Recipe, draft

FOLLOWED = "link"  # marks the address of a link to the current page (site.link); no page's own parameter
UPLOADED = "upload"  # all that an address says of a visitor's own picture
OWN_ENDS = ("_own", ".own")  # how the parameters of such pictures end
_BEGAN = "address.began"  # in the session


def given(name: str) -> str | None:
    """What the address says of this parameter, empty or not; None where it does not name it."""
    values = st.query_params.get_all(name)  # not `in`: a parameter just taken out is still there, without a value
    return values[-1] if values else None


def everything() -> dict[str, str]:
    """All parameters that say something."""
    return {name: value for name in st.query_params if (value := given(name))}


def whole(name: str, default: int, low: int, high: int, *, clamps: bool = False) -> int:
    """A whole number of the address; the default where it is none or out of bounds. Never raises.

    clamps  a number above high counts as high, in place of the default
    """
    value = numbers.whole(given(name) or "", low, high, clamps=clamps)
    return default if value is None else value


def decimal(name: str, default: float, low: float, high: float) -> float:
    """A number of the address; the default where it is none or out of bounds. Never raises."""
    value = numbers.decimal(given(name) or "", low, high)
    return default if value is None else value


def write(values: Mapping[str, str | None]) -> None:
    """Change these parameters, in one step of the browser's history; None takes one out. Not for bound widgets."""
    # A parameter without any value is left out of the address, and so is taken out with the same message.
    changed = {name: [] if text is None else text for name, text in values.items() if text != given(name)}
    if changed:
        st.query_params.update(changed)


def complete(values: Mapping[str, str | None], stepless: Mapping[str, str | None] | None = None) -> None:
    """While a page is drawn: add parameters to the address, or take them out; not on a page the back button led to.

    A new step there would keep the visitor from going further back, and what is missing was missing then too. The mark
    of a link to the same page (site.link) leaves the address in the same step.

    stepless  changes that are no step of the browser's history (shared/frame/back.js), and so are made in any case
    """
    context = get_script_run_ctx()
    said = dict(stepless or {})
    if context is None or not context.is_history_navigation:  # Streamlit has no public way to ask
        said = {**values, FOLLOWED: None, **said}
    write(said)  # at once: each message is a step, and on a page just loaded back.js takes back only one


def move(state: Mapping[str, Any]) -> None:
    """Call it in a callback: sets controls by their names in the address, bound or not, on the screen or not.

    None only takes a name out of the address. What is not bound is written at once, since each writing is a step.
    """
    with get_session_state().query_params() as parameters:  # Streamlit has no public way to ask
        bound = {name for name in state if parameters.is_bound(name)}  # Streamlit writes these when they are drawn
    write({name: None if value is None else draft.as_text(value) for name, value in state.items() if name not in bound})
    for name, value in state.items():
        if value is not None:
            st.session_state[name] = value


def settle(name: str, low: float, high: float, nearest: Callable[[float], float]) -> None:
    """Call it before a bound slider is drawn: a value between two of its steps, as in a link, becomes the nearest one.

    Streamlit would draw the slider between its steps. The address is no source any more once the slider is there.
    """
    context = get_script_run_ctx()
    if name in st.session_state and not (context is not None and context.is_history_navigation):
        return
    value = numbers.decimal(given(name) or "", low, high)
    if value is None or nearest(value) == value:
        return
    with get_session_state().query_params() as parameters:  # Streamlit has no public way to do it
        parameters.set_corrected_value(name, [nearest(value)], "double_array_value")
        parameters.set_initial_query_params_from_current()


def recipe_query(recipe: Recipe) -> dict[str, str]:
    """The parameters that make the lab open with exactly this recipe."""
    return draft.address(recipe, address_of(recipe.source))


def path() -> str:
    """What follows the server's name in the browser's address, such as "/lab/mixup"; "" where there is no browser."""
    return urlsplit(st.context.url or "").path


def is_first_page() -> bool:
    """Is the visitor on the page that the visit began on?"""
    return path() == st.session_state.setdefault(_BEGAN, path())


def page_url(page: str) -> str:
    """The whole address of the current page, without parameters; `page` is its name in the address.

    The browser's address, as Streamlit has it, ends with the page's name, but not on the first page of the app.
    """
    url = (st.context.url or "").rstrip("/")
    return url if url.endswith(f"/{page}") else f"{url}/{page}"


def own_picture(key: str, id: str | None) -> bool:
    """Is the picture in the uploader `key` the one that is shown? The address has the answer; a line says that the
    picture is not part of the link.

    A picture that arrives is shown. Choosing another takes `key` out of the address, and hides it until it is asked for
    again. The picture itself stays in the visitor's session: whoever opens the link sees the set's picture instead.

    id  of the picture in the uploader, None where there is none
    """
    seen, is_shown = f"{key}.seen", shows_own(key, id)
    with done_whole():  # cut off in between, a picture would be known, but not in the address, and never be shown
        before, st.session_state[seen] = st.session_state.get(seen), id
        if id != before and id is None:  # it was taken away again
            write({key: None})
        elif id != before:
            # Written even if the address seems to say it: a picture replaced was first none, and the browser may have
            # asked for this run before it heard of that.
            st.query_params.update({key: UPLOADED})
    if id is not None:
        if is_shown:
            st.markdown(f":gray[:small[{tr('Your picture is not part of the link.')}]]")
        return is_shown
    if before is None and given(key) == UPLOADED:
        said = tr(
            "This link was made with somebody's own picture, which is not part of it: a picture from the set "
            "is shown instead."
        )
        st.markdown(f":gray[:small[{said}]]")
    return False


def shows_own(key: str, id: str | None) -> bool:
    """Is the uploaded picture of this id shown? Can also be asked before the page has drawn it."""
    return id != st.session_state.get(f"{key}.seen") or given(key) == UPLOADED


_KEY = "seen.addresses"
_MOST_NAMES, _LONGEST = 60, 80


def note(page: str) -> None:
    """Call it once per run of a page: remember its parameters, in place of earlier ones (a knob may be turned back)."""
    found = {name: value[:_LONGEST] for name, value in list(everything().items())[:_MOST_NAMES]}
    kept = {name: other for name, other in st.session_state.get(_KEY, {}).items() if name != page}
    st.session_state[_KEY] = kept | {page: found}


def seen() -> Mapping[str, str]:
    """Every parameter last seen on any page; where pages share a name this one counts first, then the last visited."""
    merged: dict[str, str] = {}
    for found in st.session_state.get(_KEY, {}).values():
        merged |= found
    return merged | everything()
