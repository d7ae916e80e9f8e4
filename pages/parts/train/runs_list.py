"""My runs, everyone's runs: one line each, by pages, pinned ones first. Polls while something is under way or waits."""

import time

import streamlit as st

from pages.parts.train.outcome import LOOK
from pages.shared.components import files
from pages.shared.people import teacher
from pages.shared.people.owner import label, mine
from pages.shared.runs import queue
from pages.shared.runs.start import listed, made_elsewhere
from pages.shared.session import address, controls, site, trouble
from sota_core import limits, words
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import source_title
from sota_core.language import N_, tr
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.runs_page import Board

TICK_S, IDLE_TICK_S = 2.0, 10.0
WHOSE = {"mine": N_("My runs"), "all": N_("Everyone's runs")}
_WHOSE, _PAGE = "runs", "at"  # in the address
_DELETING = "run.deleting"  # in the session: the run whose deletion is to be confirmed
_STYLE = files.style(__file__)
_MOST_PAGES = 10**9


def runs_list() -> None:
    """The choice, the teacher's door, and the list."""
    st.html(_STYLE)
    with st.container(horizontal=True, vertical_alignment="center", key="runs_head"):
        whose = _choice()
        teacher.door()
    is_live = bool(_board(whose).n_live)
    # without a live run only an operator's list refreshes: they act on the runs that others start
    idle = IDLE_TICK_S if teacher.is_operator() else None
    trouble.fragment(_body, run_every=TICK_S if is_live else idle)(whose, is_live)


def _choice() -> str:
    return controls.choice(
        tr("Whose runs"),
        list(WHOSE),
        "mine",
        name=_WHOSE,
        key="runs.whose",
        words=lambda whose: tr(WHOSE[whose]),
        also=lambda _: {_PAGE: None},
        in_a_row=True,
        label_visibility="collapsed",
    )


def _board(whose: str) -> Board:
    # beyond the last page, which only the list knows, it shows the last one
    page = address.whole(_PAGE, 1, 1, _MOST_PAGES, clamps=True)
    return queue.runs_page(mine() if whose == "mine" else None, page)


def _body(whose: str, was_live: bool) -> None:
    shown = _board(whose)
    if bool(shown.n_live) != was_live:
        st.rerun()  # only a run of the whole page can stop or change the timer
    queue.look_after(shown.runs)
    if not shown.runs:
        is_mine = whose == "mine"
        said = tr("You have no runs yet. The first one you start appears here.") if is_mine else tr("None yet.")
        st.markdown(f":gray[{said}]")
        return
    is_operator = teacher.is_operator()
    with st.container(key="runs_rows", gap="xsmall"):
        for run in shown.runs:
            _row(run, shown.devices.get(run.id, ""), is_operator)
    if shown.n_pages > 1:
        _pages(shown, whose)


def _row(run: Run, device: str, is_operator: bool) -> None:
    title, data = _title_and_data(run)
    got = reached(run.summary)
    accuracy = cost = ""
    if got.accuracy is not None:
        accuracy = tr("**{accuracy}** :gray[of {n}]", accuracy=words.percent(got.accuracy), n=words.count(got.n))
    if got.seconds:
        cost = words.clock(got.seconds)
        if device:
            cost = tr("{time} :gray[on {device}]", time=cost, device=words.markdown_safe(device))
    ago = words.about(max(0.0, time.time() - run.created_at))
    # the teacher sees the nickname that a room's board shows
    person = label(run.owner, run.nickname if is_operator else None)
    who = tr("{person} :gray[· {time} ago]", person=words.markdown_safe(person), time=ago)
    with st.container(horizontal=True, vertical_alignment="center", gap="small", key=f"runrow.{run.id}"):
        site.link(
            "train",
            label=f"{words.markdown_safe(title)} :gray[{words.markdown_safe(data)}]",
            icon=":material/push_pin:" if run.pinned else None,
            query={"run": run.id},
        )
        for text in (_state(run), accuracy, cost, who):
            st.markdown(text or "&nbsp;", width="content")  # an empty cell keeps its column
        if is_operator:
            _menu(run)
    if is_operator and st.session_state.get(_DELETING) == run.id:
        _confirm(run)


def _title_and_data(run: Run) -> tuple[str, str]:
    if (recipe := run.known_recipe) is None:
        return made_elsewhere(run), ""
    title, apart = listed(recipe)
    return title, f"{apart} · {source_title(recipe.source)}"


def _state(run: Run) -> str:
    icon, colour, word = LOOK[run.state]
    word = tr(word)
    if run.state is State.QUEUED:
        return f":{colour}[{icon}] {queue.short(run)}"
    if run.cancel_requested and not run.is_terminal:
        word = tr("Stopping")
    is_counted = run.state is State.RUNNING
    share = f" :gray[{limits.done(run.step, run.total)}]" if is_counted and run.total else ""
    return f":{colour}[{icon} {word}]{share}"


def _menu(run: Run) -> None:
    """What the operator may do with this run; `teacher.act` checks whether they still may."""
    options = {"unpin": tr("Unpin")} if run.pinned else {"pin": tr("Pin")}
    options |= {"delete": tr("Delete for good")} if run.is_terminal else {"stop": tr("Stop")}
    if run.state is State.QUEUED:
        options["clear"] = tr("Clear all this owner's waiting runs")
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
    if what == "delete":
        st.session_state[_DELETING] = run_id
        return
    _perform(what, of if what == "clear" else run_id)


def _perform(what: str, target: str) -> None:
    teacher.perform(what, target)
    queue.forget()


def _confirm(run: Run) -> None:
    """Ask for a second press: a deleted run does not come back, and others may be looking at it or comparing it."""
    with st.container(horizontal=True, vertical_alignment="center", key="run.confirm"):
        st.markdown(tr("Delete this run, its curves and its files? This cannot be undone."), width="content")
        st.button(tr("Delete for good"), key="run.delete", icon=":material/delete:", on_click=_delete, args=(run.id,))
        st.button(tr("Keep it"), key="run.keep", on_click=_keep)


def _delete(run_id: str) -> None:
    _keep()
    _perform("delete", run_id)


def _keep() -> None:
    st.session_state[_DELETING] = None


def _pages(shown: Board, whose: str) -> None:
    key = f"runs.page.{whose}.{shown.n_pages}"  # a list of another length is another widget
    st.pagination(shown.n_pages, **controls.kept(_PAGE, shown.page, key=key, default=1))
