"""A data set by the camera: a few classes, a burst of pictures of each, and one press that trains on them."""

import streamlit as st

from pages.parts.data import own_pictures
from pages.shared.components import files
from pages.shared.pictures import datasets
from pages.shared.runs import guesses
from pages.shared.runs.start import start
from sota_core.data.sets.camera import ENOUGH, FEWEST_CLASSES, LEAST, MOST_CLASSES, camera_zip
from sota_core.data.sets.sources import own
from sota_core.errors import SotaError
from sota_core.language import tr
from sota_core.recipes.few import for_few

_component = files.component("sota_camera", __file__)
_KEY, _TURN, _TRAINS = "data.shots", "data.shots.turn", "data.camera.trains"


def section() -> None:
    """A switch, and the camera once it is asked for."""
    if not st.toggle(
        tr("Make a set with the camera"),
        key="data.camera",
        help=tr(
            "Two to five classes, about twenty pictures each: two minutes. The pictures stay in this browser until you "
            "send them."
        ),
    ):
        return
    key = f"{_KEY}.{st.session_state.get(_TURN, 0)}"
    _component(
        key=key,
        data={
            "fewest": FEWEST_CLASSES,
            "most": MOST_CLASSES,
            "least": LEAST,
            "enough": ENOUGH,
            "why": "",
            "says": _says(),
        },
        on_made_change=lambda: _take(key),
    )
    said = tr(
        "Training starts at once: a small net, with mixup, label smoothing and test-time augmentation, in "
        "about a minute on two cores. The last pictures of each class are not trained on: they measure how "
        "good the net is. They were taken within the same minute, so the net will seem better than it is; show "
        "it something new afterwards."
    )
    st.markdown(f":gray[:small[{said}]]")
    guesses.go_along()


def _says() -> dict[str, str]:
    """Every text the camera shows; the browser fills in {n}, {least} and {enough}."""
    return {
        "sees": tr("What the camera sees"),
        "add": tr("Add a class"),
        "done": tr("Make the set and train"),
        "NotAllowedError": tr(
            "The browser was not allowed to use the camera. Allow it in the address bar, and open this again."
        ),
        "NotFoundError": tr("No camera was found on this machine."),
        "NotReadableError": tr("Another program is using the camera. Close it, and open this again."),
        "failed": tr("The camera cannot be opened."),
        "insecure": tr("Browsers allow the camera only on pages that come by https or from this very machine."),
        "guarded": tr(
            "When a page reads a picture's pixels, this browser gives it noise, as a guard against fingerprinting. "
            "Allow this page to use canvas image data and open this again, or use another browser."
        ),
        "waiting": tr("Waiting for the camera"),
        "ready": tr("Hold a button and move what you show: nearer, further, turned."),
        "hold": tr("Hold to take pictures"),
        "clear": tr("Clear"),
        "remove": tr("Remove"),
        "class": tr("Class {n}"),
        "name": tr("Name of class {n}"),
        "shot": tr("Picture {n}, take it out"),
        "drop": tr("Take it out"),
        "sending": tr("Sending"),
        "nameless": tr("Each class needs a name."),
        "twice": tr("Two classes have the same name."),
        "few": tr("Each class needs at least {least} pictures; about {enough} are good."),
        "count": tr("{n} of {enough}"),
    }


def _take(key: str) -> None:
    """A callback: begin to make a set of the pictures taken."""
    told = (st.session_state.get(key) or {}).get("made")
    if told is None:
        return
    try:
        made = own_pictures.make(*camera_zip(told))
    except (SotaError, OSError) as refused:
        own_pictures.refused(refused)
        return
    st.session_state[_TRAINS] = made.id
    st.session_state[_TURN] = st.session_state.get(_TURN, 0) + 1
    st.session_state["data.camera"] = False


def train_if_ready(made: own.OwnSet | None) -> None:
    """Start the run of a set that has been read, if the camera took it, and go to the run; a refusal is shown here.

    Call it in one `done_whole` with `own_pictures.arrived`, which reports a set only once.
    """
    if made is None or st.session_state.get(_TRAINS) != made.id:
        return
    pictures = datasets.pictures_of(made.source)
    st.session_state.pop(_TRAINS)
    start(for_few(pictures), pictures)
