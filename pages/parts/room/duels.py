"""Which of two runs will be better? Open until either begins its last epoch; told when both have ended."""

import streamlit as st

from pages.shared.people import membership
from pages.shared.people.owner import label, owner
from pages.shared.runs import guesses
from pages.shared.session import buttons, cached
from sota_core import words
from sota_core.analysis.room_board import final_accuracy
from sota_core.figures.runs.guesses import votes
from sota_core.language import tr
from sota_core.runs.run import Run
from sota_core.runs.store.guesses import duel_subject

_DUEL = ("guess.duel.first", "guess.duel.second")  # the buttons, whichever two runs they are about


def duel(first: Run, second: Run) -> None:
    """Which of two runs will be better? Open until either begins its last epoch; told when both have ended."""
    _take_duel()
    store, subject = cached.store(), duel_subject(first.id, second.id)
    first, second = sorted((first, second), key=lambda run: run.id)
    names = _told_apart(first, second)
    own = store.guesses.own(subject, owner())
    if first.is_terminal and second.is_terminal:
        found = votes(store.guesses.revealed(subject), (final_accuracy(first), final_accuracy(second)))
        if found.first + found.second:
            of = {"a": names[0], "b": names[1]}
            said = tr("{a} against {b}: there is no winner.", **of)
            if found.won is not None:
                said = tr("{a} against {b}: **{winner}** won.", **of, winner=names[found.won])
            if found.won is not None and found.n_right is not None:
                said = tr(
                    "{a} against {b}: **{winner}** won, as {n_right} of {n} had predicted.",
                    **of,
                    winner=names[found.won],
                    n_right=found.n_right,
                    n=found.first + found.second,
                )
            st.markdown(said)
    elif own is not None:
        guesses.sealed(tr("You say **{name}** will win: sealed.", name=names[int(own.value >= 0.5)]), subject)
    elif store.guesses.is_open(first.id) and store.guesses.is_open(second.id):
        st.markdown(tr("Or say which of these two will win:"))
        with st.container(horizontal=True):
            for key, first_wins, text in zip(_DUEL, (True, False), names, strict=True):
                about = (first.id, second.id, first_wins)
                buttons.button(text, about, key=key, icon=":material/emoji_events:")


def _take_duel() -> None:
    """Act on a press about the two runs shown then: once the class has started a third, two others are shown."""
    for key in _DUEL:
        with buttons.pressed(key) as about:
            if about is not None:
                first, second, first_wins = about
                other = {"room": membership.current(), "nickname": membership.nickname()}
                guesses.answer(
                    cached.store().guesses.commit_winner(first, second, owner=owner(), first_wins=first_wins, **other)
                )


def _told_apart(*runs: Run) -> list[str]:
    """A name for each run; where these are equal, with who has started it, and if need be with its id."""
    names = [guesses.name(run) for run in runs]
    for more in (lambda run: label(run.owner, run.nickname), lambda run: run.id):
        if len(set(names)) < len(names):
            names = [f"{told} · {words.markdown_safe(more(run))}" for told, run in zip(names, runs, strict=True)]
    return names
