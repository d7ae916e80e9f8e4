"""In a room: whether a visitor shows their answers to the teacher, and under which name. Off until they say so.

What the teacher sees changes by the visitor's own presses alone. A link may be anybody's: its answers are only shown.
"""

from collections.abc import Sequence

import streamlit as st

from pages.shared.people import membership
from pages.shared.people.owner import owner
from pages.shared.session import buttons, cached, trouble
from sota_core import words
from sota_core.language import tr
from sota_core.learn.question import Deed, Verdict
from sota_core.learn.questions import questions
from sota_core.people import answers

_KEY = "questionnaire.shows"


def shown_before() -> str:
    """The answers that the teacher of this room sees. A visit that begins at a link without answers goes on with them:
    else it would show the teacher an empty sheet in their place.
    """
    code = membership.current()
    kept = None if code is None else answers.own(cached.settings().home, code, owner())
    return kept.word if kept else ""


def row(word: str, verdicts: Sequence[Verdict]) -> None:
    """Nothing outside a room. While it is ticked, answers are kept for the teacher; once unticked they are gone."""
    code = membership.current()
    if code is None:
        return
    home, me = cached.settings().home, owner()
    kept = answers.own(home, code, me)
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
    with st.container(horizontal=True, vertical_alignment="center"):
        said = tr("The teacher sees other answers as those of {name}, not these.", name=shown_as)
        st.markdown(f":gray[:small[{said}]]", width="content")
        st.button(
            tr("Show these instead"),
            key="questionnaire.instead",
            type="tertiary",
            icon=":material/swap_horiz:",
            on_click=_show_instead,
            args=(code, me, name or kept.name, word, _done(verdicts)),
        )


@trouble.said_later
def follow(before: str, after: str) -> None:
    """Call it when the visitor has answered: the teacher sees that too, where they saw the answers before it."""
    code = membership.current()
    kept = None if code is None else answers.own(cached.settings().home, code, owner())
    if code is not None and kept is not None and kept.word == before[: answers.LONGEST]:
        answers.show(cached.settings().home, code, owner(), kept.name, after, kept.done)


@trouble.said_later
def _show_instead(code: str, me: str, name: str, word: str, done: tuple[str, ...]) -> None:
    answers.show(cached.settings().home, code, me, name, word, done)


@trouble.said_later
def _turned(code: str, me: str, name: str | None, word: str, done: tuple[str, ...]) -> None:
    home = cached.settings().home
    if st.session_state[_KEY] and name:
        answers.show(home, code, me, name, word, done)
    else:
        answers.hide(home, code, me)


def _done(verdicts: Sequence[Verdict]) -> tuple[str, ...]:
    """The ids of the deeds that are done: these are judged by the visitor's runs, not by their answers."""
    pairs = zip(questions(), verdicts, strict=True)
    return tuple(question.id for question, verdict in pairs if isinstance(question, Deed) and verdict.is_right)
