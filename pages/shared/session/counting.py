"""What this web process draws is counted for whoever runs the server: how often, how long, what failed.

Only numbers and the places of errors (sota_core/system/reruns.py); nothing of a visitor.
"""

import os
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from sota_core import settings as environment
from sota_core.system.reruns import Reruns

PAGE = "site.address"  # in the session: which page is being drawn, or was last
_UNKNOWN = "?"

_of_home: dict[Path, Reruns] = {}
_homes: dict[str | None, Path] = {}  # SOTA_HOME → folder; reading all settings at every rest costs as much as a slider
_off = threading.Event()
_within = threading.local()  # a part that is drawn with its page is counted with it


@dataclass(slots=True)
class Count:
    """One drawing; `error` is what went wrong in it, other than the refusals that a visitor is told."""

    error: BaseException | None = None


@contextmanager
def counted() -> Iterator[Count]:
    """Count what is drawn in the block. A block within another counts nothing."""
    count = Count()
    if _off.is_set() or getattr(_within, "is_so", False):
        yield count
        return
    _within.is_so, began = True, time.perf_counter()
    try:
        yield count
    finally:
        _within.is_so = False
        _counts().add(str(st.session_state.get(PAGE, _UNKNOWN)), time.perf_counter() - began, count.error)


@contextmanager
def uncounted() -> Iterator[None]:
    """Count nothing in the block, while this process draws pages for nobody."""
    _off.set()
    try:
        yield
    finally:
        _off.clear()


def _counts() -> Reruns:
    said = os.environ.get("SOTA_HOME")
    if said not in _homes:
        _homes[said] = environment.load().home
    home = _homes[said]
    found = _of_home.get(home)
    if found is None:
        port, address = st.get_option("server.port"), st.get_option("server.address")
        found = _of_home.setdefault(home, Reruns(home, int(port), address or ""))
    return found
