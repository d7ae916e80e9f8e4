"""Which of two runs will be better? Open until either begins its last epoch; told when both have ended.

A class is asked about its two newest runs. A vote stays on the page however many runs are started after it.
"""

from collections import Counter
from collections.abc import Hashable, Sequence

import streamlit as st

from pages.shared.frame import names
from pages.shared.people import membership
from pages.shared.people.owner import label, owner
from pages.shared.runs import guesses, room
from pages.shared.session import buttons, cached
from sota_core import words
from sota_core.analysis.room_board import final_accuracy
from sota_core.figures.runs.guesses import votes
from sota_core.language import tr
from sota_core.runs.run import Run
from sota_core.runs.store.guesses import Duel, Guess

_BUTTONS = "guess.duel."
DRAWN = 3  # pairs, for whoever has said nothing of them; and pairs that are over
_LISTED = 100  # pairs with votes that are not over: one's own are sought among these


def take() -> None:
    """Act on presses, each about the two runs shown then: once the class has started more, others may be shown."""
    for key in buttons.waiting(_BUTTONS):
        with buttons.pressed(key) as about:
            if about is not None:
                first, second, first_wins = about
                other = {"room": membership.current(), "nickname": membership.nickname()}
                taken = cached.store().guesses.commit_winner(
                    first, second, owner=owner(), first_wins=first_wins, **other
                )
                _read.clear()
                guesses.answer(taken)


def live(code: str, running: Sequence[Run]) -> None:
    """The two newest runs under way and the pairs that somebody has voted on, newest first: one's own, and some more.

    running  the room's runs under way, newest first
    """
    pairs = list(_voted(code, is_over=False, limit=_LISTED))
    if len(running) >= 2:
        newest = Duel(*sorted(running[:2], key=lambda run: run.id), n=0)
        if newest.subject not in {pair.subject for pair in pairs}:
            pairs.insert(0, newest)
    own = cached.store().guesses.owns([pair.subject for pair in pairs], owner())
    controls: list[names.Named] = []
    for n, pair in enumerate(pairs):
        if n < DRAWN or pair.subject in own:
            # Each count asks anew by itself: of many old votes, that would keep the server at work for nothing.
            controls += _one(pair, own.get(pair.subject), guesses.COUNT_S if n < DRAWN else None)
    labels = Counter(control.label for control in controls)
    names.tell_apart((control for control in controls if labels[control.label] > 1), key="room.duel_names")


def over(code: str) -> None:
    """Who won, and how many had said so, of the pairs that were over last."""
    for pair in _voted(code, is_over=True, limit=DRAWN):
        results = final_accuracy(pair.first), final_accuracy(pair.second)
        found = votes(cached.store().guesses.revealed(pair.subject), results)
        told = [words.markdown_safe(name) for name in told_apart(pair.first, pair.second)]
        of = {"a": told[0], "b": told[1]}
        said = tr("{a} against {b}: there is no winner.", **of)
        if found.won is not None and found.n_right is not None:
            said = tr(
                "{a} against {b}: **{winner}** won, as {n_right} of {n} had predicted.",
                **of,
                winner=told[found.won],
                n_right=found.n_right,
                n=found.first + found.second,
            )
        st.markdown(said)


def _voted(code: str, *, is_over: bool, limit: int) -> list[Duel]:
    return _read(cached.settings().db_url, code, is_over, limit, room.state(code))


@st.cache_data(ttl=1.0, max_entries=64, show_spinner=False)
def _read(url: str, code: str, is_over: bool, limit: int, at: Hashable) -> list[Duel]:
    """One reading for all who look within a second, and while the room is in the same state: a page is drawn anew just
    once when a run has ended, and must not be told what was read before that.
    """
    return cached.store().guesses.duels(code, is_over=is_over, limit=limit)


def _one(pair: Duel, own: Guess | None, every: float | None) -> list[names.Named]:
    """Draw one pair; returns its buttons, since a run may stand in several pairs."""
    plain = told_apart(pair.first, pair.second)
    a, b = (words.markdown_safe(name) for name in plain)
    if own is not None:
        name, rival = (b, a) if own.value >= 0.5 else (a, b)
        said = tr("You say **{name}** will win against {rival}: sealed.", name=name, rival=rival)
        guesses.sealed(said, pair.subject, every)
    elif not cached.store().guesses.is_open(pair.subject):
        if pair.n:  # where nobody has voted there is nothing to wait for
            said = tr("{a} against {b}: too late to say which will win.", a=a, b=b)
            st.markdown(f":material/lock_clock: {said}")
            guesses.counted(pair.subject, every)
    else:
        st.markdown(tr("Or say which of these two will win:"))
        keys = [f"{_BUTTONS}{pair.first.id}.{pair.second.id}.{n}" for n in (1, 2)]
        with st.container(horizontal=True):
            for key, first_wins, text in zip(keys, (True, False), (a, b), strict=True):
                about = (pair.first.id, pair.second.id, first_wins)
                buttons.button(text, about, key=key, icon=":material/emoji_events:")
        guesses.counted(pair.subject, every, form_of=pair.subject)
        against = [tr("against {run}", run=rival) for rival in reversed(plain)]
        return [names.Named(*control) for control in zip(keys, plain, against, strict=True)]
    return []


def told_apart(*runs: Run) -> list[str]:
    """A name for each run, in plain text; where these are equal, with who has started it, if need be with its id."""
    found = [guesses.plain_name(run) for run in runs]
    for more in (lambda run: label(run.owner, run.nickname), lambda run: run.id):
        if len(set(found)) < len(found):
            found = [f"{told} · {more(run)}" for told, run in zip(found, runs, strict=True)]
    return found
