"""The room a visitor is in, by its code in the address, and the name they want to be called by there.

The browser keeps the room for a day at school, since links from elsewhere do not name it (docs/teaching.md is full of
them). The name lasts as long as the visit, longer where it has been used: whoever loads the page anew is still called
by it. Both stand here, below all that is done in a room: a run takes them along.
"""

import streamlit as st

from pages.shared.people.owner import owner
from pages.shared.session import address, cached, cookies
from sota_core.language import tr
from sota_core.people.rooms import LONGEST_NICKNAME, nickname_of, room_code

PARAM, COOKIE = "room", "sota_room"
# in the session
_KEY, NICKNAME = "room.code", "room.nickname.kept"
_BY_COOKIE = "room.by_cookie"  # one is in the room only by the browser's cookie
_ASKED_OF, _RECALLED = "room.nickname.asked", "room.nickname.recalled"


def carried() -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Call it before each page: takes the room from the address, and returns what the address should say of it, as both
    arguments of address.complete.

    Text that is no code leaves the address in any case: nobody has ever been in such a room. The room of an earlier
    visit is not written on the first page of this one: that would be a step of the browser's history.
    """
    said, is_first_page = address.given(PARAM), address.is_first_page()
    asked = room_code(said)
    if _KEY not in st.session_state:
        st.session_state[_KEY] = None if asked else room_code(cookies.told(COOKIE))
        st.session_state[_BY_COOKIE] = current() is not None
    if asked and asked != current():
        _be_in(asked)
    if said is None and st.session_state.get(_BY_COOKIE) and is_first_page:
        return {}, {}
    return {PARAM: current()}, {PARAM: current()} if said is not None and not asked else {}


def current() -> str | None:
    return st.session_state.get(_KEY)


def is_by_cookie() -> bool:
    """Is one in the room only because this browser was, in a visit that may have been somebody else's?"""
    return bool(st.session_state.get(_BY_COOKIE))


def confirm() -> None:
    """The visitor has said that it was they who were in the room."""
    st.session_state[_BY_COOKIE] = False


def enter(code: str | None) -> None:
    """Go into a room, or with None out of it."""
    _be_in(code)
    address.write({PARAM: code})


def _be_in(code: str | None) -> None:
    st.session_state[_KEY], st.session_state[_BY_COOKIE] = code, False
    cookies.keep(COOKIE, code, cookies.DAY_S)


def nickname() -> str | None:
    code, asked = current(), st.session_state.setdefault(_ASKED_OF, set())
    # Whoever is in the room only by a cookie may be the next at a machine of the class: they get no name from before.
    is_in = not is_by_cookie()
    if code and is_in and not st.session_state.get(NICKNAME) and code not in asked:
        # once a visit and room: whoever empties the field wants no name
        st.session_state[NICKNAME] = cached.store().guesses.last_name(owner(), code) or ""
        st.session_state[_RECALLED] = True
        asked.add(code)
    return nickname_of(st.session_state.get(NICKNAME))


def is_recalled() -> bool:
    """Is `nickname` the one used before this visit, and not one typed in it?"""
    return bool(nickname()) and bool(st.session_state.get(_RECALLED))


def nickname_input(key: str) -> None:
    """The field for the name one wants to be called by in the room, beside what one guesses and starts."""

    def keep() -> None:
        st.session_state[NICKNAME] = nickname_of(st.session_state[key]) or ""
        st.session_state[_RECALLED] = False

    st.session_state[key] = nickname() or ""
    st.text_input(
        tr("Name to be shown"),
        key=key,
        max_chars=LONGEST_NICKNAME,
        placeholder=tr("optional"),
        on_change=keep,
        help=tr(
            "Kept with what you guess or start in this room. If others use this machine, clear it before you leave."
        ),
        width=220,
    )
