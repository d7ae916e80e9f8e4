"""The chapter's questionnaire: one question at a time, judged at once; then four experiments to go further."""

import runpy

import streamlit as st

from pages.parts.questionnaire import consent, controls
from pages.parts.questionnaire.controls import ANSWERS, AT, TICKS, written
from pages.shared.frame import first_visit, technique
from pages.shared.session import address
from pages.shared.session.controls import kept
from sota_core import paths, words
from sota_core.language import N_, tr
from sota_core.learn.experiments import EXPERIMENTS, Experiment, ticked
from sota_core.learn.progress import Answer, decode
from sota_core.learn.question import AnyQuestion, Verdict
from sota_core.learn.questions import questions

_MARK = {True: " ✓", False: " ✕", None: ""}


def current(verdicts: list[Verdict]) -> int:
    """The index of the question to show, from 0: the address's, else the first that is not answered right yet."""
    first = next((i for i, verdict in enumerate(verdicts) if not verdict.is_right), 0)
    return address.whole(AT, first + 1, 1, len(verdicts)) - 1


def go(to: int) -> None:
    address.write({AT: written(to)})


def overview(verdicts: list[Verdict], at: int) -> None:
    """All fourteen questions in a row, each marked right, wrong or open, and how many are right."""
    n, n_right = len(verdicts), sum(verdict.is_right is True for verdict in verdicts)
    st.pills(
        tr("Question"),
        range(n),
        required=True,
        wrap=True,
        format_func=lambda i: f"{i + 1}{_MARK[verdicts[i].is_right]}",
        label_visibility="collapsed",
        **kept(AT, at, key="questionnaire.at", written=written),
    )
    st.progress(n_right / n, text=f":gray[:small[{tr('{n_right} of {n} right', n_right=n_right, n=n)}]]")


def card(at: int, n: int, question: AnyQuestion, answer: Answer, verdict: Verdict) -> None:
    """Draw question `at`, counted from 0, of n."""
    left, right = st.columns((2.1, 1), gap="xlarge")
    with left:
        st.markdown(f":gray[{tr('Question {n} · {topic}', n=at + 1, topic=tr(question.topic))}]")
        with st.container(key="questionnaire.ask"):
            st.header(question.ask, anchor=False)
        controls.control(question, answer)
    with right:
        st.markdown(f":gray[{tr('Where to see it')}]")
        controls.link(question.hint, icon=":material/visibility:")
        st.markdown(f":gray[:small[{tr(HOW)}]]")
    with left:
        with st.container(key="questionnaire.verdict"):
            said(verdict)
        with st.container(horizontal=True, gap="small"):
            if at > 0:
                st.button(tr("Back"), key="questionnaire.back", on_click=go, args=(at - 1,))
            if at < n - 1:
                look = "primary" if verdict.is_right else "secondary"
                st.button(tr("Next"), key="questionnaire.next", on_click=go, args=(at + 1,), type=look)


HOW = N_(
    "Look as long as you like: your answers are still here when you come back. They are kept in the address "
    "and nowhere else, unless you show them to your teacher."
)


def said(verdict: Verdict) -> None:
    if verdict.is_right:
        st.success(f"**{tr('Right.')}** {words.markdown_but_code(verdict.why)}", icon=":material/check_circle:")
    elif verdict.is_right is False:
        st.error(f"**{tr('Not quite.')}** {words.markdown_but_code(verdict.why)}", icon=":material/refresh:")
    elif verdict.why:
        st.info(words.sentence(verdict.why), icon=":material/hourglass_empty:")


def experiments() -> None:
    st.header(tr("Four experiments to go further"), anchor=False)
    st.markdown(f":gray[{tr('Each link opens its page ready to start. Tick what you have done.')}]")
    done = ticked(controls.recall(TICKS))
    for pair in (EXPERIMENTS[:2], EXPERIMENTS[2:]):
        for column, experiment in zip(st.columns(2, gap="xlarge"), pair, strict=True):
            with column:
                one(experiment, done)


def one(experiment: Experiment, done: set[str]) -> None:
    n = sum(task.id in done for task in experiment.tasks)
    so_far = tr("{n} of {total}", n=n, total=len(experiment.tasks))
    st.subheader(f"{tr(experiment.title)} &ensp; :gray[:small[{so_far}]]", anchor=False)
    st.markdown(tr(experiment.idea))
    with st.container(gap="xsmall"):
        for task in experiment.tasks:
            key = f"questionnaire.task.{task.id}"
            st.session_state[key] = task.id in done
            st.checkbox(tr(task.text), key=key, on_change=tick, args=(task.id,))
            if task.link is not None:
                controls.link(task.link, icon=":material/arrow_forward:")
    st.markdown(f":gray[:small[**{tr('What counts.')}** {tr(experiment.judge)}]]")


def tick(task: str) -> None:
    controls.keep(TICKS, "".join(sorted(ticked(address.given(TICKS) or "") ^ {task})))


def page() -> None:
    technique.opening(
        tr(
            "Fourteen questions on the chapter. Each answer is judged at once, with the reason; a hint opens "
            "the page that shows it."
        ),
    )
    asked = questions()
    word = controls.recall(ANSWERS, consent.shown_before)
    answers = decode(word, asked)
    done = controls.finished()
    verdicts = [controls.judged(question, answers.get(question.id), done) for question in asked]
    at = current(verdicts)
    overview(verdicts, at)
    consent.row(word, verdicts)
    card(at, len(asked), asked[at], answers.get(asked[at].id), verdicts[at])
    first_visit.figure_first()
    st.space("medium")
    experiments()
    technique.sources(
        tr(
            "the questions follow fastbook chapter 7 in words of our own; figures are from its printed tables, "
            "facts from fastai 2.8.12."
        )
    )


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
