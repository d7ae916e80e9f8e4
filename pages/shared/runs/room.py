"""A room: the way to its board from every page, and the board of its runs.

A teacher makes a code and shows it; who opens an address with it is in. No account: the code is all there is.
"""

from collections.abc import Hashable
from dataclasses import dataclass

import streamlit as st

from pages.shared.people.announce import announce
from pages.shared.people.membership import PARAM, current
from pages.shared.people.owner import label
from pages.shared.runs import queue
from pages.shared.runs.start import listed, made_elsewhere, state_words
from pages.shared.session import cached, site, trouble
from sota_core import limits, words
from sota_core.analysis.room_board import PRESET, BoardRow, baseline_of, board_rows, final_accuracy
from sota_core.language import tr
from sota_core.people import answers
from sota_core.people.rooms import is_drawn
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.guesses import room_subject

SHOWN = 40  # a class of 200 with two runs each: the newest are what one looks for
LAST = 3  # runs that ended last: for these the guesses are opened
FRESH_S = 1.0  # all viewers of a room share one reading for so long
TICK_S, IDLE_TICK_S = 2.0, 10.0
QUIET_S = 3600.0  # a room in which nothing was started for so long is not polled any more


def banner() -> None:
    """A link to the board of the room one is in; nothing outside a room."""
    if code := current():
        site.link(
            "room",
            label=tr("Room **{code}**: runs you start here appear on its board", code=code),
            icon=":material/groups:",
            query={PARAM: code},
        )


@dataclass(frozen=True, slots=True)
class Seen:
    """What a room shows of its runs.

    rows      the newest runs, newest first
    baseline  what they are compared with; it may be older than all of them
    ended     the runs that ended last, the latest first; with many waiting they are older than all rows
    """

    rows: tuple[BoardRow, ...]
    baseline: Run | None
    ended: tuple[Run, ...]

    @property
    def state(self) -> frozenset[tuple[str, bool]]:
        """Another one as soon as a run begins or ends."""
        return frozenset(
            [(row.run.id, row.run.is_terminal) for row in self.rows] + [(run.id, True) for run in self.ended]
        )


@st.cache_data(ttl=FRESH_S, max_entries=64, show_spinner=False)
def _read(url: str, code: str) -> Seen:
    """Indexed queries, once for all who look within a second."""
    history = cached.store().history
    newest = history.list_runs(room=code, limit=SHOWN)
    start = baseline_of(newest) if len(newest) < SHOWN else baseline(code)
    return Seen(board_rows(newest, start), start, tuple(history.ended_last(code, LAST)))


def baseline(code: str) -> Run | None:
    """What the room compares with, sought among all its runs. Of each kind some are looked at: the figures of a run
    may be unreadable to this version, and one may have a baseline's name with techniques on.
    """
    history = cached.store().history
    return baseline_of([*history.first_finished(code, PRESET, limit=SHOWN), *history.first_finished(code)])


def _seen(code: str) -> Seen:
    return _read(cached.settings().db_url, code)


def rows(code: str) -> tuple[BoardRow, ...]:
    return _seen(code).rows


def ended(code: str) -> tuple[Run, ...]:
    """The runs of the room that ended last, the latest first."""
    return _seen(code).ended


def state(code: str) -> Hashable:
    """Another one as soon as a run of the room begins or ends."""
    return _seen(code).state


def forget() -> None:
    """Read again: something has changed that is to be seen at once."""
    _read.clear()


def is_known(code: str) -> bool:
    """Was this code made here, or has anything happened under it? Else it may be mistyped."""
    store, home = cached.store(), cached.settings().home
    has_guesses = store.guesses.count(room_subject(code)) > 0
    return is_drawn(code) or bool(rows(code)) or has_guesses or answers.any_shown(home, code)


def is_quiet(code: str) -> bool:
    """Has nothing been started here for QUIET_S? Then nobody is waited for."""
    newest = max((row.run.created_at for row in rows(code)), default=None)
    return newest is not None and cached.store().session.clock() - newest > QUIET_S


def board(code: str) -> None:
    """The room's runs, newest first; fresh every two seconds while one is under way."""
    seen = _seen(code)
    is_live = any(not row.run.is_terminal for row in seen.rows)
    every = TICK_S if is_live else None if is_quiet(code) else IDLE_TICK_S
    trouble.fragment(_board, run_every=every)(code, seen.state)


def _board(code: str, was: frozenset[tuple[str, bool]]) -> None:
    seen = _seen(code)
    shown = seen.rows
    if was != seen.state:
        st.rerun()  # something began or ended: the page decides again how often to look, and what may be revealed
    announce(_ended(seen.ended[0]) if seen.ended else "", of=code, key="room.told")
    if not shown:
        st.markdown(tr(":gray[No run yet. A run that somebody in this room starts on the Train page appears here.]"))
        return
    queue.look_after(row.run for row in shown)
    lines = [tr("| run | by | accuracy | against baseline | with TTA | time |"), "|:--|:--|--:|--:|--:|--:|"]
    st.markdown("\n".join([*lines, *(_line(row, code) for row in shown)]))
    if len(shown) == SHOWN:
        st.caption(_beyond(code))


def _beyond(code: str) -> str:
    """Under a board that does not hold all runs: what its figures are compared with, where that is not on it."""
    seen = _seen(code)
    start = seen.baseline
    if start is None or any(row.is_baseline for row in seen.rows):
        return tr("The newest {n} runs.", n=SHOWN)
    return tr(
        "The newest {n} runs. The room's baseline is older: {run} by {name}, {accuracy}.",
        n=SHOWN,
        run=_link(start, code),
        name=words.markdown_safe(label(start.owner, start.nickname)),
        accuracy=words.percent(final_accuracy(start) or 0.0),
    )


def _ended(run: Run) -> str:
    """What a screen reader is told of a run that has ended: `Mixup has ended: 64.8 %.`"""
    if (accuracy := final_accuracy(run)) is None:
        return tr("{run} has ended.", run=_title(run))
    return tr("{run} has ended: {accuracy}.", run=_title(run), accuracy=words.percent(accuracy))


def _line(row: BoardRow, code: str) -> str:
    run = row.run
    by = words.markdown_safe(label(run.owner, run.nickname))
    name = _link(run, code)
    if row.accuracy is None:
        return f"| {name} | {by} | :gray[{_state(run)}] | | | |"
    change = tr("baseline") if row.is_baseline else tr(row.otherwise) if row.otherwise else "–"
    change = change if row.change is None else _signed(row.change)
    tta = words.percent(row.tta_accuracy) if row.tta_accuracy is not None else "–"
    return f"| {name} | {by} | **{words.percent(row.accuracy)}** | {change} | {tta} | {words.clock(row.seconds)} |"


def _link(run: Run, code: str) -> str:
    # ids and codes are letters and digits: nothing of a visitor stands in this address
    return f"[{words.markdown_safe(_title(run))}]({site.href('train', f'run={run.id}&{PARAM}={code}')})"


def _signed(change: float) -> str:
    """A change in points with its sign: green above 0, red below."""
    text = words.points(change)
    return f":green[{text}]" if text.startswith("+") else f":red[{text}]" if text.startswith("−") else text


def _state(run: Run) -> str:
    if run.state is State.RUNNING and run.total and not run.cancel_requested:
        return tr("{share} done", share=limits.done(run.step, run.total))
    return state_words(run)


def _title(run: Run) -> str:
    recipe = run.known_recipe
    return made_elsewhere(run) if recipe is None else " · ".join(listed(recipe))
