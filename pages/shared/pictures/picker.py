"""Pictures of the chosen data set by class and number, so that an address can name one.

The set is the one the address names (`source`), else the best that is here. Of the embedded set each picture is
drawn afresh, some 4 ms, so that a page never waits for the whole set.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import streamlit as st

from pages.shared.pictures import datasets, own_upload
from pages.shared.session import address, cached, controls
from pages.shared.session.caches import cache_resource
from sota_core import words
from sota_core.data.pictures.decoding import undecodable
from sota_core.data.pictures.images import open_upload_presized
from sota_core.data.pictures.listing import Listing, display_names, list_pictures
from sota_core.data.pictures.names import shown
from sota_core.data.pictures.view import load_presized
from sota_core.data.sample import sample
from sota_core.data.sets import sources
from sota_core.data.sets.sources import address_of, source_title
from sota_core.errors import ImageError
from sota_core.figures import palette
from sota_core.language import N_, tr
from sota_core.later import later

SIDE = 256  # pixels of the shorter side at most: what a page shows a picture at


@dataclass(frozen=True, slots=True)
class Gallery:
    """What can be picked: `names` in the set's order, and how many pictures each class has."""

    source: str
    path: str | None  # None: drawn, not read
    names: tuple[str, ...]
    counts: tuple[int, ...]

    def count(self, name: str) -> int:
        return self.counts[self.names.index(name)]


def gallery() -> Gallery:
    """The set this page shows.

    Raises
        SourceError  the folder cannot be used as a data set.
    """
    source = datasets.chosen(address.given("source"))
    path = sources.resolve(source, cached.settings())
    if source == "sample" or path is None:
        names = display_names(sample.sample_classes)
        return Gallery("sample", None, names, (sample.N_TRAIN,) * len(names))
    listing = listing_at(str(path))
    counts = np.bincount(listing.labels, minlength=listing.n_classes)
    return Gallery(source, str(path), listing.display_names, tuple(int(n) for n in counts))


def choose_set() -> str:
    """The control of the set, of those that are here; its id stands in the address."""
    there = datasets.here()
    source = controls.choice(
        tr("Pictures"),
        there,
        datasets.best_of(there),
        name="source",
        words=source_title,
        written=address_of,
    )
    datasets.tell_swapped(source)
    return source


def picture(of: Gallery, name: str, number: int) -> np.ndarray:
    """The class's picture of this number, counted from 1.

    Shapes
        returns  (H, W, 3)  uint8, shorter side at most SIDE

    Raises
        ImageError  the file cannot be decoded.
    """
    index = min(max(number, 1), of.count(name)) - 1
    label = of.names.index(name)
    if of.path is None:
        return _drawn(sample.sample_classes[label], index)
    return _read(of.path, label, index)


def readable(of: Gallery, name: str, number: int, tries: int = 5) -> np.ndarray:
    """As `picture`; where that one cannot be decoded, the next one of the class that can.

    Raises
        ImageError  none of so many can.
    """
    for i in range(tries):
        try:
            return picture(of, name, (number - 1 + i) % of.count(name) + 1)
        except ImageError:
            if i == tries - 1:
                raise
    raise AssertionError("tries must be at least 1")


def choose(
    of: Gallery, *, key: str, label: str, default: tuple[str, int], role: str | None = None, **more: Any
) -> tuple[np.ndarray, str]:
    """The controls of one picture, class and number, both in the address; returns the picture and its class.

    `role` colours the label. A screen reader would read the colour out of a control's own label, so it stands above
    it. `more` is given to both; whoever gives `disabled` says why beside them.

    A picture handed in through `own` with the same key is shown until another is chosen here; with a role, the label
    is part of its name.

    Raises
        ImageError  the file cannot be decoded.
    """
    name, number = st.columns((1.7, 1), vertical_alignment="bottom", gap="small")
    with name, st.container(gap="xxsmall"):
        if role is not None:
            st.markdown(f":small[{palette.key(role, label)}]")
        chosen = st.selectbox(
            label,
            of.names,
            index=of.names.index(default[0]),
            key=key,
            bind="query-params",
            label_visibility="collapsed" if role else "visible",
            on_change=own_upload.put_aside,
            args=(f"{key}_own",),
            **more,
        )
    count = of.count(chosen)
    with number:
        at = controls.number(
            label.replace(tr("Picture"), tr("Number")),  # of two pictures each control has a name of its own
            1,
            count,
            min(default[1], count),
            name=f"{key}_number",
            clamps=True,  # another class may have fewer pictures
            also=lambda _: own_upload.aside(f"{key}_own"),
            help=tr("1 to {count}", count=words.count(count)),
            **more,
        )
    with st.container():  # always there: else the upload's popover below it would move, be drawn anew, and close
        upload = own_upload.shown(f"{key}_own")
        if upload is not None:
            try:
                return _opened(upload.getvalue()), tr("your own") if role is None else _own_as(label)
            except ImageError as refused:
                st.error(words.sentence(refused), icon=":material/broken_image:")
    return picture(of, chosen, at), chosen


def _own_as(label: str) -> str:
    """Of two own pictures nobody knows whether they show the same: they are named apart, and count as two classes."""
    return tr("your own, {picture}", picture=label)


def own(keys: dict[str, str]) -> None:
    """Uploads behind a button, one for each key: its label. They live in the visitor's session only."""
    with st.popover(tr("Use your own"), icon=":material/upload:", width="stretch"):
        for key, label in keys.items():
            own_upload.ask(label, f"{key}_own")
        said = tr("Your picture stays in this tab's session. It is not stored, and is gone when you close the tab.")
        st.markdown(f":gray[:small[{said}]]")


# Presized at once, as the set's own pictures are: whole, 24 megapixels are 72 MB each. The cache is bounded: it holds
# eight of at most SIDE by MAX_SIDE_PX pixels (74 MB if all were that long, 2 MB for usual photographs), not for long.
@st.cache_data(max_entries=8, ttl=300.0, show_spinner=False)
def _opened(data: bytes) -> np.ndarray:
    return np.asarray(open_upload_presized(data, SIDE))


@cache_resource(max_entries=3, show_spinner=N_("Looking through the pictures"), holds_words=False)
def listing_at(path: str) -> Listing:
    """The listing of a folder, one for all pages and visitors."""
    return list_pictures(Path(path))


@st.cache_data(max_entries=64, show_spinner=False)
def _drawn(name: str, index: int) -> np.ndarray:
    return sample.draw(name, "train", index)


@st.cache_data(max_entries=64, show_spinner=False)
def _read(path: str, label: int, index: int) -> np.ndarray:
    listing = listing_at(path)
    file = listing.paths[np.flatnonzero(listing.labels == label)[index]]
    said = later("{file} cannot be decoded; choose another number.", file=shown(file.name))
    with undecodable(lambda why: ImageError(said)):
        return np.asarray(load_presized(file, SIDE))
