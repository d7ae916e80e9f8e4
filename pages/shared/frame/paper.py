"""What is printed from the dark theme is light: paper is white (paper.js)."""

from pages.shared.components import files

_component = files.component("sota_paper", __file__)


def keep_white() -> None:
    """Call it once per run; it acts once, for as long as the tab shows the app."""
    _component(key="paper")
