"""The frame around every page: navigation, type, spacing. Constants only; nothing of a visitor enters the CSS.

Pages stand one folder below pages/. The files directly in pages/ are doors: before app.py has run once, Streamlit
1.67 takes a folder `pages` for its old kind of app and looks there for the page of a deep link; finding none it
lays a dialog "Page not found" over the page. A door with the address's name runs app.py, and all is well.
"""

import functools
from pathlib import Path

import numpy as np

# Charts look for it among the loaded modules. Two first visitors at once: the second found it half loaded. Here it is
# loaded once, before any page, while the second waits for this module.
import pandas  # noqa: F401
import streamlit as st
from PIL import Image, ImageDraw

from pages._shared import room
from pages._shared.memory import keep_small
from sota_core.figures import palette
from sota_core.figures.pictures import data_uri

ROOT = Path(__file__).resolve().parents[2]

# section → (file below pages/, title, icon, address). A page not written yet is not listed.
SECTIONS: dict[str, tuple[tuple[str, str, str, str], ...]] = {
    "Techniques": (
        ("techniques/overview.py", "The chapter", ":material/menu_book:", "overview"),
        ("techniques/normalization.py", "Normalization", ":material/equalizer:", "normalization"),
        (
            "techniques/progressive_resizing.py",
            "Progressive resizing",
            ":material/photo_size_select_large:",
            "resizing",
        ),
        ("techniques/tta.py", "Test-time augmentation", ":material/filter_none:", "tta"),
        ("techniques/mixup.py", "Mixup", ":material/blur_on:", "mixup"),
        ("techniques/label_smoothing.py", "Label smoothing", ":material/vital_signs:", "label_smoothing"),
    ),
    "Lab": (
        ("lab/train.py", "Train", ":material/science:", "train"),
        ("lab/compare.py", "Compare", ":material/stacked_line_chart:", "compare"),
        ("lab/data.py", "Data", ":material/photo_library:", "data"),
        ("lab/room.py", "Class room", ":material/groups:", "room"),
    ),
    "Learn": (
        ("learn/questionnaire.py", "Questionnaire", ":material/quiz:", "questionnaire"),
        ("learn/papers_and_math.py", "Papers and math", ":material/function:", "papers"),
    ),
}
HOME = "techniques/overview.py"

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


def pages() -> dict[str, list]:
    """section → st.Page list for st.navigation, without the sections and pages that do not exist."""
    found = {
        section: [_page(*entry) for entry in entries if (ROOT / "pages" / entry[0]).is_file()]
        for section, entries in SECTIONS.items()
    }
    return {section: some for section, some in found.items() if some}


def _page(file: str, title: str, icon: str, address: str):
    return st.Page(ROOT / "pages" / file, title=title, icon=icon, url_path=address, default=file == HOME)


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
