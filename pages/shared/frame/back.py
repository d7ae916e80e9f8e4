"""Lets the browser's back button come to the page as it was left: one step for a change of page (back.js)."""

from pages.shared.components import files

_component = files.component("sota_back", __file__)


def mend() -> None:
    """Once a run. What it changes in the browser it changes once, for as long as the tab shows the app."""
    _component(key="back", data={})
