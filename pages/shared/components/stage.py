"""Figures that move while a knob is turned: what each step shows is sent beforehand, and the browser picks.

`Stage` puts together the knobs of a page's section, the views that depend on them (sota_core/figures/frames.py) and the
places that show them. Draw it where the knobs are, in one fragment with them: when a hand rests, Streamlit runs that
fragment alone, and sends the frames again, because those of the other knobs have changed.
"""

import hashlib
import json
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import pairwise
from typing import Any

import streamlit as st

from pages.shared.components import files
from pages.shared.components.place import place
from pages.shared.session import address
from sota_core import words
from sota_core.figures.frames import END, Knob, Value, View, along_packed, now, packed
from sota_core.language import cached, tr, written
from sota_core.recipes.draft import as_text

MOST_NAMED = 6  # values that are named one by one
EVEN = 1e-9

_component = files.component("sota_stage", __file__)


class Stage:
    """The knobs and places of one section.

    at     where the knobs stand, and what else the views ask for
    views  what moves while a knob is moved
    still  what is shown only where it rests: whole sentences, which nobody could read while they change
    told   knobs without frames, because they are chosen and not dragged; for sections that follow (follow.py)
    """

    def __init__(
        self,
        name: str,
        at: Mapping[str, Value],
        knobs: Sequence[Knob],
        views: Sequence[View],
        still: Sequence[View] = (),
        told: Sequence[Knob] = (),
    ) -> None:
        self.name, self.at, self.knobs, self.views, self.still = name, dict(at), knobs, tuple(views), tuple(still)
        self.told = tuple(told)

    def place(self, template: str, *, key: str) -> None:
        """Draw a template here; its slots are filled by `draw`, in any order."""
        place(template, stage=self.name, key=key)

    def now(self) -> dict[str, str]:
        """What the slots show where the knobs stand."""
        return now(self.at, self.views + self.still)

    def draw(self) -> None:
        """Send the frames. The browser may answer with a step of a knob, as after a double click: the widget is set."""
        key = f"{self.name}.stage"
        _component(key=key, data=self.packed(), on_asked_change=lambda: _asked(key, self.knobs))

    def packed(self) -> bytes:
        """What travels, as deflated JSON: frames are so repetitive that a tenth is left.

        In one piece: a dictionary Streamlit would write out twice, and search for tables, at every rest.
        """
        at = steps((*self.knobs, *self.told), self.at)
        head = json.dumps({"stage": self.name, "at": at, "now": self.now()}, ensure_ascii=False)
        comma = _glue(",")
        knobs = comma.join(_shown(knob) for knob in self.knobs)
        along = comma.join(
            _glue(f"{json.dumps(knob.name)}:[") + comma.join(along_packed(knob, self.at, self.views)) + _glue("]")
            for knob in self.knobs
        )
        return b"".join((packed(f"{head[:-1]},"), _says(), knobs, _glue('},"along":{'), along, _glue("}}"), END))


_glue = lru_cache(maxsize=256)(packed)


@cached(None)
def _says() -> bytes:
    """The packed part of the message from `says` (words at a slider and its field) to where the knobs begin."""
    says = {
        "ways": tr("Click the number, or type, for an exact value. Double click: the default."),
        "set": tr("Set"),
        "refused": tr("{typed} is not on this slider: {grid}."),
        "empty": tr("Type a value of this slider: {grid}."),
    }
    return packed(f'"says":{json.dumps(says, ensure_ascii=False)},"knobs":{{')


def steps(knobs: Sequence[Knob], at: Mapping[str, Value]) -> dict[str, Value]:
    """Where the knobs stand, as indices of their values; other numbers as they are, other words as a digest.

    The browser only asks whether they have changed, and a word may be the path of a folder.
    """
    placed = {knob.name: knob.step(at[knob.name]) for knob in knobs if knob.name in at}
    others = {name: value for name, value in at.items() if name not in placed}
    return placed | {
        name: _mark(value) if isinstance(value, str) else value
        for name, value in others.items()
        if isinstance(value, bool | int | float | str)
    }


def _mark(word: str) -> str:
    return hashlib.blake2b(word.encode(errors="surrogateescape"), digest_size=8).hexdigest()


@cached(256)
def _shown(knob: Knob) -> bytes:
    """A knob as a packed part of the message: what the browser's input says at each step, and what may be typed."""
    values = list(range(len(knob.values))) if knob.is_choice else list(knob.values)
    home = None if knob.default is None else knob.step(knob.default)
    shown: dict[str, Any] = {"control": None, "values": values, "home": home}
    if not (knob.is_ours and knob.is_choice):  # a place on a picture is nothing to type
        shown |= {"grid": grid(knob)}
    if not knob.is_ours:
        shown |= {"control": css_class(knob.control)} | ({"words": _words(knob)} if knob.is_choice else {})
    return packed(f"{json.dumps(knob.name)}:{json.dumps(shown, ensure_ascii=False)}")


def _words(knob: Knob) -> list[str]:
    """What a hand may type for each step."""
    return [f"{value:.10g}" if isinstance(value, int | float) else str(value) for value in knob.values]


def grid(knob: Knob) -> str:
    """What can be typed for a knob, in words."""
    numbers = [value for value in knob.values if isinstance(value, int | float)]
    if len(numbers) < len(knob.values) or len(numbers) <= MOST_NAMED:
        said = _words(knob)
        said = [written(text) for text in said]
        apart = ", " if written(".") == "." else "; "  # where the comma is the decimal's
        if len(said) <= MOST_NAMED:
            return tr("one of {values}", values=apart.join(said))
        return apart.join((*said[:2], f"… {said[-1]}"))
    low, high, step = numbers[0], numbers[-1], numbers[1] - numbers[0]
    ends = {"low": words.short(low, 6), "high": words.short(high, 6)}
    if all(abs(b - a - step) < EVEN for a, b in pairwise(numbers)):
        return tr("from {low} to {high} in steps of {step}", **ends, step=words.short(round(step, 10), 6))
    return tr("from {low} to {high}", **ends)


def css_class(key: str) -> str:
    """The class Streamlit gives the element of a widget with this key."""
    return "st-key-" + "".join(c if c.isalnum() or c in "_-" else "-" for c in key)


def _asked(key: str, knobs: Sequence[Knob]) -> None:
    """Set a knob as the browser has asked. It is not trusted: only a knob of the stage and one of its steps count."""
    told = (st.session_state.get(key) or {}).get("asked")
    if not isinstance(told, dict):
        return
    knob = next((knob for knob in knobs if knob.name == told.get("knob")), None)
    step = told.get("step")
    if knob is None or not isinstance(step, int) or isinstance(step, bool) or not 0 <= step < len(knob.values):
        return
    value = knob.values[step]
    if knob.written_as:
        address.write({knob.written_as: None if value == knob.default else as_text(value)})
    else:
        address.move({knob.control: value})
