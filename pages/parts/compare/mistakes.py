"""Where one run goes wrong: which classes it confuses, and the wrong answers it was surest of."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures import predictions
from pages.shared.pictures.models import Choice, choice_of
from pages.shared.pictures.pictured import N_SHOWN, Worded, pictured
from pages.shared.session.controls import choice
from sota_core import words
from sota_core.analysis.comparison import Compared, with_answers
from sota_core.data.pictures.listing import display_names
from sota_core.errors import SotaError
from sota_core.figures.runs import confusion
from sota_core.inference.predictions import PREDICTIONS, Stored, rule_of
from sota_core.language import tr, tr_n
from sota_core.recipes import Recipe
from sota_core.runs.run import Run

PLAIN, TTA = "plain", "tta"


def mistakes(items: Sequence[Compared], names: dict[str, str]) -> None:
    """Confusion matrix and surest mistakes of one of the ended runs; nothing where none has. `names`: id → label."""
    ended = with_answers(items)
    if not ended:
        return
    st.header(tr("Where a run goes wrong"), anchor=False)
    which, how = st.columns((2.2, 1), gap="large", vertical_alignment="bottom")
    with which:
        ids = [item.id for item in ended]
        chosen = choice(tr("Run"), ids, ids[0], name="of", words=lambda i: f"{names[i]} · {i}")
    item = next(i for i in ended if i.id == chosen)
    model = choice_of(item.id, item.label, item.recipe)
    try:
        found = predictions.stored(model)
    except SotaError as problem:
        st.markdown(f":gray[{words.markdown_safe(problem)}]")
        return
    if found is None:
        told = tr("This run has left no {file}: it was stopped before its last validation.", file=PREDICTIONS)
        st.markdown(f":gray[{told}]")
        return
    looks = (PLAIN, TTA) if found.n_views else (PLAIN,)
    with how:
        said = {PLAIN: tr("plain"), TTA: tr("with TTA")}
        look = choice(
            tr("Answers"), looks, PLAIN, name="look", key="compare.look", words=said.__getitem__, in_a_row=True
        )
    answers(model, item.recipe, found, with_tta=look == TTA)


def of_run(run: Run, title: str) -> None:
    """The same for one run's plain answers; nothing where it has left none that can be read."""
    model = choice_of(run.id, title, run.recipe)
    try:
        found = predictions.stored(model)
    except SotaError:
        return
    if found is not None:
        st.markdown(tr("**Where it goes wrong**"))
        answers(model, run.recipe, found, with_tta=False)


def answers(model: Choice, recipe: Recipe, found: Stored, *, with_tta: bool) -> None:
    """The matrix, the commonest pairs and the surest mistakes."""
    rule = rule_of(recipe.tta_use_max)
    probs = found.combined(found.n_views, recipe.tta_beta, rule) if with_tta else found.plain
    titles = display_names(found.classes)
    counts = confusion.confusion(probs, found.labels)
    wrong = len(found) - int(counts.trace())
    left, right = st.columns((1.25, 1), gap="large")
    with left:
        charts.show(confusion.matrix(counts, titles), key="compare.confusion")
        if said := confusion.what_is_shown(len(titles)):
            st.caption(said)
    with right:
        st.markdown(
            tr_n(
                "**{wrong} of {n} picture wrong**, {share} right. Rows are what a picture is, columns what the net "
                "says: a square in strong colour off the diagonal is a pair it confuses.",
                "**{wrong} of {n} pictures wrong**, {share} right. Rows are what a picture is, columns what the net "
                "says: a square in strong colour off the diagonal is a pair it confuses.",
                len(found),
                wrong=words.count(wrong),
                share=words.percent(found.accuracy(probs)),
            )
        )
        if pairs := confusion.pairs_table(counts, titles):
            st.markdown(pairs)
    surest = confusion.surest_mistakes(probs, found.labels, N_SHOWN)
    if not surest:
        return
    st.subheader(tr("The mistakes it was surest of"), anchor=False)
    which = []
    for mistake in surest:
        truth, answer, p = titles[mistake.truth], titles[mistake.said], words.percent(mistake.p)
        which.append(
            Worded(
                found.names[mistake.index],
                tr("says {answer}, {p}", answer=answer, p=p),
                tr("is {truth}", truth=truth),
                tr("{truth} taken for {answer}, {p}", truth=truth, answer=answer, p=p),
                is_right=False,
            )
        )
    pictured(model, which, key="compare.mistakes", label=tr("The surest mistakes"))
