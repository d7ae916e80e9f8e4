"""My runs, everyone's runs: one line each, by pages, pinned ones first. Polls while something is under way or waits."""

import time

import streamlit as st

from pages._shared import cached, operator, queue
from pages._shared.outcome import LOOK
from pages._shared.owner import label, owner
from pages._shared.starting import LAB, name_of
from sota_core.figures import words
from sota_core.figures.reached import reached
from sota_core.runs import dispatcher
from sota_core.runs.board import Board
from sota_core.runs.run import Run
from sota_core.runs.states import State

TICK_S = 2.0
WHOSE = {"mine": "My runs", "all": "Everyone's runs"}
_WHOSE, _PAGE = "runs", "at"  # in the address
# Pixels of the columns, which make lines on a phone.
_STATE, _ACCURACY, _COST, _WHO = 215, 125, 190, 190


def runs_list() -> None:
    """The choice, the teacher's door, and the list."""
    with st.container(horizontal=True, vertical_alignment="center", key="runs_head"):
        whose = _choice()
        operator.door()
    st.fragment(_body, run_every=TICK_S if _board(whose).n_live else None)(whose)


def _choice() -> str:
    asked = st.query_params.get(_WHOSE)
    st.session_state["runs.whose"] = asked if asked in WHOSE else "mine"
    return st.segmented_control(
        "Whose runs",
        list(WHOSE),
        key="runs.whose",
        required=True,
        format_func=WHOSE.__getitem__,
        on_change=_keep,
        label_visibility="collapsed",
    )  # type: ignore[return-value]  # required: there is always one


def _keep() -> None:
    whose = st.session_state["runs.whose"]
    st.query_params.pop(_PAGE, None)
    if whose == "mine":
        st.query_params.pop(_WHOSE, None)
    elif whose is not None:
        st.query_params[_WHOSE] = whose


def _board(whose: str) -> Board:
    asked = st.query_params.get(_PAGE, "1")
    return queue.runs_page(owner() if whose == "mine" else None, int(asked) if asked.isdecimal() else 1)


def _body(whose: str) -> None:
    shown = _board(whose)
    if not shown.n_live and st.session_state.get("runs.was_live"):
        st.session_state["runs.was_live"] = False
        st.rerun()  # a whole run of the page, which sets no timer
    st.session_state["runs.was_live"] = bool(shown.n_live)
    if any(run.state is State.QUEUED for run in shown.runs):
        dispatcher.ensure_running(cached.settings())
    if not shown.runs:
        said = "None of yours yet. The first one you start stands here." if whose == "mine" else "None yet."
        st.markdown(f":gray[{said}]")
        return
    is_operator = operator.is_operator()
    with st.container(key="runs_rows", gap="xsmall"):
        for run in shown.runs:
            _row(run, shown.devices.get(run.id, ""), is_operator)
    if shown.n_pages > 1:
        _pages(shown, whose)


def _row(run: Run, device: str, is_operator: bool) -> None:
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"run.{run.id}"):
        st.page_link(
            LAB,
            label=words.markdown_safe(name_of(run)),
            icon=":material/push_pin:" if run.pinned else None,
            query_params={"run": run.id},
            width="stretch",
        )
        st.markdown(_state(run), width=_STATE)
        got = reached(run.summary)
        accuracy = (
            f"**{words.percent(got.accuracy)}** :gray[of {words.count(got.n)}]" if got.accuracy is not None else ""
        )
        st.markdown(accuracy or "&nbsp;", width=_ACCURACY)
        on = f" :gray[on {words.markdown_safe(device)}]" if device else ""
        st.markdown(f"{words.clock(got.seconds)}{on}" if got.seconds else "&nbsp;", width=_COST)
        ago = words.about(max(0.0, time.time() - run.created_at))
        st.markdown(f"{words.markdown_safe(label(run.owner))} :gray[· {ago} ago]", width=_WHO)
        if is_operator:
            _menu(run)


def _state(run: Run) -> str:
    icon, colour, word = LOOK[run.state]
    if run.state is State.QUEUED:
        return f":{colour}[{icon}] {queue.short(run)}"
    if run.cancel_requested and not run.is_terminal:
        word = "Stopping"
    share = f" :gray[{100 * (run.step or 0) / run.total:.0f} %]" if run.state is State.RUNNING and run.total else ""
    return f":{colour}[{icon} {word}]{share}"


def _menu(run: Run) -> None:
    """What the operator may do with this run; `operator.act` checks whether they still may."""
    options = {"unpin": "Unpin"} if run.pinned else {"pin": "Pin"}
    options |= {"delete": "Delete for good"} if run.is_terminal else {"stop": "Stop"}
    if run.state is State.QUEUED:
        options["clear"] = "Clear all this owner's waiting runs"
    key = f"run.menu.{run.id}"
    st.menu_button(
        ":material/more_vert:",
        list(options),
        key=key,
        format_func=options.__getitem__,
        on_click=_chosen,
        args=(key, run.id, run.owner),
        type="tertiary",
    )


def _chosen(key: str, run_id: str, of: str) -> None:
    what = st.session_state[key]
    operator.perform(what, of if what == "clear" else run_id)
    queue.forget()


def _pages(shown: Board, whose: str) -> None:
    # Its own value after the first time; a list of another length is another widget, and begins where the address is.
    key = f"runs.page.{whose}.{shown.n_pages}"
    st.pagination(shown.n_pages, default=shown.page, key=key, on_change=_turn, args=(key,))


def _turn(key: str) -> None:
    page = st.session_state[key]
    if page == 1:
        st.query_params.pop(_PAGE, None)
    else:
        st.query_params[_PAGE] = str(page)
