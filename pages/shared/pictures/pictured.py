"""Some of a run's validation pictures in a row, each with a few words; words alone where they cannot be shown."""

from collections.abc import Sequence
from dataclasses import dataclass

import streamlit as st

from pages.shared.components.gallery import Tile, gallery
from pages.shared.pictures import predictions
from pages.shared.pictures.models import Choice
from sota_core import words
from sota_core.errors import SotaError
from sota_core.language import tr_n
from sota_core.later import now
from sota_core.places import without_folders

N_SHOWN = 6


@dataclass(frozen=True, slots=True)
class Worded:
    """A picture by its path below the data set's folder, and its words: below it, and in one line without it."""

    name: str
    said: str
    truth: str
    in_words: str
    is_right: bool | None = None


def pictured(model: Choice, which: Sequence[Worded], *, key: str, label: str) -> None:
    """Show up to N_SHOWN side by side, and say why others are missing."""
    tiles, missing = [], ""
    for one in which:
        try:
            picture = predictions.thumb(model, one.name)
        except SotaError as problem:  # the set was removed, or a folder has been moved since
            missing = without_folders(now(problem))
            continue
        tiles.append(Tile(picture, one.said, more=one.truth, is_right=one.is_right))
    if tiles:
        gallery(tiles, key=key, label=label, columns=N_SHOWN, most="11rem", is_whole=True)
    if missing:
        n, why = len(which) - len(tiles), words.markdown_safe(missing)
        told = tr_n("{n} picture cannot be shown: {why}", "{n} pictures cannot be shown: {why}", n, why=why)
        st.markdown(f":gray[{told}]")
    if not tiles:
        st.markdown(f":gray[{words.markdown_safe('; '.join(one.in_words for one in which))}]")
