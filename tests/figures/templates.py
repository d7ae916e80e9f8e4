"""Reads the slots of a template."""

from html.parser import HTMLParser


def slots_of(template: str) -> set[str]:
    """The slots of a template. Raises AssertionError if an element is not closed, or closed out of order."""
    reader = _Slots()
    reader.feed(template)
    assert not reader.open, f"left open: {reader.open}"
    return reader.found


class _Slots(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.found: set[str] = set()
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag not in ("br", "img"):
            self.open.append(tag)
        live = dict(attrs).get("data-live") or ""
        self.found |= {pair.partition(":")[2] for pair in live.split()}

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)
        self.open.pop()

    def handle_endtag(self, tag: str) -> None:
        assert self.open and self.open[-1] == tag, f"</{tag}> closes {self.open[-1:]}"
        self.open.pop()
