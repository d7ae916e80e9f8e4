"""The frame around every page: navigation, type, spacing. Constants only; nothing of a visitor enters the CSS."""

import ctypes
import functools
import sys

import numpy as np

# Charts look for it among the loaded modules. Two first visitors at once: the second found it half loaded. Here it is
# loaded once, before any page, while the second waits for this module.
import pandas  # noqa: F401
import streamlit as st
from PIL import Image, ImageDraw

from pages.shared.runs import room
from sota_core.figures import palette
from sota_core.figures.pictures import data_uri

STYLE = """<style>
[data-testid="stMainBlockContainer"] { max-width: 1216px; padding-left: 2.25rem; padding-right: 2.25rem; }
[data-testid="stHeader"] { background: transparent; }
[data-testid="stSidebarNav"] span { font-size: .94rem; }
[data-testid="stNavSectionHeader"] {
  letter-spacing: .08em; text-transform: uppercase; font-size: .72rem; opacity: .62;
}
h1 { letter-spacing: -.015em; line-height: 1.12; padding-top: 0; }
h2, h3 { letter-spacing: -.005em; }
[data-testid="stMetricLabel"] { opacity: .7; }
[data-testid="stMetricValue"] { font-variant-numeric: tabular-nums; }
[data-testid="stMarkdownContainer"] table { border: 0; font-variant-numeric: tabular-nums; }
[data-testid="stMarkdownContainer"] :is(th, td) {
  border: 0; border-bottom: 1px solid var(--lab-line); padding: .34rem .9rem;
}
[data-testid="stMarkdownContainer"] :is(th, td):first-child { padding-left: 0; }
[data-testid="stMarkdownContainer"] th { font-weight: 400; opacity: .65; }
@media (max-width: 640px) {
  [data-testid="stMarkdownContainer"] table { display: block; max-width: 100%; overflow-x: auto; }
}
[data-testid="stExpander"] details { border-color: transparent; background: transparent; }
[data-testid="stExpander"] summary { padding-left: 0; }
[data-testid="stExpander"] [data-testid="stExpanderDetails"] { padding-left: 0; padding-right: 0; }
[data-testid="stProgress"] > div > div > div { height: 6px; }
[data-testid="stButton"] button, [data-testid="stDownloadButton"] button {
  transition: background-color .12s, border-color .12s;
}
.st-key-arrival { display: none; }
.st-key-steps [data-testid="stColumn"], .st-key-lab_steps [data-testid="stColumn"] {
  border-top: 2px solid var(--lab-line); padding-top: .8rem;
}
.st-key-lab_steps [data-testid="stColumn"] [data-testid="stColumn"] { border-top: 0; padding-top: 0; }
.st-key-steps [data-testid="stColumn"] [data-testid="stElementContainer"]:first-child { min-height: 2.9em; }
.st-key-steps [data-testid="stMarkdownContainer"] p { line-height: 1.4; }
.st-key-steps [data-testid="stPageLink-NavLink"] { padding-left: 0; align-items: flex-start; }
.st-key-steps [data-testid="stPageLink-NavLink"] * { white-space: normal; overflow: visible; }
.st-key-steps [data-testid="stElementContainer"]:first-child [data-testid="stPageLink-NavLink"] * {
  font-weight: 600; font-size: 1rem;
}
.st-key-figure-loss, .st-key-figure-accuracy { min-height: 300px; }
.st-key-figure-schedule { min-height: 150px; }
.st-key-latest [data-testid="stPageLink"] { height: 40px; display: flex; align-items: center; }
[data-testid="stMain"] [data-testid="stPageLink-NavLink"]:not(:hover) { background: transparent; }
[data-testid="stMain"] [data-testid="stPageLink-NavLink"] * { font-weight: 400; }
:root { --lab-line: rgba(128, 124, 116, .3); }
[data-testid="stBaseButton-primary"], [data-testid="stBaseButton-primary"] * { color: light-dark(#fff, #17171b); }
:focus-visible { outline-offset: 2px; }
:is([data-testid="stMain"], [data-testid="stSidebarNav"]) a:focus-visible,
[data-testid="stElementToolbarButton"] button:focus-visible {
  outline: 2px solid light-dark(#4F46B8, #9B93F5);
}
@media (max-width: 640px) {
  [data-testid="stMainBlockContainer"] { padding-left: 1rem; padding-right: 1rem; }
  h1 { font-size: 2rem !important; }
  [data-testid="stMarkdownContainer"] :is(th, td) { padding: .3rem .4rem; font-size: .82rem; }
  /* A row of small controls stays a row: the figure below them comes sooner into sight. */
  [data-testid="stColumn"] :has(> [data-testid="stColumn"] [data-testid="stNumberInput"]) {
    flex-wrap: nowrap;
    > [data-testid="stColumn"] { min-width: 0; }
  }
}
@media (prefers-reduced-motion: reduce) {
  * { animation-duration: .01ms !important; transition-duration: .01ms !important; }
}
</style>"""


def apply_style() -> None:
    keep_small()
    room.carry()
    st.html(STYLE)


@functools.cache
def icon() -> str:
    """Two pictures and the line of λ between them, as a data address. A named icon is fetched from the internet."""
    image = Image.new("RGBA", (64, 64))
    pen = ImageDraw.Draw(image)
    pen.rounded_rectangle((4, 4, 59, 59), 14, fill=palette.ROLES["picture_a"].light)
    pen.rounded_rectangle((34, 4, 59, 59), 14, fill=palette.ROLES["picture_b"].light)
    pen.rectangle((34, 4, 46, 59), fill=palette.ROLES["picture_b"].light)
    pen.ellipse((24, 22, 44, 42), fill="white")
    return data_uri(np.asarray(image))


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
