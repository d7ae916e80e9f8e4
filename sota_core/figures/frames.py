"""What a figure shows at every value of a knob, worked out before anybody turns it: the browser only picks.

A view is a function from knobs to slots, the numbers and words that its template (pages/shared/components/place.py)
shows. It names the knobs it depends on as parameters, so that it is not worked out for the others. No formula is ever
written in the browser's language: whatever it shows at any step has been computed and rounded here.

The browser is sent one raw deflate stream. Its pieces are cached compressed, so after a move only new ones are packed.
"""

import inspect
import json
import zlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from sota_core.language import cached

Value = Any  # of a knob: a number, a word
Slots = Mapping[str, str]  # slot → what it shows, rounded and in words
View = Callable[..., Slots]
Columns = dict[str, list[str]]


@dataclass(frozen=True, slots=True)
class Knob:
    """One control and every value it can take, in its order.

    name     the parameter of the views
    control  the key of its widget, which is its name in the address too
    default  where a double click takes it
    is_choice  its widget is a select slider, whose input holds the value's place in the list, not the value
    is_ours  a component of ours moves it (components/blend): it and the stage tell each other where it stands
    written_as  its name in the address, if that is another: the widget shows the address's value (session/controls)
    """

    name: str
    control: str
    values: tuple[Value, ...]
    default: Value = None
    is_choice: bool = False
    is_ours: bool = False
    written_as: str = ""

    def step(self, value: Value) -> int:
        """The step whose value lies nearest; of words, the equal one."""
        if value in self.values:
            return self.values.index(value)
        return min(range(len(self.values)), key=lambda i: abs(self.values[i] - value))

    def nearest(self, value: Value | None) -> Value:
        """The value of the nearest step; the default, or where there is none the first, for none.

        >>> Knob("eps", "", (0.0, 0.1, 0.2), 0.1).nearest(0.17), Knob("eps", "", (0.0, 0.1, 0.2), 0.1).nearest(None)
        (0.2, 0.1)
        """
        if value is None:
            return self.values[0] if self.default is None else self.default
        return self.values[self.step(value)]


def span(low: float, high: float, step: float) -> tuple[float, ...]:
    """The values of a slider from low to high, both included, free of the dust of adding.

    >>> span(0, 0.3, 0.1)
    (0.0, 0.1, 0.2, 0.3)
    """
    n = round((high - low) / step)
    return tuple(round(low + i * step, 10) for i in range(n + 1))


def now(at: Mapping[str, Value], views: Sequence[View]) -> dict[str, str]:
    """What all slots show where the knobs stand.

    at  name → value, of the knobs and of whatever else the views ask for
    """
    found: dict[str, str] = {}
    for view in views:
        found |= shown(view, tuple(at[name] for name in parameters(view)))
    return found


@cached(256)
def shown(view: View, values: tuple[Value, ...]) -> Slots:
    """A view's slots at these values of its knobs, in the order of its parameters. Cached for all visitors."""
    return view(**dict(zip(parameters(view), values, strict=True)))


def along(knob: Knob, at: Mapping[str, Value], views: Sequence[View]) -> Columns:
    """slot → what it shows at each value of the knob, the others as they stand; the same wherever the knob stands.

    A slot that is the same at every value is left out.
    """
    found: Columns = {}
    for piece in along_packed(knob, at, views):
        found |= json.loads(unpacked(piece))
    return found


def along_packed(knob: Knob, at: Mapping[str, Value], views: Sequence[View]) -> list[bytes]:
    """The same, a piece of a deflate stream for each view: the JSON object of its slots."""
    pieces = []
    for view in views:
        if knob.name in parameters(view):
            rest = tuple((name, at[name]) for name in parameters(view) if name != knob.name)
            pieces.append(_columns(view, knob.name, knob.values, rest))
    return pieces


def quicker(**whole: Callable[..., Columns]) -> Callable[[View], View]:
    """Decorate a view with a quicker way to all its steps along a knob. Tests check that both agree.

    whole  the knob → a function of the view's other knobs that returns what its slots show at every step
    """

    def beside(view: View) -> View:
        _QUICKER.update({(view, name): way for name, way in whole.items()})
        return view

    return beside


_QUICKER: dict[tuple[View, str], Callable[..., Columns]] = {}


@cached(512)
def _columns(view: View, name: str, values: tuple[Value, ...], rest: tuple[tuple[str, Value], ...]) -> bytes:
    """A view's slots along a knob.

    Cached for all visitors: after a move only the views that depend on that knob are worked out again, and what was set
    before is there. Packed, they take a few hundredths of the memory of the strings.
    """
    others = dict(rest)
    if (view, name) in _QUICKER:
        columns = dict(_QUICKER[view, name](**others))
    else:
        steps = [view(**others, **{name: value}) for value in values]
        columns = {slot: [step[slot] for step in steps] for slot in steps[0]}
    columns = {slot: column for slot, column in columns.items() if any(shown != column[0] for shown in column)}
    return packed(json.dumps(columns, ensure_ascii=False, separators=(",", ":")))


END = b"\x03\x00"  # an empty block, the last one


def packed(text: str) -> bytes:
    """A piece of a raw deflate stream (RFC 1951): several pieces in a row, and END, are one stream."""
    packer = zlib.compressobj(level=1, wbits=-zlib.MAX_WBITS)
    return packer.compress(text.encode()) + packer.flush(zlib.Z_FULL_FLUSH)


def unpacked(stream: bytes) -> str:
    """What stands in a stream, or in a piece of one.

    >>> unpacked(packed("ab") + packed("c") + END)
    'abc'
    """
    return zlib.decompressobj(wbits=-zlib.MAX_WBITS).decompress(stream).decode()


@cache
def parameters(view: View) -> tuple[str, ...]:
    """The knobs a view depends on."""
    return tuple(inspect.signature(view).parameters)
