"""In place of the lab's three steps once a run is chosen: what it was made of, in one line, and the ways on from it."""

import streamlit as st

from pages.shared.pictures import datasets
from pages.shared.runs import guesses
from pages.shared.runs.start import other_than_printed, sizes_of, start, title_of
from pages.shared.session import buttons, site
from pages.shared.session.address import recipe_query
from pages.shared.session.controls import another
from sota_core import words
from sota_core.analysis.series import Series
from sota_core.data.sets.sources import source_title
from sota_core.errors import SotaError
from sota_core.language import tr, tr_n
from sota_core.recipes import PRESETS, PUBLISHED_IDS, Recipe
from sota_core.recipes.differing import from_print
from sota_core.runs.run import Run


def recap(run: Run, series: Series) -> None:
    """Title, what differs from the print, and: change it, run it again with another seed, draw the printed curve."""
    recipe = run.recipe
    title, ways = st.columns((1.6, 1), vertical_alignment="bottom")
    with title:
        st.title(title_of(recipe), anchor=False)
        st.markdown(
            tr_n(
                ":gray[{source} · {n} epoch at {sizes} · {arch}, width {width} · seed {seed} · run {id}]",
                ":gray[{source} · {n} epochs at {sizes} · {arch}, width {width} · seed {seed} · run {id}]",
                recipe.total_epochs,
                source=words.markdown_safe(source_title(recipe.source)),
                sizes=sizes_of(recipe),
                arch=recipe.arch,
                width=words.short(recipe.width, 6),
                seed=recipe.seed,
                id=f"`{run.id}`",
            )
        )
    with ways, st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center"):
        site.link("train", label=tr("Change it"), icon=":material/tune:", query=recipe_query(recipe))
        if run.is_terminal:
            _again(recipe)
            guesses.go_along()
    with st.container(horizontal=True, vertical_alignment="center"):
        settings_apart(recipe, series)
        if recipe.preset in PUBLISHED_IDS:
            st.toggle(
                tr("Published curve"),
                key="published",
                bind="query-params",
                help=tr(
                    "The printed curve of the same experiment, epoch by epoch. Unless your recipe is as "
                    "printed, it comes from another net, other sizes and another split: compare the shapes "
                    "rather than the heights."
                ),
            )


def _again(recipe: Recipe) -> None:
    buttons.button(
        tr("Another seed"),
        recipe,
        key="again",
        icon=":material/casino:",
        help=tr("The same recipe with a new seed."),
    )
    with buttons.pressed("again") as recipe:
        if recipe is not None:
            try:
                pictures = datasets.pictures_of(recipe.source)
            except SotaError as error:
                st.warning(words.sentence(error))
                return
            start(recipe.replace(seed=another(recipe.seed)), pictures)


def settings_apart(recipe: Recipe, series: Series) -> None:
    """What differs from the experiment as printed, in a fold; nothing where nothing does."""
    if recipe.preset not in PRESETS:
        return
    printed = PRESETS[recipe.preset].replace(device=recipe.device)  # its device is shown beside its figures
    apart = from_print(recipe, printed, n_valid=series.n_valid, precision=series.precision)
    found = [
        f"{label} {words.markdown_safe(before)} → **{words.markdown_safe(after)}**" for label, before, after in apart
    ]
    if found:
        with st.expander(other_than_printed(len(found))):
            st.markdown(" &ensp;·&ensp; ".join(found))
