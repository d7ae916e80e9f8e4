"""The frame around every page: navigation, type, spacing (frame.css); and, once imported, our changes to Streamlit."""

import ctypes
import functools
import json
import sys

import numpy as np

# Charts look for it among the loaded modules; with two first visitors at once, the second found it half loaded. Here it
# is loaded before any page, and the second visitor waits for this module.
import pandas  # noqa: F401
import streamlit as st
from PIL import Image, ImageDraw
from streamlit.navigation.page import Page

from pages.shared.components import files
from pages.shared.frame import back, first_visit, focus, own_words, paper, theme, touch
from pages.shared.people import membership, owner, set_cookies
from pages.shared.server import bounds, come_back, deep_link, in_frame, page_end, page_press, unheard, uploads
from pages.shared.session import replaced, state, visitor_language, whole
from sota_core import language, places
from sota_core.figures import palette
from sota_core.figures.pictures import data_uri
from sota_core.language import cached, tr
from sota_core.system.processes import allow_many_files

STYLE = files.style(__file__)
# In this order: of two that replace the same method, the later one is called first.
replaced.apply(bounds, theme, state, whole, come_back, page_press, unheard, page_end, deep_link, uploads, in_frame)
language.provide(visitor_language.of_session)
places.let_read_whole(owner.sits_here)


def apply_style() -> None:
    keep_small()
    admit_many()
    st.html(STYLE + _words())


@cached(None)
def _words() -> str:
    """What the style puts in the place of Streamlit's own English, which cannot be told another language."""
    return files.as_style(f":root {{ --lab-enter: {json.dumps(tr('Press Enter to apply'), ensure_ascii=False)}; }}")


def do_chores() -> None:
    """What each run does before its page is drawn; nothing of it shows."""
    with st.container(key="chores"):  # the style gives it no room
        owner.remember_owner(first_visit.begins())
        back.mend()
        focus.keep()
        paper.keep_white()
        touch.let_pass()
        own_words.say()
        set_cookies.leave()


def taken_along() -> tuple[dict[str, str | None], dict[str, str | None]]:
    """Room and language, which go with a visitor from page to page: takes them from the address, and returns what the
    address should say of them, as the arguments of address.complete.

    Call it before anything is drawn, since that is done in the visitor's language. Complete the address only after
    st.navigation: a browser that does not know the pages yet takes it for an address of the home page.
    """
    room, anywhere = membership.carried()
    return room, anywhere | visitor_language.carried()


def tab_title(page: Page) -> str:
    """A tab, a bookmark and a screen reader are told which page it is."""
    # A page has no title outside Streamlit: `python app.py`, or a child that multiprocessing spawns from a server.
    title = getattr(page, "title", None)
    return f"{title} · SOTA lab" if title else "SOTA lab"


@functools.cache
def icon() -> str:
    """Two pictures and the line of λ between them, as a data URI. A named icon is fetched from the internet."""
    image = Image.new("RGBA", (64, 64))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((4, 4, 59, 59), 14, fill=palette.ROLES["picture_a"].light)
    pen.rounded_rectangle((34, 4, 59, 59), 14, fill=palette.ROLES["picture_b"].light)
    pen.rectangle((34, 4, 46, 59), fill=palette.ROLES["picture_b"].light)
    pen.ellipse((24, 22, 44, 42), fill="white")
    return data_uri(np.asarray(image))


@st.cache_resource(show_spinner=False)
def admit_many() -> int:
    """Once per process: raise the limit of open files, for many visitors. Each session takes four: its connection, and
    three of an event loop of Streamlit's, which the last 128 closed sessions keep for two minutes. At the usual limit
    of 1,024 the 252nd visitor was refused; after 140 had come and gone, the 157th.
    """
    return allow_many_files()


_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD, _M_ARENA_MAX = -1, -3, -8  # malloc.h
_CHOSEN = {_M_ARENA_MAX: 1, _M_MMAP_THRESHOLD: 64 * 1024, _M_TRIM_THRESHOLD: 128 * 1024}


@st.cache_resource(show_spinner=False)
def keep_small() -> bool:
    """Keep the web process small, once per process: glibc hands freed memory back at once. True where it listened.

    By default every thread gets an arena of its own and blocks of up to 32 MB stay in it; a server whose threads each
    touch a batch of pictures now and then ends up holding all of them. Seen after a visit to every page: 357 MB, with
    these settings 302 MB. Elsewhere than on glibc nothing is done.
    """
    if not sys.platform.startswith("linux"):
        return False
    mallopt = getattr(ctypes.CDLL(None), "mallopt", None)  # musl has none
    return mallopt is not None and all(mallopt(option, value) for option, value in _CHOSEN.items())
