"""Data: what is here, how many of each class, what the pictures look like, and how to get more."""

import runpy

import streamlit as st

from pages.parts.data import camera, own_pictures
from pages.shared.components import charts
from pages.shared.components.data_uri import encoded
from pages.shared.frame import first_visit
from pages.shared.people import teacher
from pages.shared.pictures import datasets
from pages.shared.session import address, buttons, cached, controls, site, trouble
from pages.shared.session.whole import done_whole, draw_anew
from sota_core import paths, words
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import sources
from sota_core.data.sets.sources import SOURCES, JobStatus, Presence, address_of, source_title
from sota_core.errors import SotaError
from sota_core.figures.class_counts import class_counts, what_is_shown
from sota_core.figures.pictures import contact_sheet
from sota_core.language import tr, tr_n
from sota_core.recipes.draft import Pictures

COLUMNS, ROWS = 8, 3
DRAW = "draw"  # in the address: the seed of the pictures shown
MOST_SEED = 2**31 - 1
_MINE = "data.mine"  # in the session: the sets whose download this visitor has started


def line(source: str) -> str:
    """A data set's label in the list of choices, as markdown, with ✓ where its files are on this disk."""
    return f"{words.markdown_safe(source_title(source))}{' ✓' if datasets.is_on_disk(source) else ''}"


def describe(there: Presence) -> None:
    st.header(words.markdown_safe(there.title), anchor=False)
    st.markdown(words.markdown_safe(there.about))
    parts = Pictures.counted(there.title, there.n_train, there.n_valid if there.has_split else None)
    n_classes = SOURCES[there.id].n_classes if there.id in SOURCES else 0
    n_valid = words.count(parts.n_valid)
    with st.container(horizontal=True, gap="large"):
        for name, value in (
            (tr("To train"), words.count(parts.n_train)),
            (tr("To validate"), n_valid if there.has_split else tr("{n}, a random fifth", n=n_valid)),
            (tr("Classes"), words.count(len(there.class_counts) or n_classes)),
            (tr("On this disk") if there.present else tr("To fetch"), size(there)),
        ):
            with st.container(width="content", gap=None):
                st.markdown(f":gray[{name}]  \n**{value}**")


def size(there: Presence) -> str:
    if there.present:
        return words.size_of(there.size_bytes)
    return words.size_of(there.download_bytes) if there.download_bytes else tr("drawn here in seconds")


def absent(source: str, there: Presence) -> None:
    status = sources.job_status(source, cached.settings())
    is_active = status is not None and status.is_active
    if is_active:
        trouble.fragment(progress, run_every=1.0)(source)
        return
    if status is not None and status.stage in ("failed", "interrupted"):
        st.warning(words.sentence(status.message), icon=":material/cloud_off:")
    drawn = SOURCES[source].url is None if source in SOURCES else False
    verb = tr("Draw it now") if drawn else tr("Fetch it, {size}", size=words.size_of(there.download_bytes))
    how = (
        tr("It is drawn by the first run that needs it; you can also have it drawn now.")
        if drawn
        else tr(
            "It is downloaded from fastai's own address and checked against its published checksum before it "
            "is opened. The download runs in its own process and goes on if you leave this page."
        )
    )
    st.markdown(f":gray[{how}]")
    buttons.button(verb, source, type="primary", icon=":material/download:", key="data.fetch")
    with buttons.pressed("data.fetch") as pressed:
        if pressed is not None:
            try:
                sources.start_download(pressed, cached.settings())
                st.session_state[_MINE] = st.session_state.get(_MINE, frozenset()) | {pressed}
            except (SotaError, OSError) as error:
                st.error(words.sentence(trouble.refusal(error) or error))
                return
            draw_anew()


def progress(source: str) -> None:
    """How far the download is; reruns the whole page once it has ended."""
    status: JobStatus | None = sources.job_status(source, cached.settings())
    if status is None or not status.is_active:
        datasets.forget()
        st.rerun()
        return
    told = words.markdown_safe(words.progress(status.stage, status.done, status.total))
    st.progress(status.share or 0.0, text=f"**{told}**")
    if source not in st.session_state.get(_MINE, ()) and not teacher.is_operator():
        return
    buttons.button(
        tr("Stop"),
        source,
        key="data.stop",
        icon=":material/stop_circle:",
        help=tr("What has already been fetched is kept."),
    )
    with buttons.pressed("data.stop") as pressed:
        if pressed is not None:
            sources.stop_download(pressed, cached.settings())


def look(source: str, there: Presence) -> None:
    pictures, counts = st.columns((1.9, 1), gap="large")
    with pictures:
        seed = address.whole(DRAW, 0, 0, MOST_SEED)
        shown = datasets.thumbs(source, COLUMNS * ROWS, seed)
        with st.container(horizontal=True, vertical_alignment="center", horizontal_alignment="distribute"):
            n = tr_n("{n} picture", "{n} pictures", len(shown))
            st.markdown(tr("**{pictures}**, chosen with seed {seed}", pictures=n, seed=seed))
            with st.container(width="content"):
                controls.draw_again(DRAW, seed, key="data.draw")
        if shown:
            st.image(
                encoded(contact_sheet([s.picture for s in shown], columns=COLUMNS, side=96), is_exact=False),
                width="stretch",
                alt=tr("Pictures: {names}", names=", ".join(s.name for s in shown)),
            )
        site.link("train", label=tr("Train on it"), icon=":material/science:", query={"source": address_of(source)})
    first_visit.figure_first()
    if there.class_counts:
        with counts:
            st.markdown(f"**{tr('Pictures of each class')}**")
            charts.show(class_counts(there.class_counts), key="data.counts")
            if said := what_is_shown(len(there.class_counts)):
                st.caption(said)


def page() -> None:
    st.title(tr("Data"), anchor=False)
    with done_whole():  # `arrived` reports a set once: cut off before the second call, it would never be trained on
        camera.train_if_ready(own_pictures.arrived())
    options = datasets.options()
    source = datasets.chosen(address.given("source"))
    st.pills(
        tr("Data set"),
        options,
        format_func=line,
        required=True,
        label_visibility="collapsed",
        **controls.kept("source", source, key="data.source", written=address_of),
    )
    datasets.tell_swapped(source)
    fold = own_pictures.fold(source)
    chosen_set(source)
    own_pictures.fill(fold, camera.section)


def chosen_set(source: str) -> None:
    """The chosen set: what it is, how to fetch it where it is not here, and its pictures."""
    there = datasets.presence(source)
    describe(there)
    if there.problem:
        st.error(words.sentence(there.problem), icon=":material/folder_off:")
        return
    datasets.tell_notes(there)
    if not there.present:
        absent(source, there)
    st.space("small")
    if there.present or source in DRAWN:
        look(source, there)


if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
