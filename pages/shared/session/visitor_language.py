"""The visitor's language: what the address says (`?lang=de`), else what was chosen here before, else the browser's.

Only a language that was chosen stands in the address; one chosen in an earlier visit is left out on the first page of a
visit, where adding it would be a step of the browser's history. From here all of `sota_core` learns the language of the
session at work (`language.provide`, in frame.py), in callbacks, fragments and threads of Streamlit's too.
"""

from urllib.parse import parse_qs

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx
from streamlit.runtime.state import SessionState

from pages.shared.session import address, cookies
from sota_core import language

PARAM, COOKIE = "lang", "sota_lang"
_SPOKEN, _CHOSEN = "language.spoken", "language.chosen"  # in the session


def carried() -> dict[str, str | None]:
    """Call it before each page: takes the language from the address; what the address should say (address.complete)."""
    said, is_first_page = address.given(PARAM), address.is_first_page()
    of_before = language.known(cookies.told(COOKIE))
    chosen = st.session_state[_CHOSEN] = language.known(said) or st.session_state.get(_CHOSEN, of_before)
    st.session_state[_SPOKEN] = chosen or language.known(st.context.locale) or language.ENGLISH
    return {} if said is None and chosen == of_before and is_first_page else {PARAM: chosen}


def chosen() -> str | None:
    """The language chosen here or by the link that was followed; None where the browser's language is spoken."""
    return st.session_state.get(_CHOSEN)


def switch() -> None:
    """The other languages at the foot of the menu, each called as it calls itself."""
    with st.sidebar.container(key="languages", horizontal=True):
        for code, name in language.LANGUAGES.items():
            if code != language.current():
                st.button(name, key=f"language.{code}", type="tertiary", on_click=_choose, args=(code,))


def _choose(code: str) -> None:
    st.session_state[_CHOSEN] = st.session_state[_SPOKEN] = code
    cookies.keep(COOKIE, code, cookies.YEAR_S)
    address.write({PARAM: code})


def of_session() -> str | None:
    """The language of the session whose script runs in this thread; None outside a session.

    Called for every sentence. Not by `st.session_state`: Streamlit checks there whether the run is still wanted, and
    could end a thread that only reads a word. So the two dictionaries behind it are read directly.
    """
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return None
    return of_state(context.session_state._state) or _by_request(context)


def of_state(state: SessionState) -> str | None:
    """The language that a session speaks, also where none of its scripts runs; None before its first page."""
    return state._new_session_state.get(_SPOKEN) or state._old_state.get(_SPOKEN)


def _by_request(context) -> str | None:
    """Before a session's first page has begun: what its first message says."""
    asked = parse_qs(context.query_string).get(PARAM, [""])[-1]
    locale = context.context_info.locale if context.context_info else None
    return language.known(asked) or language.known(locale)
