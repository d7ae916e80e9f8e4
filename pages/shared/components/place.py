"""A piece of a page whose words, numbers and marks follow a hand: a template, and what stands in its slots.

In the template an element says by `data-live` what follows: `text:loss` its words, `--w:share` a property of its
style, `class:row` any attribute; several with a blank between. Templates are constants: what is worked out, or comes
from a visitor, goes into slots, which the browser sets as text.
"""

from collections.abc import Mapping

from pages.shared.components import files

_component = files.component("sota_place", __file__)


def place(template: str, *, stage: str, key: str, own: Mapping[str, str] | None = None) -> None:
    """Draw the template; the stage of this name fills its slots.

    own  slots that no knob moves, such as a picture's data URI; drawn outside the stage's fragment, they travel once
    """
    _component(key=key, data={"stage": stage, "template": template, "own": dict(own or {})})
