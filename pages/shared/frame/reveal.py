"""Brings into view what a press is about (reveal.js): what a button shows, unfolded; the beginning of a run."""

from collections.abc import Mapping

from pages.shared.components import files
from pages.shared.components.stage import css_class

_component = files.component("sota_reveal", __file__)


def reveal(shown: Mapping[str, str], *, key: str) -> None:
    """`shown`: key of a button → key of what it shows. The component itself shows nothing."""
    _component(
        key=f"unseen.{key}", data={"shown": {css_class(button): css_class(what) for button, what in shown.items()}}
    )


def begin_at_top(of: str) -> None:
    """Show the page from its top once it is about this: opened from far down a list it would stay scrolled there."""
    _component(key="unseen.top", data={"shown": {}, "of": of})
