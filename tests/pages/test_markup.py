"""Markup (HTML, markdown, LaTeX, links) in names that visitors or folders bring is shown as written, on every page.

Names of sets and classes, of those who guess and who start runs, and a failed run's message.
"""

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core.data.sets.sources import address_of
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from tests.pictures import class_folders

WRITTEN = r"<img src=zz onerror=zz> **zz** $\zz$ :red[zz] [zz](javascript:zz) `zz` www.zz.example"
AS_MARKUP = re.compile(r"(?<!\\)(<img src=zz|\*\*zz|\$\\+zz\$|:red\[zz|\[zz|`zz)|www\.zz")
ROOM = "FAST77"
# Where Streamlit's browser code, or ours, shows plain text: alternative texts, a select box, and a component's data,
# which its script puts into text nodes and attributes.
PLAIN = {
    ("image", "imgs.alt"), ("vega_lite_chart", "alt"), ("selectbox", "options"), ("selectbox", "raw_value"),
    ("multiselect", "options"), ("multiselect", "raw_values"),     ("bidi_component", "json"),
}  # fmt: skip
SOURCE = ("data", "baseline", "mixup", "resizing", "normalization", "tta", "train")
SCREENS = [(page, "source") for page in SOURCE] + [
    ("train", "run"), ("compare", "runs"), ("room", "room"), ("overview", ""), ("operator", ""),
    *((entry.address, "junk") for entry in site.PAGES),
]  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A set with this name, whose classes have it too."""
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    return class_folders(tmp_path / "roots" / WRITTEN, (f"{WRITTEN} {k}" for k in (1, 2)), 6)


@pytest.fixture
def failed(store: Store, tiny: Recipe, folder: Path) -> Run:
    recipe = tiny.replace(source=str(folder), split="random20")
    run = store.queue.submit(recipe, owner=WRITTEN, room=ROOM, nickname=WRITTEN[:20])
    assert store.guesses.commit_accuracy(run.id, owner=WRITTEN, value=0.5, room=ROOM, nickname=WRITTEN[:20])
    assert store.queue.claim()
    assert store.transitions.begin(run.id, 1, pid=7, birth="boot:1", host=WRITTEN)
    assert store.transitions.fail(run.id, 1, "error", WRITTEN, WRITTEN)
    return run


@pytest.mark.long
@pytest.mark.parametrize(("page", "name"), SCREENS)
def test_what_somebody_wrote_is_shown_as_it_is_written(visit, page: str, name: str, folder: Path, failed: Run) -> None:
    said = {"source": address_of(str(folder)), "run": failed.id, "runs": failed.id, "room": ROOM}
    junk = dict.fromkeys(("source", "room", "run", "runs", "recipe", "recording", "q", "view"), WRITTEN)
    app = visit(page, **(junk if name == "junk" else {name: said[name]} if name else {}))
    shown = list(strings_of(app))
    wrong = {(kind, place, text[:200]) for kind, place, text in shown if AS_MARKUP.search(text)}
    assert not {found for found in wrong if found[:2] not in PLAIN}
    if name in ("source", "run"):
        assert any("zz" in text for _, _, text in shown), "the name is nowhere on the page, so this tests nothing"


def strings_of(app: AppTest) -> Iterator[tuple[str, str, str]]:
    """(kind of element, path of its field, text) of everything that is sent to the browser."""

    def below(node) -> Iterator[tuple[str, str, str]]:
        if isinstance(proto := getattr(node, "proto", None), Message):
            for path, text in strings_in(proto):
                yield node.type, path, text
        for child in getattr(node, "children", {}).values():
            yield from below(child)

    return below(app._tree)


def strings_in(message: Message, path: str = "") -> Iterator[tuple[str, str]]:
    for of, value in message.ListFields():
        here = f"{path}.{of.name}".lstrip(".")
        if of.message_type is not None and of.message_type.GetOptions().map_entry:
            continue
        for one in value if of.is_repeated else [value]:
            if isinstance(one, Message):
                yield from strings_in(one, here)
            elif isinstance(one, str):
                yield here, one
