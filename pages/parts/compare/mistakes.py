"""Where one run goes wrong: which classes it confuses, and the wrong answers it was surest of."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components import charts
from pages.shared.components.gallery import Tile, gallery
from pages.shared.pictures import predictions
from pages.shared.pictures.models import Choice
from pages.shared.session import cached
from pages.shared.session.controls import choice
from sota_core import words
from sota_core.analysis.comparison import Compared, with_answers
from sota_core.data.pictures.listing import display_names
from sota_core.errors import SotaError
from sota_core.figures.runs import confusion
from sota_core.inference.predictions import PREDICTIONS, Stored, rule_of
from sota_core.language import tr, tr_n
from sota_core.later import now
from sota_core.places import without_folders
from sota_core.recipes import Recipe
from sota_core.runs.run import Run

N_SHOWN = 6
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
    model = Choice(item.id, item.label, cached.store().artifacts_dir / item.id, item.recipe.source)
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
    model = Choice(run.id, title, cached.store().artifacts_dir / run.id, run.recipe.source)
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
    tiles, missing = [], ""
    for mistake in surest:
        text = tr("says {answer}, {p}", answer=titles[mistake.said], p=words.percent(mistake.p))
        try:
            picture = predictions.thumb(model, found.names[mistake.index])
        except SotaError as problem:  # the set was removed, or a folder has been moved since
            missing = without_folders(now(problem))
            continue
        tiles.append(Tile(picture, text, more=tr("is {truth}", truth=titles[mistake.truth]), is_right=False))
    if tiles:
        gallery(
            tiles, key="compare.mistakes", label=tr("The surest mistakes"), columns=N_SHOWN, most="11rem", is_whole=True
        )
    if missing:
        told = tr_n(
            "{n} picture cannot be shown: {why}",
            "{n} pictures cannot be shown: {why}",
            len(surest) - len(tiles),
            why=words.markdown_safe(missing),
        )
        st.markdown(f":gray[{told}]")
    if not tiles:
        each = (
            tr("{truth} taken for {answer}, {p}", truth=titles[m.truth], answer=titles[m.said], p=words.percent(m.p))
            for m in surest
        )
        st.markdown(f":gray[{words.markdown_safe('; '.join(each))}]")
