"""Fuller names for controls whose labels are equal on one page (names.js), for a screen reader; nothing is seen."""

from collections.abc import Iterable
from typing import NamedTuple

from pages.shared.components import files
from pages.shared.components.stage import css_class

_component = files.component("sota_names", __file__)


class Named(NamedTuple):
    """`within`: key of the control, or of a container around it. `label`: what is seen on it, without markup. `more`:
    what sets it apart from others with this label.
    """

    within: str
    label: str
    more: str


def tell_apart(controls: Iterable[Named], *, key: str) -> None:
    """Draw it in every run, beside these controls."""
    named = [{"within": css_class(of.within), "label": of.label, "name": f"{of.label}: {of.more}"} for of in controls]
    _component(key=f"unseen.{key}", data={"named": named})
