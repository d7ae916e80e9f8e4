"""A visitor's own sets: a zip of class folders becomes one, with its progress; the list of them, and their removal."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import PurePath

import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from pages.shared.people.owner import origin, owner
from pages.shared.pictures import datasets
from pages.shared.server import uploads
from pages.shared.session import address, buttons, cached, trouble
from pages.shared.session.whole import draw_anew
from sota_core import words
from sota_core.data.sets import sources
from sota_core.data.sets.sources import address_of, own
from sota_core.errors import SotaError
from sota_core.language import tr, tr_n
from sota_core.later import told_by
from sota_core.runs.states import LIVE

_SENT, _READING, _SAID = "data.zip", "data.reading", "data.said"
_TURN = "data.zip.turn"  # how many zips were taken: with it in its key, the next uploader is another, empty one
EVERY_S = 1.0


def arrived() -> own.OwnSet | None:
    """Call it before the sets are listed: a set whose reading has ended is chosen and returned; where reading failed,
    the reason is kept, to be shown.

    Each set is reported once: call this in one `done_whole` with what is done about it.
    """
    made: own.OwnSet | None = st.session_state.get(_READING) or _begun_before()
    if made is None:
        return None
    st.session_state[_READING] = made
    status = sources.job_status(made.id, cached.settings())
    if status is not None and status.is_active:
        return None
    datasets.forget()
    st.session_state.pop(_READING)
    if status is not None and status.stage == "done":
        address.write({"source": address_of(made.source)})
        return made
    st.session_state[_SAID] = status.message if status else tr("Reading the zip was interrupted; send it again.")
    return None


def _begun_before() -> own.OwnSet | None:
    """A set that is being read, begun in another tab or before a reload."""
    unread = (found for found in datasets.own_sets() if not found.is_ready)
    return next((found for found in unread if _is_being_read(found.id)), None)


def _is_being_read(id: str) -> bool:
    status = sources.job_status(id, cached.settings())
    return status is not None and status.is_active


def fold(source: str) -> DeltaGenerator | None:
    """The fold below the choice of sets, still empty; None where the server takes no pictures."""
    if not cached.settings().own_sets.most:
        return None
    is_open = bool(st.session_state.get(_SAID)) or _READING in st.session_state or own.is_own(source)
    return st.expander(tr("Your own pictures"), icon=":material/add_photo_alternate:", expanded=is_open)


def fill(fold: DeltaGenerator | None, before: Callable[[], None]) -> None:
    """Draw what is in the fold, once the pictures of the chosen set are on the screen.

    before  draws another way to make a set, above the uploader
    """
    if fold is None:
        return
    limits = cached.settings().own_sets
    mine = datasets.own_sets()
    said = st.session_state.get(_SAID)
    is_busy = _READING in st.session_state
    with fold:
        if said:
            st.error(words.sentence(said), icon=":material/broken_image:")
        if is_busy:
            trouble.fragment(_progress, run_every=EVERY_S)(st.session_state[_READING].id)
        elif len(mine) < limits.most:
            before()
            _uploader()
        else:
            full = tr_n(
                "You have {n} set, as many as one person may have here. Remove one to send another.",
                "You have {n} sets, as many as one person may have here. Remove one to send another.",
                limits.most,
            )
            st.markdown(f":gray[{full}]")
        with st.container(key="own_sets"):
            for found in mine:
                if not is_busy or found.id != st.session_state[_READING].id:
                    _row(found)
        rules = tr(
            "Only you can see these pictures and train on them. A run on them is listed like any other, with "
            "its result, the set's name and its classes. Anybody can download its net and ask it about pictures; "
            "it stays with the run when the set is removed. A set is removed {n} days after it was last trained "
            "on, or when you remove it. Locations and other metadata in the files are not kept.",
            n=limits.days,
        )
        st.markdown(f":gray[:small[{rules}]]")
    st.session_state[_SAID] = None  # only here: a run that was cut off above has not shown it


def _uploader() -> None:
    limits = cached.settings().own_sets
    st.file_uploader(
        tr("A zip of class folders"),
        type="zip",
        key=f"{_SENT}.{st.session_state.get(_TURN, 0)}",
        max_upload_size=limits.megabytes,
        on_change=_take,
        help=tr(
            "A folder for each class, with its pictures inside; `train/` and `valid/` above them where you "
            "have both. JPEG, PNG and WebP are read. Each picture's shorter side is reduced to at most 460 "
            "pixels, so you can shrink them yourself if the zip is too big."
        ),
    )


def _take() -> None:
    """A callback: keep what was sent, and have it read in a process of its own."""
    turn = st.session_state.get(_TURN, 0)
    sent = st.session_state.get(f"{_SENT}.{turn}")
    if sent is None:
        return
    st.session_state[_TURN] = turn + 1
    uploads.drop(sent)  # the next uploader is another one, by which nobody could remove this file
    try:
        make(sent.getvalue(), PurePath(sent.name).stem)
    except (SotaError, OSError) as bad:
        refused(bad)


def refused(why: Exception) -> None:
    """Keep the reason, to be shown when the page is drawn; without the path where a disk has failed.

    The sets are looked up again: another tab may have sent one.
    """
    datasets.forget()
    st.session_state[_SAID] = told_by(why) if isinstance(why, SotaError) else tr("The pictures could not be kept here.")


def make(data: bytes, title: str) -> own.OwnSet:
    """Begin to make a set of a zip; the page then shows how far it is.

    Raises
        what sources.start_reading raises.
    """
    made = sources.start_reading(data, title, owner(), cached.settings(), origin=origin())
    st.session_state[_READING] = made
    datasets.forget()
    return made


def _progress(id: str) -> None:
    status = sources.job_status(id, cached.settings())
    if status is None or not status.is_active:
        st.rerun()
    told = words.markdown_safe(words.progress(status.stage, status.done, status.total))
    st.progress(status.share or 0.0, text=f"**{told}**")


def _row(found: own.OwnSet) -> None:
    with st.container(horizontal=True, vertical_alignment="center", key=f"data.own.{found.id}"):
        size = words.size_of(found.size_bytes) if found.is_ready else tr("not fully read")
        made = words.date(datetime.fromtimestamp(found.created_at, UTC), is_short=True)
        about = tr("{size}, made {date}", size=size, date=made)
        st.markdown(f"**{words.markdown_safe(found.title)}** :gray[{about}]", width="content")
        if found.is_ready:
            st.download_button(
                tr("As a zip"),
                data=lambda: own.zipped(found.source, cached.settings()),
                file_name=f"{found.title}.zip",
                mime="application/zip",
                key=f"data.own.zip.{found.id}",
                icon=":material/download:",
                help=tr("The pictures as they are kept, for the script of a run on them."),
                on_click="ignore",
            )
        why = tr("A run of yours still needs it.") if _is_in_use(found) else ""
        with st.popover(tr("Remove"), icon=":material/delete:", key=f"data.own.asked.{found.id}"):
            st.markdown(tr("The pictures are removed at once. Runs on them stay, with their results."))
            buttons.button(tr("Remove it"), found, key=f"data.own.remove.{found.id}", why=why)
    with buttons.pressed(f"data.own.remove.{found.id}") as pressed:
        if pressed is not None:
            try:
                own.remove(pressed.id, owner(), cached.settings())
            except SotaError as bad:
                st.error(words.sentence(bad))
                return
            datasets.forget()
            draw_anew()


def _is_in_use(found: own.OwnSet) -> bool:
    live = cached.store().history.list_runs(states=LIVE, limit=None)
    return any(found.id in run.recipe_json for run in live)  # as text: another version's recipe may not be readable
