"""Keeps a keyboard user's place when a press removes its own button (focus.js), and folds open in
another language (browser/folds.js)."""

from pages.shared.components import files

_component = files.component("sota_focus", __file__)


def keep() -> None:
    """Call it once per run; it acts once, for as long as the tab shows the app."""
    _component(key="focus")
