"""The visitor's stepper: a small training in a process of its own that lives while its page is looked at."""

from collections.abc import Mapping
from typing import Any

import streamlit as st

from pages.shared.people.owner import origin, owner
from pages.shared.session import cached, trouble
from sota_core.errors import SotaError
from sota_core.runs.steppers.stepper import Stepper
from sota_core.runs.steppers.steppers import Steppers
from sota_core.settings import Settings
from sota_core.system import engine

LOOK_S = 5.0  # how often a page looks while nothing happens; a stepper nobody looks at for LEFT_S is ended


def steppers() -> Steppers:
    """The steppers of this server."""
    return _steppers(cached.settings())


@st.cache_resource(max_entries=4, show_spinner=False, hash_funcs={Settings: repr})
def _steppers(of: Settings) -> Steppers:
    return Steppers(of)


def why_not() -> str:
    """Why there can be no stepper; empty where there can. It trains on this server, wherever runs are trained."""
    return engine.why_not(cached.settings(), here=True)


def mine(kind: str) -> Stepper | None:
    """The visitor's stepper, if it is at a job of this kind."""
    found = steppers().of(owner())
    return found if found is not None and found.job["kind"] == kind else None


def start(job: Mapping[str, Any]) -> str:
    """Begin a stepper, in place of the visitor's earlier one. Returns why it could not begin, as plain text for people;
    else empty.
    """
    if said := why_not():
        return said
    try:
        steppers().start(owner(), job, origin=origin())
    except (SotaError, OSError) as bad:  # no place is free, no process can be started, the disk is full
        if (said := trouble.refusal(bad)) is None:
            raise
        return said
    return ""


def forget() -> None:
    steppers().forget(owner())
