"""Where runs put pictures before their last layer: features of a few classes on a plane, two runs side by side."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures import predictions
from pages.shared.pictures.models import Choice
from pages.shared.session import address, controls
from sota_core import numbers, words
from sota_core.data.pictures.listing import display_names
from sota_core.errors import SotaError
from sota_core.figures.runs import feature_map as figures
from sota_core.inference.feature_map import FeatureMap, feature_map
from sota_core.inference.predictions import PREDICTIONS, Stored
from sota_core.language import N_, tr
from sota_core.recipes import Recipe

TITLE = N_("Features: how does it tell classes apart?")
ICON = ":material/scatter_plot:"
N_FIRST = 3  # classes on the map at first: the means of three always lie on a plane
EXPLAINED = N_(
    "Each point is a validation picture, placed by the features that the net's last layer gets. For up to 500 "
    "pictures a run keeps 50 principal components; here the features of the chosen classes are rotated so that "
    "they vary most along the two axes. The axes of two runs have nothing in common: compare how tight the "
    "classes are, not where they lie."
)


def draw(runs: Sequence[tuple[str, Recipe, Choice]], key: str) -> None:
    """The map of one run or two, by name."""
    found: list[tuple[str, Stored]] = []
    for name, _, model in runs:
        name = words.markdown_safe(name)
        try:
            stored = predictions.stored(model)
        except SotaError as problem:
            st.markdown(f":gray[{name}: {words.markdown_safe(problem)}]")
            continue
        if stored is None or stored.features is None:
            said = (
                tr("{run} has kept no {file}.", run=name, file=PREDICTIONS)
                if stored is None
                else tr("{run} has kept no features; only runs since 26 November 2026 have.", run=name)
            )
            st.markdown(f":gray[{said}]")
        else:
            found.append((name, stored))
    if not found:
        return
    classes = found[0][1].classes
    if any(stored.classes != classes for _, stored in found):
        said = tr("These two runs tell different classes apart; choose two of one data set.")
        st.markdown(f":gray[{said}]")
        return
    names, name = display_names(classes), f"{key}.classes"
    chosen = st.multiselect(
        tr("Classes"),
        range(len(classes)),
        format_func=lambda i: names[i],
        max_selections=figures.MOST,
        placeholder=tr("Choose two or more"),
        help=tr(
            "Up to {n}, as many as colours can tell apart. The means of three classes always lie in one plane.",
            n=figures.MOST,
        ),
        **controls.kept(name, _asked(name, len(classes)), default=_first(len(classes)), written=_written),
    )
    maps: list[tuple[str, FeatureMap]] = []
    for name, stored in found:
        of = feature_map(stored, chosen)
        if of is not None:
            maps.append((name, of))
    if len(maps) < len(found):
        said = tr("Too few pictures of these classes have features: choose other classes, or more of them.")
        st.markdown(f":gray[{said}]")
        return
    st.markdown(figures.legend(names, chosen))
    for i, (column, (name, of)) in enumerate(zip(st.columns(2, gap="large"), maps, strict=False)):
        with column:
            share = words.percent(float(of.share.sum()))
            st.markdown(tr("**{run}**, {share} of the variance on these two axes", run=name, share=share))
            charts.show(figures.points(of, names, chosen), key=f"{key}.classes.map.{i}")
    st.markdown(figures.what_they_say(maps))
    st.caption(tr(EXPLAINED))


def _first(n: int) -> list[int]:
    return list(range(min(N_FIRST, n)))


def _asked(name: str, n: int) -> list[int]:
    """The classes of the address, by their numbers below n; the first ones where it names none, or makes no sense."""
    text = address.given(name)
    if not text:
        return _first(n) if text is None else []
    found = [numbers.whole(part, 0, n - 1) for part in text.split(",")[: figures.MOST + 1]]
    chosen = [i for i in found if i is not None]
    is_whole = len(set(chosen)) == len(found) <= figures.MOST
    return chosen if is_whole else _first(n)


def _written(chosen: Sequence[int]) -> str:
    return ",".join(map(str, chosen))
