"""Finds all words that a visitor can see or hear on a page, and those of them that are not from the catalogue.

`python -m tests.pages.seen mixup` lists the latter for one page.
"""

import gettext
import json
import re
import sys
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from google.protobuf.message import Message
from streamlit.testing.v1 import AppTest
from streamlit.testing.v1.element_tree import Block, Element, Node

from benchmarks import messages
from pages.shared.session import site
from sota_core import language, paths
from sota_core.data.sample.drawn_sets import DRAWN
from tests.pages import live

PSEUDO = "xx"
# Fields of Streamlit's messages that hold words for people.
FIELDS = frozenset(
    "body label help placeholder options content caption captions content_icon_label alt alt_text text title heading "
    "hint user_message message sections page_header section_header legend".split()
)
SPEC_WORDS = frozenset({"title", "text", "labelExpr", "description", "header"})
HIDDEN = frozenset({"role", "id", "key", "stage", "of", "template", "css", "href", "src", "lang"})
# Fields of our components' data that hold CSS classes, lengths and names of knobs.
STYLED = frozenset({"verdict", "colour", "most", "least", "knob"})
# Not words to translate: code, formulas, addresses, tags, and the marks of markdown and HTML.
NOT_WORDS = re.compile(
    r"```.*?```|`[^`]*`|\$\$.*?\$\$|\$[^$\n]+\$|<(style|script|code|math)\b.*?</\1>|<[^>]*>|:material/\w+:|"
    r"\]\([^)]*\)|https?://\S+|data:\w+/\S+|&\w+;|&#\d+;|:[a-z]+\[",
    re.DOTALL,
)
SILENT = (
    "sota_stage",
    "sota_place",
    "sota_code",
    "sota_owner",
    "sota_reveal",
    "sota_follow",
    "sota_focus",
    "sota_paper",
    "sota_touch",
)
WORD = re.compile(r"[^\W\d_][\w.'’-]*[^\W_]")
# Names of the field, the same in every language.
TERMS = frozenset(
    """fastai fastbook torch PyTorch Imagenette Imagewoof ImageNet Kaggle arXiv px GB MB kB CPU GPU URL CSV JSON ONNX
    MNIST CIFAR-10 Deutsch English ReLU Softmax Mixup CutMix TTA xresnet18 xresnet34 xresnet50 resnet34 SOTA""".split()
)
# Classes keep the names that their set gives them, as Imagenette's do.
_NAMES = "|".join(name.replace("_", r"[_\s]") for of in DRAWN.values() for name in of.classes)
CLASSES = re.compile(rf"(?<![^\W\d_])({_NAMES})(?![^\W\d_])")


class Pseudo(gettext.NullTranslations):
    """A language in which every sentence marked for translation stands in ⟦ ⟧; unmarked text stays bare."""

    def __init__(self, marked: frozenset[object]) -> None:
        super().__init__()
        self.marked = marked

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧" if (None, message) in self.marked else message

    def pgettext(self, context: str, message: str) -> str:
        return f"⟦{message}⟧" if (context, message) in self.marked else message

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        said = msgid1 if n == 1 else msgid2
        return f"⟦{said}⟧" if (None, (msgid1, msgid2)) in self.marked else said


@cache
def pseudo() -> Pseudo:
    return Pseudo(frozenset(messages.key(m) for m in messages.collected(messages.sources()) if m.id))


def speak_pseudo(patch: pytest.MonkeyPatch) -> None:
    """Make `?lang=xx` a language from now on."""
    patch.setitem(language.LANGUAGES, PSEUDO, "Pseudo")
    patch.setitem(language._catalogues, PSEUDO, pseudo())


def texts(app: AppTest) -> Iterator[str]:
    """Every text of a page: of elements, controls and figures, and of what contains them."""
    yield from _of(app._tree)
    now = {name: stage["now"] for name, stage in live.stages(app).items()}
    for slots in now.values():
        yield slots.get("said", "")  # what is announced to screen readers
    for component in app.get("bidi_component"):
        if component.proto.component_name == "sota_place":
            data = json.loads(component.proto.json)
            template = re.sub(r"<math\b.*?</math>", "", data["template"], flags=re.DOTALL)
            slots = now[data["stage"]] | data["own"]
            yield live.words(template, slots)
            yield from (slots[slot] for slot in re.findall(r"(?:aria-label|title|alt):(\w+)", template))
            yield from re.findall(r"(?:aria-label|title|alt)=\"([^\"]*)\"", template)


def left(app: AppTest) -> list[str]:
    """The words of a page's texts that are not from the catalogue, each once."""
    found = {rest: None for text in texts(app) for rest in [bare(text)] if rest}
    return list(found)


def bare(text: str) -> str:
    """The words of a text that are outside ⟦ ⟧ and not part of a formula, code or TERMS.

    >>> bare("⟦a ⟦b⟧ c⟧ **12 px**: `code` and $x$"), bare("⟦all of it⟧ 3.5")
    ('and', '')
    """
    depth, outside = 0, []
    for char in text:
        depth += char == "⟦"
        if depth == 0:
            outside.append(char)
        depth -= char == "⟧"
    rest = CLASSES.sub(" ", NOT_WORDS.sub(" ", "".join(outside)))
    return " ".join(word for word in WORD.findall(rest) if is_word(word))


def is_word(text: str) -> bool:
    """Whether it is a word of human language: two letters or more, and no name from code or the field."""
    return sum(map(str.isalpha, text)) > 1 and text not in TERMS and "_" not in text


def _of(node: Node) -> Iterator[str]:
    proto = getattr(node, "proto", None)
    if isinstance(node, Element) and node.type == "bidi_component":
        yield from _of_component(proto)
    elif isinstance(node, Element) and node.type == "vega_lite_chart":
        yield from _of_chart(proto)
    elif not (isinstance(node, Element) and node.type in ("code", "iframe")) and isinstance(proto, Message):
        yield from _of_message(proto)
    if isinstance(node, Block):
        for child in node.children.values():
            yield from _of(child)


def _of_message(proto: Message) -> Iterator[str]:
    for field, value in proto.ListFields():
        is_one = isinstance(value, str | bytes | int | float | Message)  # a list of messages has no __iter__
        values = [value] if is_one else list(value)
        for one in values:
            if isinstance(one, Message):
                yield from _of_message(one)
            elif isinstance(one, str) and field.name in FIELDS:
                yield one


def _of_component(proto: Any) -> Iterator[str]:
    """The words in a component's data. What a stage moves is read by `live.places` where it is shown."""
    if proto.component_name not in SILENT and proto.json:
        yield from _of_data(json.loads(proto.json))


def _of_data(data: Any) -> Iterator[str]:
    if isinstance(data, dict):
        for name, value in data.items():
            if name not in HIDDEN | STYLED:
                yield from _of_data(value)
    elif isinstance(data, list):
        for value in data:
            yield from _of_data(value)
    elif isinstance(data, str) and not data.startswith(("st-key-", "data:", "<math")):
        yield data


def _of_chart(proto: Any) -> Iterator[str]:
    yield from _of_message(proto)
    yield from _of_spec(json.loads(proto.spec))
    for dataset in proto.datasets:
        table = pa.ipc.open_stream(dataset.data.data).read_all()
        for name, column in zip(table.column_names, table.columns, strict=True):
            if name not in HIDDEN and pa.types.is_string(column.type):
                yield from (str(value) for value in column.unique().to_pylist() if value)


def _of_spec(spec: Any, key: str = "") -> Iterator[str]:
    if isinstance(spec, dict):
        for name, value in spec.items():
            yield from _of_spec(value, name)
    elif isinstance(spec, list):
        for value in spec:
            yield from _of_spec(value, key)
    elif isinstance(spec, str) and key in SPEC_WORDS:
        yield from _of_expression(spec) if key == "labelExpr" else [spec]


def _of_expression(code: str) -> Iterator[str]:
    """The quoted texts in a Vega expression."""
    for single, double in re.findall(r"'([^']*)'|(\"(?:[^\"\\]|\\.)*\")", code):
        yield json.loads(double) if double else single


def main(page: str) -> None:
    from streamlit.util import calc_hash

    with pytest.MonkeyPatch.context() as patch, tempfile.TemporaryDirectory() as folder:
        patch.setenv("SOTA_HOME", str(Path(folder) / "home"))
        patch.setenv("SOTA_DATA_DIR", str(Path(folder) / "data"))
        speak_pseudo(patch)
        app = AppTest.from_file(str(paths.APP), default_timeout=240)
        app._page_hash = calc_hash(site.path(page))
        app.query_params["lang"] = PSEUDO
        found = left(app.run())
        print(*found, f"{page}: {len(found)} left", sep="\n")


if __name__ == "__main__":
    main(sys.argv[1])
