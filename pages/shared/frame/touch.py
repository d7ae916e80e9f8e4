"""A finger may scroll the page past a slider (touch.js)."""

from pages.shared.components import files

_component = files.component("sota_touch", __file__)


def let_pass() -> None:
    """Call it once per run; it acts once, for as long as the tab shows the app."""
    _component(key="touch")
