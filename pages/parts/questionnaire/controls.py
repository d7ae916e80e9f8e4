"""A question on the screen: its control by kind, the verdict on the answer, and the progress in the address.

The address is the truth: a control shows what it says and writes to it. The session only keeps the parameters while
the page of a hint is visited, because the links of the sidebar carry none.
"""

from collections.abc import Callable

import streamlit as st

from pages.parts.questionnaire import consent
from pages.parts.questionnaire.consent import ANSWERS
from pages.shared.people.owner import mine
from pages.shared.session import address, cached, site
from sota_core import language, words
from sota_core.language import N_, tr
from sota_core.learn.progress import Answer, decode, encode
from sota_core.learn.question import LETTERS, AnyQuestion, Choice, Deed, Link, Number, Order, Row, Verdict
from sota_core.learn.questions import questions
from sota_core.learn.typed import LONGEST, typed_number
from sota_core.recipes import Recipe
from sota_core.runs.states import State

TICKS, AT = "done", "q"  # the address's other parameters
_RUNS_LOOKED_AT = 50


def recall(name: str, elsewhere: Callable[[], str] = str) -> str:
    """A parameter of this page's address; where it has none, what it last was in this session, and before this session
    what is kept `elsewhere`.
    """
    kept = f"questionnaire.kept.{name}"
    if kept not in st.session_state and address.given(name) is None:
        st.session_state[kept] = elsewhere()
    if address.given(name) is None and st.session_state.get(kept):
        address.complete({name: st.session_state[kept]})
    st.session_state[kept] = address.given(name) or ""
    return st.session_state[kept]


def keep(name: str, word: str, **also: str) -> None:
    """Put a parameter into the address, together with whatever else the same press changes there."""
    if name == ANSWERS:
        consent.follow(address.given(ANSWERS) or "", word)
    st.session_state[f"questionnaire.kept.{name}"] = word
    address.write({name: word or None, **also})


def written(at: int) -> str:
    """How the question of index `at` stands in the address: counted from 1."""
    return str(at + 1)


def finished() -> list[Recipe]:
    """The recipes of this visitor's finished runs; deeds are judged by them."""
    of = cached.store().history.list_runs
    runs = [run for me in mine() for run in of(owner=me, states=[State.FINISHED], limit=_RUNS_LOOKED_AT)]
    return [recipe for run in runs if (recipe := run.known_recipe) is not None]


def judged(question: AnyQuestion, answer: Answer, done: list[Recipe]) -> Verdict:
    if isinstance(question, Deed):
        return question.judge(done)
    if answer is None:
        return Verdict(None)
    return question.judge(answer)  # type: ignore[arg-type]  # decode gives each question its own kind of answer


def control(question: AnyQuestion, answer: Answer) -> None:
    """Draw the question's control; its answer is judged as soon as it is complete."""
    if isinstance(question, Choice):
        (_several if question.many else _one_of)(question, str(answer or ""))
    elif isinstance(question, Order):
        _order(question, str(answer or ""))
    elif isinstance(question, Number):
        _number(question, answer if isinstance(answer, float) else None)
    elif isinstance(question, Row):
        _row(question, answer if isinstance(answer, tuple) else (None,) * len(question.answer))
    else:
        link(question.start, icon=":material/science:")


def link(to: Link, *, icon: str) -> None:
    site.link(to.page, label=tr(to.label), icon=icon, query=to.address)


def _key(question: AnyQuestion, part: object = "") -> str:
    return f"questionnaire.{question.id}{part}"


def _take(question: AnyQuestion) -> None:
    """A control was moved: read it, and put the answers into the address; an order's buttons call `_place`."""
    state, answer = st.session_state, None
    if isinstance(question, Choice) and question.many:
        answer = "".join(letter for letter in LETTERS[: len(question.options)] if state.get(_key(question, letter)))
    elif isinstance(question, Row):
        answer = tuple(typed_number(state.get(_key(question, i), "")) for i in range(len(question.answer)))
    elif isinstance(question, Number):
        answer = typed_number(state[_key(question)], question.unit)
    else:
        answer = state[_key(question)]
    _keep_answer(question, answer)


def _keep_answer(question: AnyQuestion, answer: Answer) -> None:
    """The address names the question too: else the page would go to the next one before the explanation is read."""
    asked = questions()
    answers = decode(address.given(ANSWERS) or "", asked) | {question.id: answer}
    at = [one.id for one in asked].index(question.id)  # by id: in another language they are not equal
    keep(ANSWERS, encode(answers, asked), **{AT: written(at)})


def _one_of(question: Choice, answer: str) -> None:
    letters = list(LETTERS[: len(question.options)])
    st.session_state[_key(question)] = answer or None
    st.radio(
        question.ask,
        letters,
        index=None,
        key=_key(question),
        format_func=lambda letter: question.options[letters.index(letter)].text,
        on_change=_take,
        args=(question,),
        label_visibility="collapsed",
    )


def _several(question: Choice, answer: str) -> None:
    with st.container(gap="small"):
        for letter, option in zip(LETTERS, question.options, strict=False):
            st.session_state[_key(question, letter)] = letter in answer
            st.checkbox(option.text, key=_key(question, letter), on_change=_take, args=(question,))


def _order(question: Order, answer: str) -> None:
    """A button for each step not placed yet; those placed stand numbered above."""
    for place, letter in enumerate(answer, 1):
        st.markdown(f"**{place}** &ensp; {words.markdown_safe(question.step(letter))}")
    left = [letter for letter in LETTERS[: len(question.steps)] if letter not in answer]
    if left:
        st.markdown(f":gray[:small[{tr('Which comes next?') if answer else tr('Which comes first?')}]]")
    with st.container(gap="xsmall"):
        for letter in left:
            st.button(
                question.step(letter),
                key=_key(question, letter),
                on_click=_place,
                args=(question, letter),
            )
    if answer:
        back = {"type": "tertiary", "icon": ":material/undo:", "on_click": _keep_answer}
        st.button(tr("Take the last one back"), key=_key(question, ".back"), args=(question, answer[:-1]), **back)


def _place(question: Order, letter: str) -> None:
    """Append a step to those placed by now: another may have been pressed since this button was drawn."""
    placed = str(decode(address.given(ANSWERS) or "", questions()).get(question.id) or "")
    if letter not in placed:
        _keep_answer(question, placed + letter)


def _as_typed(key: str, answer: float | None, unit: str = "") -> bool:
    """Let the field show the answer, as the visitor has typed it if that means the same number; is its text readable?

    Text that cannot be read stays, to be corrected. The field has no `max_chars`, whose counter, "1/40", reads like a
    score: longer text is cut here.
    """
    typed = str(st.session_state.get(key) or "")[:LONGEST]
    read = typed_number(typed, unit)
    if answer is not None:
        typed = typed if read is not None and f"{read:.6g}" == f"{answer:.6g}" else language.written(f"{answer:g}")
    elif read is not None:  # left from an answer that is not in the address any more
        typed = ""
    st.session_state[key] = typed
    return not typed or typed_number(typed, unit) is not None


_NOT_READ = N_("This is not a number. Write it like 0.02, 0,02 or 2\u00a0%.")


def _not_read() -> None:
    st.markdown(f":red[:small[{tr(_NOT_READ)}]]")


def _number(question: Number, answer: float | None) -> None:
    is_readable = _as_typed(_key(question), answer, question.unit)
    st.text_input(
        tr("Your answer ({unit})", unit=question.unit) if question.unit else tr("Your answer"),
        key=_key(question),
        on_change=_take,
        args=(question,),
        placeholder=tr("a number"),
        width=220,
    )
    if not is_readable:
        _not_read()


def _row(question: Row, answer: tuple[float | None, ...]) -> None:
    marks = {True: ":green[✓]", False: ":red[✕]", None: ":gray[·]"}
    is_complete, is_readable = all(value is not None for value in answer), True
    with st.container(horizontal=True, gap="small"):
        for i, (name, right) in enumerate(zip(question.names, question.cells(answer), strict=True)):
            is_readable &= _as_typed(_key(question, i), answer[i])
            st.text_input(
                f"{name} {marks[right if is_complete else None]}",
                key=_key(question, i),
                on_change=_take,
                args=(question,),
                placeholder="0 … 1",
                width=118,
            )
    if not is_readable:
        _not_read()
