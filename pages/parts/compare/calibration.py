"""Is a run as often right as it is sure? Two runs side by side, or one."""

from collections.abc import Sequence

import streamlit as st

from pages.shared.components import charts
from pages.shared.pictures import predictions
from pages.shared.pictures.models import Choice
from sota_core import words
from sota_core.errors import SotaError
from sota_core.figures.runs import calibration as figures
from sota_core.functional.calibration import N_BINS
from sota_core.inference.predictions import PREDICTIONS, Stored
from sota_core.language import N_, tr
from sota_core.recipes import Recipe

TITLE = N_("Calibration: is it as often right as it is sure?")
ICON = ":material/balance:"
EXPLAINED = N_(
    "Bars: how often the net was right at each confidence. Dashed: where it would be right as often as it is "
    "sure. In strong colour: the gap between the two. **ECE**, expected calibration error: the mean height of "
    "this gap over {n_bins} equally wide bins of confidence, each weighted by its number of pictures; *by "
    "chance alone* is what a perfectly calibrated net stays below 95 times out of 100 on so many pictures. "
    "**Logit gap**: by how much the answered class's logit exceeds the mean of the others, on average. Plain "
    "answers, without TTA."
)


def draw(runs: Sequence[tuple[str, Recipe, Choice]], key: str) -> None:
    """The diagrams of one run or two, by name."""
    found = []
    for name, recipe, model in runs:
        name = words.markdown_safe(name)
        try:
            stored = predictions.stored(model)
            of = None if stored is None else predictions.calibrated(model)
        except SotaError as problem:
            st.markdown(f":gray[{name}: {words.markdown_safe(problem)}]")
            continue
        if stored is None or of is None:
            said = tr(
                "{run} has left no {file}: it was stopped before its last validation.", run=name, file=PREDICTIONS
            )
            st.markdown(f":gray[{said}]")
        else:
            found.append((name, recipe, stored, of))
    if not found:
        return
    for i, (column, (name, recipe, stored, of)) in enumerate(zip(st.columns(2, gap="large"), found, strict=False)):
        with column:
            st.markdown(tr("**{run}** is {verdict}.", run=name, verdict=figures.verdict(of)))
            charts.show(figures.reliability_diagram(of), key=f"{key}.diagram.{i}")
            charts.show(figures.confidence_counts(of), key=f"{key}.counts.{i}")
            if asked := figures.asked_gap(recipe, len(stored.classes)):
                st.caption(asked)
    st.markdown(figures.table([(name, of) for name, _, _, of in found]))
    if len(found) == 2:
        (_, one, first, a), (_, two, second, b) = found
        st.markdown(figures.what_it_does([one, two], [a, b], is_paired=_is_same(first, second)))
    st.caption(tr(EXPLAINED, n_bins=N_BINS))


def _is_same(a: Stored, b: Stored) -> bool:
    return a.names == b.names and a.classes == b.classes and bool((a.labels == b.labels).all())
