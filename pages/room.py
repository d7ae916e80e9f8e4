"""A class in one room: its code, its guesses, its board of runs with their differences to the room's baseline."""

import runpy
from urllib.parse import urlsplit

import streamlit as st

from pages.parts.room import duels, results
from pages.shared.components import code_block
from pages.shared.frame import names, technique
from pages.shared.people import membership
from pages.shared.runs import guesses, room
from pages.shared.session import site, trouble
from pages.shared.session.address import page_url
from sota_core import paths
from sota_core.analysis.room_board import BoardRow
from sota_core.language import tr, tr_in
from sota_core.people.rooms import LONGEST_CODE, new_room_code, room_code
from sota_core.runs.run import Run

_ASKED, _QR = "room.asked", "room.qr.shown"
PREDICTED = 3  # runs under way that have a form to guess


def outside() -> None:
    """Outside any room: make a new code, or join with one you were given."""
    make, join = st.container(key="room.outside").columns(2, gap="xlarge")
    with make:
        st.header(tr("Open a room"), anchor=False)
        st.markdown(
            tr("Makes a short code. Write it on the board, or pass the address on: no account, nothing to set up.")
        )
        st.button(tr("New room"), type="primary", icon=":material/add:", key="room.new", on_click=_new)
    with join:
        st.header(tr("Join one"), anchor=False)
        st.text_input(
            tr_in("of a room", "Code"),
            key="room.join",
            max_chars=LONGEST_CODE,
            placeholder=tr("as on the board"),
            width=220,
        )
        st.button(tr("Join"), key="room.go", on_click=_join, icon=":material/login:")
        if (asked := st.session_state.get(_ASKED)) and asked == room_code(st.session_state.get("room.join")):
            st.warning(tr("Nobody is in room {code}, and its code was not made here. Is it mistyped?", code=asked))
            st.button(tr("Open {code} anyway", code=asked), key="room.anyway", on_click=membership.enter, args=(asked,))
        if st.session_state.get("room.join") and room_code(st.session_state["room.join"]) is None:
            st.markdown(f":red[{tr('A code has 3 to {most} letters or digits.', most=LONGEST_CODE)}]")


def _new() -> None:
    membership.enter(new_room_code())


@trouble.said_later
def _join() -> None:
    code = room_code(st.session_state["room.join"])
    if code and room.is_known(code):
        membership.enter(code)
    else:
        st.session_state[_ASKED] = code  # ask first whether it is mistyped; None: it is no code at all


def inside(code: str) -> None:
    left, right = st.columns((1.2, 2), gap="xlarge", vertical_alignment="center")
    with left:
        st.markdown(f":gray[{tr('Room')}]")
        with st.container(key="room.code"):
            st.header(code, anchor=False)  # the page has its title already
    with right:
        st.markdown(f":gray[{tr('Whoever opens this address is in the room:')}]")
        code_block.show(_address(code), key="code.address", language=None, label=tr("Address of the room"))
        membership.nickname_input("room.name")
        with st.container(horizontal=True, vertical_alignment="center"):
            st.button(tr("QR code"), key="room.qr", icon=":material/qr_code_2:", on_click=_show_qr, args=(code,))
            site.link("train", label=tr("Start a run in this room"), icon=":material/science:", query={"room": code})
            st.button(
                tr("Leave"),
                type="tertiary",
                key="room.leave",
                icon=":material/logout:",
                on_click=membership.enter,
                args=(None,),
            )
    if st.session_state.get(_QR):
        title = tr("QR code of {address}", address=_address(code))
        st.dialog(title, width="large", on_dismiss=lambda: _show_qr(None))(qr_code)(_address(code))
    if not room.is_known(code):
        st.warning(
            tr(
                "Nothing has happened in this room yet, and its code was not made here. If your class is in "
                "another room, you have mistyped its code: leave this room, and join the one on the board."
            )
        )
    results.row(code)
    shown = room.rows(code)
    predict(code, shown)
    st.header(tr("The board"), anchor=False)
    room.board(code)
    outcomes(room.ended(code))
    duels.over(code)


def _show_qr(code: str | None) -> None:
    """Kept in the session: the page is drawn anew whenever a run begins or ends, and a class is still scanning then.

    code  the room's whose QR code is shown, as long as the visitor stays in it and on its page; None: none is
    """
    st.session_state[_QR] = code and (code, site.stay())


def qr_code(address: str) -> None:
    """A QR code to scan from a screen or a wall: all of it, however low the screen is (shared/frame/frame.css).

    Its import stands here because most pages need none.
    """
    from sota_core.figures.qr import qr_svg

    with st.container(key="room-qr"):
        st.image(qr_svg(address), alt=tr("QR code of {address}", address=address))
    if urlsplit(address).hostname in ("localhost", "127.0.0.1", "::1"):
        said = tr(
            "This address works on this machine only. Open this page at the address that `serve --address "
            "0.0.0.0` prints, and the QR code will hold that one."
        )
        st.markdown(f":orange[{said}]")


def predict(code: str, shown: tuple[BoardRow, ...]) -> None:
    st.header(tr("Predict, then run"), anchor=False)
    duels.take()
    guesses.next_run(code)
    live = [row.run for row in shown if not row.run.is_terminal]
    for run in live[:PREDICTED]:
        st.markdown(tr("**{run}** has not ended yet.", run=guesses.name(run)))
        guesses.panel(run, asks_name=False)
    told = [control for run in live[:PREDICTED] for control in guesses.controls(run)]
    names.tell_apart([names.Named(*control) for control in told], key="room.names")
    duels.live(code, live)


def outcomes(ended: tuple[Run, ...]) -> None:
    """The runs that ended last, with what was guessed of them."""
    for column, run in zip(st.columns(room.LAST, gap="large"), ended, strict=False):
        with column:
            guesses.revealed(run, guesses.name(run))


def _address(code: str) -> str:
    return f"{page_url('room')}?{membership.PARAM}={code}"


def page() -> None:
    technique.opening(tr("Everybody guesses, somebody starts a run, all see the result."))
    code = membership.current()
    if st.session_state.get(_QR) != (code, site.stay()):  # left by another page, by Back, or for another room
        _show_qr(None)
    if code is None:
        outside()
    else:
        inside(code)


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
