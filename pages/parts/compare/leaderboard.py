"""Imagenette's leaderboard beside a run that meets its conditions, and beside no other."""

from collections.abc import Sequence

import streamlit as st

from sota_core import words
from sota_core.analysis.comparison import Compared
from sota_core.analysis.delta import leaderboard
from sota_core.analysis.noise import chance_of
from sota_core.language import tr
from sota_core.published import LEADERBOARD_BY, LEADERBOARD_EPS, N_LEADERBOARD


def lines(items: Sequence[Compared]) -> None:
    """A row for each run under the conditions of one of the leaderboard's lines; nothing where there is none."""
    rows = []
    for item in items:
        theirs = leaderboard(item)
        if theirs is None or item.accuracy is None:
            continue
        size, epochs = item.recipe.phases[0].size, item.recipe.total_epochs
        under = tr("{size} px, {n} epochs", size=size, n=epochs)
        rows.append(
            f"| {words.markdown_safe(item.label)} | {under} | {words.percent(item.accuracy)} "
            f"± {words.number(100 * chance_of(item.accuracy, N_LEADERBOARD), 1)} | {words.percent(theirs)} | "
            f"{tr(LEADERBOARD_BY[epochs])} | {words.points(words.change(theirs, item.accuracy))} |"
        )
    if not rows:
        return
    st.header(tr("Imagenette's leaderboard beside yours"), anchor=False)
    head = tr("| run | conditions | yours, plain | leaderboard | its entry | difference |")
    table = "\n".join([head, "|:--|:--|--:|--:|:--|--:|", *rows])
    note = tr(
        "Same conditions: the set's own split, random weights, one size, no test-time augmentation. Net and "
        "training differ: the leaderboard's script of January 2020 used xse_resnext50, Ranger, self-attention and "
        "label smoothing with ε = {eps}. Your ± is the 95\u00a0% interval from counting 3,925 pictures; the "
        "leaderboard itself says that runs vary by ±1\u00a0%.",
        eps=words.number(LEADERBOARD_EPS, 1),
    )
    st.markdown(f"{table}\n\n:gray[{note}]")
