"""The one table of the app's pages. Whatever refers to a page, here or in `sota_core`, does so by its address.

A page is the file of its address's name directly in pages/, with a function `page` that draws it; it is imported when
it is first visited. Before app.py has run once, Streamlit 1.67 takes a folder `pages` for its old kind of app and runs
the file of a deep link by itself: so each file ends by running app.py when it is run as a script.
"""

import functools
import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal, NoReturn
from urllib.parse import urlencode

import streamlit as st

from pages.shared.session import trouble, visitor_language
from pages.shared.session.address import FOLLOWED, everything
from pages.shared.session.counting import PAGE
from sota_core.language import N_, tr


@dataclass(frozen=True, slots=True)
class Entry:
    """One page. `has_chart`: its first figure is drawn by Vega (shared/frame/first_visit.py)."""

    address: str
    title: str
    icon: str
    section: str
    has_chart: bool = False


_TECHNIQUES, _LAB, _LEARN = N_("Techniques"), N_("Lab"), N_("Learn")
PAGES = (
    Entry("overview", N_("The chapter"), ":material/menu_book:", _TECHNIQUES),
    Entry("baseline", N_("Baseline"), ":material/flag:", _TECHNIQUES),
    Entry("normalization", N_("Normalization"), ":material/equalizer:", _TECHNIQUES),
    Entry("resizing", N_("Progressive resizing"), ":material/photo_size_select_large:", _TECHNIQUES),
    Entry("tta", N_("Test-time augmentation"), ":material/filter_none:", _TECHNIQUES),
    Entry("mixup", N_("Mixup"), ":material/blur_on:", _TECHNIQUES),
    Entry("label_smoothing", N_("Label smoothing"), ":material/vital_signs:", _TECHNIQUES),
    Entry("train", N_("Train"), ":material/science:", _LAB),
    Entry("compare", N_("Compare"), ":material/stacked_line_chart:", _LAB, has_chart=True),
    Entry("data", N_("Data"), ":material/photo_library:", _LAB),
    Entry("room", N_("Class room"), ":material/groups:", _LAB),
    Entry("questionnaire", N_("Questionnaire"), ":material/quiz:", _LEARN),
    Entry("papers", N_("Papers and math"), ":material/function:", _LEARN),
)
# Not in the menu: whoever has the operator's token finds it behind the teacher's door.
OPERATOR = Entry("operator", N_("Operator"), ":material/monitor_heart:", _LAB)
_CURRENT, _STAY = PAGE, "site.stay"
HOME = PAGES[0].address
BY_ADDRESS: Mapping[str, Entry] = {entry.address: entry for entry in (*PAGES, OPERATOR)}
SECTIONS = tuple(dict.fromkeys(entry.section for entry in PAGES))


def path(address: str) -> str:
    """What follows the server's name in a page's URL: the home page has no name there."""
    return "" if address == HOME else address


def href(address: str, query: str = "") -> str:
    """Where a link in markdown leads; `query` is encoded already.

    Relative to the current page, not to the server's root: behind a proxy the app may stand below a path of its own.
    """
    query = "&".join(part for part in (query, urlencode(_language())) if part)
    return f"./{path(address)}" + (f"?{query}" if query else "")


def current() -> Entry:
    """The page that is being drawn, or was drawn last; in a fragment too."""
    return BY_ADDRESS[st.session_state[_CURRENT]]


def navigation() -> dict[str, list]:
    """section → its pages, for st.navigation. Hidden from the menu: the home page by its name, and the operator's."""
    found = {tr(section): [_page(entry) for entry in PAGES if entry.section == section] for section in SECTIONS}
    techniques = found[tr(SECTIONS[0])]
    techniques.append(_page(OPERATOR, "hidden"))
    techniques.append(st.Page(_to_home, title=tr(PAGES[0].title), url_path=HOME, visibility="hidden"))
    return found


def _to_home() -> None:
    """The home page's address has no name in it; whoever types its name, as other pages have one, is led there."""
    go(HOME, everything())


def link(address: str, *, label: str, icon: str | None = None, query: Mapping[str, str] | None = None) -> None:
    """A link to a page of the app; `query` becomes its parameters."""
    parameters = {**(query or {}), **_language()}
    if address == st.session_state.get(_CURRENT):
        # Streamlit 1.67 runs the page with the link's parameters, but leaves the browser's address as it was. The mark
        # is taken out when the page is drawn (address.complete), and with that the browser is told the new address.
        parameters[FOLLOWED] = "1"
    st.page_link(_page(BY_ADDRESS[address]), label=label, icon=icon, query_params=parameters or None)


def go(address: str, query: Mapping[str, str]) -> NoReturn:
    """Leave for another page of the app. Nothing after it is run."""
    st.switch_page(_page(BY_ADDRESS[address]), query_params={**query, **_language()})


def _language() -> dict[str, str]:
    """What the other page would add to its address: with it from the start, going there is one step and not two."""
    chosen = visitor_language.chosen()
    return {visitor_language.PARAM: chosen} if chosen else {}


def _page(entry: Entry, visibility: Literal["visible", "hidden"] = "visible"):
    return st.Page(
        functools.partial(_draw, entry.address),
        title=tr(entry.title),
        icon=entry.icon,
        url_path=path(entry.address),
        default=entry.address == HOME,
        visibility=visibility,
    )


def stay() -> int:
    """Counts the visitor's changes of page, so it is another number once a page was left. Keep it with what must not
    outlast a stay, such as a dialog that is open.
    """
    return st.session_state.get(_STAY, 0)


def _draw(address: str) -> None:
    if st.session_state.get(_CURRENT) != address:
        st.session_state[_STAY] = stay() + 1
    st.session_state[_CURRENT] = address
    with trouble.told():
        importlib.import_module(f"pages.{address}").page()
