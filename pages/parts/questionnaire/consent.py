"""In a room: whether a visitor shows their answers to the teacher, and under which name. Off until they say so.

What the teacher sees changes by the visitor's own presses alone. A link may be anybody's: its answers are only shown.
"""

from collections.abc import Sequence

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.people import membership
from pages.shared.people.owner import owner
from pages.shared.session import address, buttons, cached, trouble
from sota_core import words
from sota_core.errors import RunError
from sota_core.language import tr
from sota_core.learn.question import Deed, Verdict
from sota_core.learn.questions import questions
from sota_core.people import answers

ANSWERS = "a"  # in the address
_KEY = "questionnaire.shows"


def shown_before() -> str:
    """The answers that the teacher of this room sees. A visit that begins at a link without answers goes on with them:
    else it would show the teacher an empty sheet in their place. Not a visit that is in the room only by a cookie: it
    may be the next pupil's at a machine of the class.
    """
    kept = None if membership.is_by_cookie() else _kept()
    return kept.word if kept else ""


def _kept() -> answers.Shown | None:
    code = membership.current()
    return None if code is None else answers.own(cached.settings().home, code, owner())


def row(word: str, verdicts: Sequence[Verdict]) -> None:
    """Nothing outside a room. While it is ticked, answers are kept for the teacher; once unticked they are gone."""
    code = membership.current()
    if code is None:
        return
    home, me = cached.settings().home, owner()
    kept = answers.own(home, code, me)
    if kept and membership.is_by_cookie():
        _ask_who(code, word or kept.word)
        return
    # the name that the teacher reads changes only when one is typed, not because a guess once had another
    given = None if kept and membership.is_recalled() else membership.nickname()
    name = given or (kept.name if kept else None)
    with st.container(horizontal=True, vertical_alignment="bottom"):
        membership.nickname_input("questionnaire.name")
        st.session_state[_KEY] = kept is not None
        st.checkbox(
            tr("Show my answers to the teacher of room {code}", code=code),
            key=_KEY,
            on_change=_turned,
            args=(code, me, name, word, _done(verdicts)),
            disabled=name is None and kept is None,
            help=tr(
                "The teacher sees, under the name beside this, what you answered and what of it is right. "
                "Untick it, and this is deleted."
            ),
        )
        buttons.reason("" if name or kept else tr("Enter a name first."))
    if kept is None:
        return
    if is_shown := kept.word == word[: answers.LONGEST]:
        answers.show(home, code, me, name or kept.name, word, _done(verdicts))
    elif name not in (None, kept.name):
        answers.show(home, code, me, name, kept.word, kept.done)
    shown_as = words.markdown_safe(name or kept.name)
    if is_shown:
        st.markdown(f":gray[:small[{tr('The teacher sees your answers as those of {name}.', name=shown_as)}]]")
        return
    with _said(tr("The teacher sees other answers as those of {name}, not these.", name=shown_as)):
        st.button(
            tr("Show these instead"),
            key="questionnaire.instead",
            type="tertiary",
            icon=":material/swap_horiz:",
            on_click=_show_instead,
            args=(code, me, name or kept.name, word, _done(verdicts)),
        )


def _ask_who(code: str, word: str) -> None:
    """On a machine of the class: is this the pupil whose answers this browser shows, or the next one?"""
    said = tr(
        "This browser already shows somebody's answers to the teacher of room {code}, and it can show those of one "
        "person only. If they are not yours, show your own in a private window or another browser.",
        code=code,
    )
    with _said(said):
        icon = ":material/person_check:"
        st.button(
            tr("They are mine: go on"),
            key="questionnaire.mine",
            type="tertiary",
            icon=icon,
            on_click=_go_on,
            args=(word,),
        )


def _said(text: str) -> DeltaGenerator:
    """A line in small grey words, and a place for a button after it."""
    line = st.container(horizontal=True, vertical_alignment="center")
    line.markdown(f":gray[:small[{text}]]", width="content")
    return line


def _go_on(word: str) -> None:
    membership.confirm()
    address.write({ANSWERS: word or None})


@trouble.said_later
def follow(before: str, after: str) -> None:
    """Call it when the visitor has answered: the teacher sees that too, where they saw the answers before it."""
    code, kept = membership.current(), None if membership.is_by_cookie() else _kept()
    if code is not None and kept is not None and kept.word == before[: answers.LONGEST]:
        answers.show(cached.settings().home, code, owner(), kept.name, after, kept.done)


def _show(code: str, me: str, name: str, word: str, done: tuple[str, ...]) -> None:
    if not answers.show(cached.settings().home, code, me, name, word, done):
        raise RunError(tr("Room {code} is full: it keeps the answers of {n} people.", code=code, n=answers.MOST))


_show_instead = trouble.said_later(_show)


@trouble.said_later
def _turned(code: str, me: str, name: str | None, word: str, done: tuple[str, ...]) -> None:
    if st.session_state[_KEY] and name:
        _show(code, me, name, word, done)
    else:
        answers.hide(cached.settings().home, code, me)


def _done(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The ids of the deeds that are done: these are judged by the visitor's runs, not by their answers."""
    pairs = zip(questions(), verdicts, strict=True)
    return tuple(question.id for question, verdict in pairs if isinstance(question, Deed) and verdict.is_right)
