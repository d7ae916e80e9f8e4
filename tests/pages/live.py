"""What a page's interactive figures show: templates with their slots filled, as the browser fills them."""

import json
from collections.abc import Iterator
from html.parser import HTMLParser
from typing import Any

from streamlit.testing.v1 import AppTest

from sota_core.figures import frames


def stages(app: AppTest) -> dict[str, dict[str, Any]]:
    """name → the data that the stage of this name sends."""
    found = (component.proto for component in app.get("bidi_component"))
    sent = (unpacked(proto.bytes) for proto in found if proto.component_name == "sota_stage")
    return {stage["stage"]: stage for stage in sent}


def unpacked(data: bytes) -> dict[str, Any]:
    """The data that a stage has packed; for each knob the slots of all views are merged."""
    sent = json.loads(frames.unpacked(data))
    along = {knob: {slot: row for view in views for slot, row in view.items()} for knob, views in sent["along"].items()}
    return sent | {"along": along}


def slots(app: AppTest) -> dict[str, Any]:
    """Every slot of every stage, with its current value."""
    return {slot: shown for stage in stages(app).values() for slot, shown in stage["now"].items()}


def places(app: AppTest) -> Iterator[str]:
    """The words of each place, with whitespace collapsed as in a browser."""
    now = {name: stage["now"] for name, stage in stages(app).items()}
    for component in app.get("bidi_component"):
        if component.proto.component_name == "sota_place":
            data = json.loads(component.proto.json)
            yield words(data["template"], now[data["stage"]] | data["own"])


def words(template: str, now: dict[str, Any]) -> str:
    """A template's words with its slots filled."""
    reader = _Words(now)
    reader.feed(template)
    return " ".join("".join(reader.found).split())


class _Words(HTMLParser):
    def __init__(self, now: dict[str, Any]) -> None:
        super().__init__()
        self.now, self.found = now, []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in ("br", "p", "td", "th", "section", "h2", "tr"):
            self.found.append(" ")
        for pair in (dict(attrs).get("data-live") or "").split():
            what, _, slot = pair.partition(":")
            if what == "text":
                self.found.append(str(self.now[slot]))  # KeyError for a slot that no view fills

    def handle_data(self, data: str) -> None:
        self.found.append(data)
