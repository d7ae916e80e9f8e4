"""Who waits where, and the list of runs by pages: read once for all viewers, and said in words."""

import shutil
from collections.abc import Iterable

import streamlit as st

from pages.shared.session import cached
from sota_core import words
from sota_core.language import tr
from sota_core.limits import size_left
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.run import QueuePlace, Run
from sota_core.runs.states import State
from sota_core.runs.store.runs_page import Board, board
from sota_core.settings import Settings
from sota_core.system import engine

FRESH_S = 1.0
FAR = 8  # places: with so many before it, nothing happens to a run within a look or two


@st.cache_data(ttl=FRESH_S, max_entries=4, show_spinner=False)
def _places(url: str) -> dict[str, QueuePlace]:
    return cached.store().queue.places()


@st.cache_data(ttl=FRESH_S, max_entries=64, show_spinner=False)
def _board(url: str, owners: tuple[str, ...] | None, page: int) -> Board:
    return board(cached.store(), owners=owners, page=page)


def runs_page(owners: tuple[str, ...] | None, page: int) -> Board:
    """A page of the runs of these owners, or of everyone's (None)."""
    return _board(cached.settings().db_url, owners, page)


def look_after(runs: Iterable[Run]) -> None:
    """At every look at runs that have not ended: make sure that a dispatcher lives.

    The dispatcher starts those that wait, and it alone notices a worker that has died: without it, a dead run is shown
    as training for ever. (Not for runs of a recording.)
    """
    if any(not run.is_terminal for run in runs):
        have_dispatcher()


def have_dispatcher() -> None:
    starter(cached.settings()).ensure_running()


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Settings: repr})
def starter(of: Settings) -> Starter:
    return Starter(of)


def forget() -> None:
    """Read again: somebody has changed something and wants to see it."""
    _places.clear()
    _board.clear()


def place(run: Run) -> QueuePlace | None:
    return _places(cached.settings().db_url).get(run.id)


def is_far(run: Run) -> bool:
    """Whether so many runs go first that this one need not be looked at every second."""
    at = place(run) if run.state is State.QUEUED else None
    return at is not None and at.position > FAR


def short(run: Run) -> str:
    """A waiting run in a list: `2 of 5, in about 3 minutes`."""
    at = place(run)
    if at is None:
        return tr("waiting")
    if at.position == 1 and not at.expected_start_s:
        return tr("next")
    if not at.expected_start_s:
        return tr("{n} of {of}", n=at.position, of=at.queued)
    time = words.about(at.expected_start_s)
    return tr("{n} of {of}, in about {time}", n=at.position, of=at.queued, time=time)


def sentence(run: Run) -> str:
    """A waiting run on its own panel: where it stands, when it is expected to start, and why it waits."""
    if said := engine.why_not(cached.settings()):
        return tr("**Waiting.** {why}", why=said)
    if short_of := _missing_disk():
        return tr("**Waiting.** {why}", why=short_of)
    if not cached.store().slots:
        return tr(
            "**Waiting.** No run can be started now: the machines that train do not answer, or have no room "
            "for one. This run starts by itself as soon as that changes."
        )
    at = place(run)
    if at is None or (at.position == 1 and not at.expected_start_s):
        return tr("**Waiting** for a free place; it is next.")
    said = tr("**Waiting**, number {n} of {of} in the queue.", n=at.position, of=at.queued)
    if at.expected_start_s:
        said = tr(
            "**Waiting**, number {n} of {of} in the queue, in about {time}.",
            n=at.position,
            of=at.queued,
            time=words.about(at.expected_start_s),
        )
    return said + " " + tr("Another run of the same owner goes first.") if _has_another(run) else said


def _has_another(run: Run) -> bool:
    return any(other.owner == run.owner and not other.self_started for other in _active(cached.settings().db_url))


@st.cache_data(ttl=FRESH_S, max_entries=4, show_spinner=False)
def _active(url: str) -> list[Run]:
    return cached.store().history.active()


def _missing_disk() -> str:
    """The dispatcher starts nothing on a machine that is short of disk: say so, or one waits for ever."""
    settings = cached.settings()
    free = shutil.disk_usage(settings.home).free
    if free >= settings.min_free_bytes:
        return ""
    return tr(
        "This machine has {left} of disk space left and starts no run below {least}. This run starts by itself "
        "once somebody has freed space.",
        left=size_left(free),
        least=words.size_of(settings.min_free_bytes),
    )
