"""Brings into view what a button shows, as it is pressed: opened where it is folded, and scrolled to (reveal.js)."""

from collections.abc import Mapping

from pages.shared.components import files
from pages.shared.components.stage import css_class

_component = files.component("sota_reveal", __file__)


def reveal(shown: Mapping[str, str], *, key: str) -> None:
    """`shown`: key of a button → key of what it shows. The component itself shows nothing."""
    _component(key=f"unseen.{key}", data={css_class(button): css_class(what) for button, what in shown.items()})
