"""Recorded runs on the screen: the small gallery, a visitor's own file, and the file of a run to take away."""

import statistics
from collections.abc import Collection, Sequence
from datetime import date
from itertools import groupby

import streamlit as st

from pages.shared.frame import names
from pages.shared.runs.start import listed
from pages.shared.session import address, buttons, cached, site, trouble
from sota_core import words
from sota_core.analysis.result import reached
from sota_core.errors import SotaError
from sota_core.language import tr, tr_n
from sota_core.published import experiments
from sota_core.recipes import PUBLISHED_IDS
from sota_core.recipes.differing import is_as_printed
from sota_core.runs.recordings import format, recording
from sota_core.runs.recordings.recording import FILE_NAME, Recording, record
from sota_core.runs.recordings.replay import OWNER
from sota_core.runs.run import Run
from sota_core.runs.states import State

shipped = recording.shipped
PARAM = "recording"  # in the address
UPLOADED = "uploaded"  # the address of the visitor's own file, which stays in their session
PLAYER = "replay.player"  # in the session: (name in the address, Player)
_KEY = "recordings.uploaded"
_UPLOAD = "recordings.file"


def find(name: str) -> Recording | None:
    """The recording an address names: one of those that come with the app, or this visitor's own."""
    return st.session_state.get(_KEY) if name == UPLOADED else shipped().get(name)


def device_and_date(found: Recording) -> str:
    """`recorded on CPU, 2 threads, 22 November 2026`, safe for markdown."""
    return _recorded(found, words.markdown_safe(found.device))


def _recorded(found: Recording, device: str) -> str:
    return tr("recorded on {device}, {date}", device=device, date=found.date)


def compared_as(run: Run) -> str | None:
    """The run's id on Compare; None for a recording that the visitor has uploaded, which is not there."""
    if run.owner != OWNER:
        return run.id
    return f"rec:{run.id}" if address.given(PARAM) != UPLOADED else None


@trouble.fragment
def gallery() -> None:
    """Watch a recorded run: those that come with the app, and a file of one's own."""
    st.session_state.pop(PLAYER, None)  # back in this list, the next one played starts at its beginning
    st.header(tr("Watch a recorded run"), anchor=False)
    there = shipped()
    if there:
        st.markdown(tr(":gray[Real runs, played again with every figure they showed. No pictures and no GPU needed.]"))
    else:
        st.markdown(tr(":gray[This copy of the app comes without recordings. You can play a file of your own.]"))
    for i, group in enumerate(by_device(there.values())):
        heading = _heading(group)
        if i == 0:
            st.markdown(heading)
            _group(group)
        else:  # folded, or the page would be twice as long on a phone
            with st.expander(heading):
                _group(group)
    with st.expander(tr("Play a file"), icon=":material/upload_file:"):
        st.file_uploader(
            tr("A run's {file}, at most {n} MB", file=FILE_NAME, n=words.short(format.MAX_BYTES / 1e6)),
            type="json",
            key=_UPLOAD,
            max_upload_size=1,
            help=tr("Every finished run has one: under *To keep* on its page, or by `runs export`."),
        )
        _take()


def by_device(there: Collection[Recording]) -> list[list[Recording]]:
    """Recordings of one device and day together, in their order; those trained as printed apart, and first."""
    return [list(group) for _, group in groupby(sorted(there, key=_told_once), key=_told_once)]


def _told_once(found: Recording) -> tuple[bool, str, date]:
    return not is_as_printed(found.recipe), found.device, found.recorded_at.date()


def _heading(group: Sequence[Recording]) -> str:
    where = device_and_date(group[0])
    if is_as_printed(group[0].recipe):
        return tr("**As printed**, {recorded}", recorded=where)
    time = words.about(statistics.median(found.summary["seconds"] for found in group))
    return tr("**About {time} each**, {recorded}", time=time, recorded=where)


def _group(group: Sequence[Recording]) -> None:
    if said := why_lower(group) if is_as_printed(group[0].recipe) else why_lowest(group):
        st.markdown(f":gray[:small[{said}]]")
    named = []
    for found in group:
        title, apart = listed(found.recipe)
        named.append(names.Named(f"watch.{found.id}", title, f"{apart}, {_recorded(found, found.device)}"))
    names.tell_apart(named, key=f"names.{group[0].id}")
    cards = st.columns(3, gap="medium")
    for i, found in enumerate(group):
        with cards[i % 3]:
            _card(found)


def why_lower(group: Sequence[Recording]) -> str:
    """By how much printed runs end below their tables, and the likely reason; empty where that is not known."""
    below: dict[bool, list[float]] = {False: [], True: []}  # by whether the printed table leaks
    for found in group:
        if table := experiments().get(PUBLISHED_IDS.get(found.recipe.preset, "")):
            below[table.leaks].append(table.accuracy - (reached(found.summary).accuracy or 0.0))
    if group[0].side is None or not all(below.values()) or min(map(min, below.values())) <= 0:
        return ""
    (low, high), (low_leak, high_leak) = (
        [words.short(round(100 * far(points), 1)) for far in (min, max)] for points in below.values()
    )
    return tr(
        "They end {low} to {high} points below the printed tables, and {low_leak} to {high_leak} below those "
        "that leak: likely because these pictures had been reduced to squares of {side} px beforehand, while "
        "the texts cut their crops from {presize} px; a leak comes on top.",
        low=low,
        high=high,
        low_leak=low_leak,
        high_leak=high_leak,
        side=group[0].side,
        presize=group[0].recipe.presize,
    )


def why_lowest(there: Collection[Recording]) -> str:
    """Why all techniques at once end lowest of the recorded runs; empty where they do not."""
    of = min(there, key=lambda found: reached(found.summary).accuracy or 1.0, default=None)
    if of is None or of.recipe.preset != "all":
        return ""
    small, printed = of.recipe.phases[0], experiments()["notes/all"]
    return tr(
        "*Everything together* ends lowest in these short runs: as in *Progressive resizing*, {n_small} of its {n} "
        "epochs see only {size} px, and mixup is a harder task that takes longer. The notes gave it {n_printed} "
        "epochs.",
        n_small=small.total_epochs,
        n=of.recipe.total_epochs,
        size=small.size,
        n_printed=len(printed.rows),
    )


def _card(found: Recording) -> None:
    got = reached(found.summary)
    with st.container(key=f"recorded.{found.id}", gap="xxsmall"):
        title, apart = listed(found.recipe)
        _watch(f"**{words.markdown_safe(title)}**", found.id)
        st.markdown(f":gray[:small[{words.markdown_safe(apart)}]]")
        accuracy, cost = words.percent(got.accuracy), words.clock(got.seconds)
        # always with the epochs, even where they are the printed ones: these lines are compared with each other
        reached_after = tr_n(
            "{accuracy} after {n} epoch, {time}",
            "{accuracy} after {n} epochs, {time}",
            found.recipe.total_epochs,
            accuracy=accuracy,
            time=cost,
        )
        st.markdown(f":small[{reached_after}]")


def _watch(label: str, name: str) -> None:
    """A button and not a link: a link to the page one is on leaves the browser's address as it was."""
    buttons.button(label, name, key=f"watch.{name}", icon=":material/play_circle:", type="tertiary")
    with buttons.pressed(f"watch.{name}") as about:
        if about is not None:
            site.go("train", {PARAM: name})


def _take() -> None:
    """What the uploader holds becomes the visitor's recording, or a sentence why not."""
    file = st.session_state.get(_UPLOAD)
    if file is None:
        return
    try:
        st.session_state[_KEY] = recording.load(file.getvalue())
    except SotaError as refused:
        st.error(words.sentence(refused), icon=":material/rule:")
        return
    _watch(tr("Watch it"), UPLOADED)


def download(run: Run) -> None:
    """The recording of a finished run, made when somebody asks for it."""
    if run.state is State.FINISHED:
        st.download_button(
            FILE_NAME,
            data=lambda: record(run, cached.store().log.events(run.id)).to_json(),
            file_name=f"{run.id}-{FILE_NAME}",
            mime="application/json",
            key=f"download.{FILE_NAME}",
            help=tr("The run itself, to be watched again anywhere: recipe, device, losses and accuracies."),
            on_click="ignore",
            icon=":material/download:",
        )
