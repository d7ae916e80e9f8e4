"""Lets the browser's back button come to the page as it was left: one step for a change of page, none for the language
and none for a picture of the visitor's that comes or goes (back.js).

And says there, for screen readers and for what the browser writes itself, which language the page is in.
"""

from pages.shared.components import files
from pages.shared.session import address, visitor_language
from sota_core import language

_component = files.component("sota_back", __file__)


def mend() -> None:
    """Once a run. What it changes in the browser it changes once, for as long as the tab shows the app."""
    stepless = [visitor_language.PARAM, *address.OWN_ENDS]
    _component(key="back", data={"lang": language.current(), "stepless": stepless})
