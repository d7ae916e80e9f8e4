"""Data sets for pages: what a visitor may choose, what is there of it, and a few of its pictures.

A visitor chooses among the known sets, the folders the operator offers, and the sets of their own; an address cannot
name another. A visitor's own set is seen and trained on by its owner alone: `require_mine` stands before every way to
pictures that a run, and not the visitor, has named.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st

from pages.shared.people.owner import owner
from pages.shared.session import address, cached
from pages.shared.session.caches import cache_data
from sota_core import words
from sota_core.data.pictures.drawing import draw_of_each_class
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import own, sources
from sota_core.data.sets.sources import SOURCES, Presence, address_of, source_title
from sota_core.errors import NotYoursError, SotaError, SourceError
from sota_core.language import tr
from sota_core.recipes.draft import Pictures
from sota_core.settings import Settings

THUMB = 128  # pixels of a thumbnail's side
# What the first experiment takes, the first that is here: small enough to be quick, real before drawn.
PREFERRED = ("imagenette2-160", "imagenette2-320", "imagenette2")
_HASH = {Settings: repr}


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture to look at, with its class."""

    picture: np.ndarray
    name: str


def options() -> list[str]:
    """The ids and folders a visitor may choose."""
    return [*SOURCES, *_offered(cached.settings()), *(found.source for found in own_sets() if found.is_ready)]


def own_sets() -> list[own.OwnSet]:
    """The visitor's, the oldest first; those that are being read too."""
    return _own_sets(owner(), cached.settings())


@st.cache_data(ttl=2.0, max_entries=256, show_spinner=False, hash_funcs=_HASH)
def _own_sets(of: str, settings: Settings) -> list[own.OwnSet]:
    return own.own_sets(of, settings)


def is_mine(source: str) -> bool:
    """May this visitor see these pictures? All but those that another visitor has sent."""
    return not own.is_own(source) or own.is_owner(source, owner(), cached.settings())


def require_mine(source: str) -> None:
    """Raises
    NotYoursError  the pictures are another visitor's.
    """
    if not is_mine(source):
        raise NotYoursError(
            tr("these pictures belong to another visitor; only that visitor can see them and train on them")
        )


@st.cache_data(ttl=30.0, max_entries=4, show_spinner=False, hash_funcs=_HASH)
def _offered(of: Settings) -> list[str]:
    return [str(folder) for folder in sources.local_folders(of)]


def is_here(source: str) -> bool:
    """Can a run begin with it at once? A set that this app draws is drawn by the run itself, in seconds."""
    return source in DRAWN or is_on_disk(source)


def is_on_disk(source: str) -> bool:
    """Do its files lie here? Those of a set that this app draws do once it has been drawn."""
    return is_mine(source) and _is_resolved(source, cached.settings())


@st.cache_data(ttl=1.0, max_entries=64, show_spinner=False, hash_funcs=_HASH)
def _is_resolved(source: str, of: Settings) -> bool:
    try:
        return sources.resolve(source, of) is not None
    except SourceError:  # removed a moment ago
        return False


def here() -> list[str]:
    """Of the `options` those whose pictures are here; the sample's are drawn one by one while its files are not."""
    return _here(owner(), cached.settings())


@st.cache_data(ttl=1.0, max_entries=256, show_spinner=False, hash_funcs=_HASH)
def _here(of: str, settings: Settings) -> list[str]:
    return [s for s in options() if is_here(s) and (s == "sample" or s not in DRAWN or _is_resolved(s, settings))]


def best_present() -> str:
    """What this machine has: real pictures where they are, else the embedded set."""
    return best_of(here())


def best_of(there: list[str]) -> str:
    """As `best_present`, out of what `here` has returned."""
    return next((source for source in PREFERRED if source in there), "sample")


def chosen(name: str | None) -> str:
    """The source an address names, if a visitor may choose it; else the best one that is here."""
    named = next((source for source in options() if name in (source, address_of(source))), None)
    return named or best_present()


def tell_swapped(source: str) -> None:
    """A line where the address names other pictures than these, which are taken instead."""
    asked = address.given("source")
    if asked and asked not in (source, address_of(source)):
        title = words.markdown_safe(source_title(source))
        said = tr("The pictures named in the address are not here, or not yours. Shown instead: {title}.", title=title)
        st.markdown(f":orange[{said}]")


@cache_data(ttl=15.0, max_entries=32, hash_funcs=_HASH)
def _presence(source: str, of: Settings) -> Presence:
    return sources.describe(source, of)


def presence(source: str) -> Presence:
    """Raises
    NotYoursError  as require_mine
    SourceError    as sources.resolve
    """
    require_mine(source)
    return _presence(source, cached.settings())


def forget() -> None:
    """A set has come or gone: look again."""
    _own_sets.clear()
    _is_resolved.clear()
    _here.clear()
    _presence.clear()
    _thumbs.clear()


def tell_notes(there: Presence) -> None:
    """A line for each thing in a folder that is passed over, kept apart or used otherwise than its name says."""
    for said in there.notes:
        st.markdown(f":small[:gray[:material/info: {words.markdown_safe(said)}]]")


def pictures_of(source: str) -> Pictures:
    """The numbers of pictures, on which costs and fits depend; a folder without a split holds out a random fifth."""
    there = presence(source)
    return Pictures.counted(source, there.n_train, there.n_valid if there.has_split else None)


def thumbs(source: str, n: int, seed: int) -> list[Shown]:
    """n different pictures, or as many as there are, spread over the classes; the same seed shows the same. Empty where
    the set is not here.

    Raises
        NotYoursError  as require_mine
    """
    require_mine(source)
    path = sources.resolve(source, cached.settings())
    return _thumbs(source, path and str(path), n, seed) if path or source in DRAWN else []


@st.cache_data(ttl=600.0, max_entries=24, show_spinner=False)
def _thumbs(source: str, path: str | None, n: int, seed: int) -> list[Shown]:
    try:
        drawn = draw_of_each_class(list_pictures(Path(path)) if path else DRAWN[source], n, seed, THUMB)
    except SotaError:
        return []
    pictures = zip(drawn.pictures, drawn.labels, strict=True)
    return [Shown(np.asarray(picture), drawn.names[label]) for picture, label in pictures]
