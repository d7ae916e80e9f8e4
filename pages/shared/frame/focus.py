"""Who uses the keyboard keeps their place when a press takes its own button away (focus.js)."""

from pages.shared.components import files

_component = files.component("sota_focus", __file__)


def keep() -> None:
    """Call it once per run; it acts once, for as long as the tab shows the app."""
    _component(key="focus")
