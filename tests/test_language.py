"""Languages: how sentences must be marked in the sources, and that each of them has a complete translation."""

import ast
import re
import string
import threading
from collections import Counter
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message

from benchmarks import messages
from sota_core import language
from sota_core.language import LANGUAGES, cached, current, known, tr, tr_in, tr_n, use

OTHERS = [code for code in LANGUAGES if code != language.ENGLISH]
MARKS = {"tr": (0,), "tr_n": (0, 1), "tr_in": (0, 1), "N_": (0,), "later": (0,), "later_n": (0, 1)}
CACHES = {"cache", "lru_cache", "cache_data", "cache_resource"}
SPEAKING = {*MARKS, "written"} - {"N_", "later", "later_n"}
SPEAKING_FUNCTIONS = {("sota_core.language", name) for name in SPEAKING}
ENGLISH_FOR_ALL = ("sota_core.later", "_made")  # until `now` is asked
CODE = re.compile(r"`[^`]*`|\$[^$]+\$|<[^>]*>|\]\([^)]*\)|:material/\w+:")


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


@cache
def found() -> Catalog:
    return messages.collected(messages.sources())


@cache
def translated(code: str) -> dict[object, Message]:
    return {messages.key(message): message for message in messages.translations(code)}


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")


def marked() -> Iterator[tuple[Path, ast.Call]]:
    for path in messages.sources():
        for node in ast.walk(tree(path)):
            if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in MARKS:
                yield path, node


def place(path: Path, node: ast.AST) -> str:
    return f"{path.relative_to(messages.ROOT)}:{node.lineno}"  # type: ignore[attr-defined]


def is_literal(node: ast.expr) -> bool:
    return isinstance(node, ast.Constant) and isinstance(node.value, str)


def names_a_constant(node: ast.expr) -> bool:
    """A name, an attribute or an item of a constant, whose words are marked with N_ where it is defined."""
    return isinstance(node, ast.Name | ast.Attribute | ast.Subscript)


def test_a_sentence_is_written_out_where_it_is_marked() -> None:
    wrong = []
    for path, node in marked():
        name = node.func.id  # type: ignore[attr-defined]
        first = [node.args[i] for i in MARKS[name] if i < len(node.args)]
        fits = len(first) == len(MARKS[name]) and all(is_literal(one) for one in first)
        if not fits and not (name == "tr" and len(first) == 1 and names_a_constant(first[0])):
            wrong.append(place(path, node))
    assert not wrong, "an f-string, a sum or a call cannot be collected: tr('{x} of {y}', x=…, y=…), tr(CONSTANT)"


def test_nothing_is_translated_before_somebody_asks() -> None:
    wrong = [
        place(path, node)
        for path in messages.sources()
        for statement in outside_functions(tree(path))
        for node in ast.walk(statement)
        if called(node) in SPEAKING and isinstance(node.func, ast.Name)  # type: ignore[attr-defined]
    ]
    assert not wrong, (
        "when a module is imported there is no visitor: mark it N_(…) there, tr(CONSTANT) where it is shown"
    )


def outside_functions(node: ast.AST) -> Iterator[ast.AST]:
    """What runs when a module is imported: expressions outside functions, their decorators and defaults."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from child.decorator_list
            yield from (one for one in (*child.args.defaults, *child.args.kw_defaults) if one)
        elif isinstance(child, ast.Lambda):
            continue
        elif isinstance(child, ast.expr) and not any(isinstance(n, ast.Lambda) for n in ast.walk(child)):
            yield child
        else:
            yield from outside_functions(child)


def kept_parts(node: ast.AST) -> Iterator[ast.AST]:
    """Like ast.walk, but without `raise` statements: a cache does not keep what is raised."""
    yield node
    for child in ast.iter_child_nodes(node):
        if not isinstance(child, ast.Raise):
            yield from kept_parts(child)


def test_what_is_cached_for_all_holds_no_words_of_one() -> None:
    speaking, calls = {}, {}
    for path in messages.sources():
        for name, node in functions(path).items():
            here = (module(path), name)
            calls[here] = {told for one in kept_parts(node) if (told := calls_of(path, one))}
            if here == ENGLISH_FOR_ALL:
                calls[here] = set()
            speaking[here] = bool(calls[here] & SPEAKING_FUNCTIONS)
    changed = True
    while changed:  # a function that calls a function that translates does so itself
        changed = False
        for here, others in calls.items():
            if not speaking[here] and any(speaking.get(one) for one in others):
                speaking[here] = changed = True
    wrong = [
        place(path, node)
        for path in messages.sources()
        for name, node in functions(path).items()
        if speaking[module(path), name] and any(is_plain_cache(one) for one in node.decorator_list)
    ]
    assert not wrong, "use language.cached(maxsize), or cache_data and cache_resource of pages/shared/session/caches.py"


def module(path: Path) -> str:
    return path.relative_to(messages.ROOT).with_suffix("").as_posix().replace("/", ".").removesuffix(".__init__")


def functions(path: Path) -> dict[str, ast.FunctionDef]:
    return {node.name: node for node in tree(path).body if isinstance(node, ast.FunctionDef)}


@cache
def names(path: Path) -> dict[str, tuple[str, str]]:
    """What a file imports of ours, or defines: name → (module, name in it)."""
    own = {name: (module(path), name) for name in functions(path)}
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.ImportFrom) and node.module:
            own |= {one.asname or one.name: (node.module, one.name) for one in node.names}
    return own


def calls_of(path: Path, node: ast.AST) -> tuple[str, str] | None:
    """The (module, function) that this node calls, where the file's imports tell it."""
    if not isinstance(node, ast.Call):
        return None
    if isinstance(node.func, ast.Name):
        return names(path).get(node.func.id)
    of = node.func.value if isinstance(node.func, ast.Attribute) else None
    if isinstance(of, ast.Name) and of.id in names(path):
        return ".".join(names(path)[of.id]), node.func.attr  # type: ignore[union-attr]
    return None


def is_plain_cache(decorator: ast.expr) -> bool:
    head = decorator.func if isinstance(decorator, ast.Call) else decorator
    if isinstance(head, ast.Attribute):
        return head.attr in CACHES and isinstance(head.value, ast.Name) and head.value.id in ("st", "functools")
    return isinstance(head, ast.Name) and head.id in ("cache", "lru_cache")


@pytest.mark.parametrize("code", OTHERS)
def test_every_sentence_has_a_translation_looked_at(code: str) -> None:
    there = {key for key, message in translated(code).items() if messages.is_whole(message)}
    left = [message.id for message in found() if message.id and messages.key(message) not in there]
    assert not left, f"{len(left)} without translation: python -m benchmarks.messages part NAME FILE…"


@pytest.mark.parametrize("code", OTHERS)
def test_a_translation_has_the_places_formulas_and_code_of_its_sentence(code: str) -> None:
    wrong = []
    for message in translated(code).values():
        ids = message.id if isinstance(message.id, list | tuple) else (message.id,)
        said = message.string if isinstance(message.string, list | tuple) else (message.string,)
        for one in filter(None, said):
            many = ids[-1]
            has_counts = len(ids) > 1
            if places(one, has_counts) != places(many, has_counts) or Counter(CODE.findall(one)) != Counter(
                CODE.findall(many)
            ):
                wrong.append((many, one))
    assert not wrong


def test_english_has_one_apostrophe() -> None:
    """A button and the sentence that named it once had different apostrophes, so a search of the page found only one of
    them.
    """
    texts = [text for m in found() if m.id for text in (m.id if isinstance(m.id, list | tuple) else (m.id,))]
    assert [text for text in texts if "’" in text] == []


def places(text: str, has_counts: bool) -> set[str]:
    """The {names} in a sentence, without braces that are LaTeX's. A plural form may leave {n} out, so it does not count
    there.
    """
    try:
        names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    except ValueError:
        return set()
    return {name for name in names if re.fullmatch(r"[a-z_]\w*", name)} - ({"n"} if has_counts else set())


@pytest.mark.parametrize("code", OTHERS)
def test_a_plural_has_every_form(code: str) -> None:
    n_forms = messages.read(messages.po_of(code), code).num_plurals
    plurals = [message for message in translated(code).values() if isinstance(message.id, list | tuple)]
    assert [m.id for m in plurals if len(m.string) != n_forms] == []


@pytest.mark.parametrize("code", OTHERS)
def test_what_is_installed_is_what_was_translated(code: str) -> None:
    po = messages.po_of(code)
    assert po.with_suffix(".mo").read_bytes() == messages.compiled(messages.read(po, code)), "make messages"


def test_parts_are_taken_in_and_the_last_counts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "LOCALE", tmp_path)
    for name, said in (("a", "eins"), ("b", "zwei")):
        one = Catalog(locale="de", fuzzy=False)
        one.add("Unpacking", said)
        one.add("no source says this", "niemand")
        messages.write(tmp_path / f"de/parts/{name}.po", one)
    left = messages.update("de")
    whole = messages.read(messages.po_of("de"), "de")
    assert whole.get("Unpacking").string == "zwei" and "no source says this" not in whole  # type: ignore[union-attr]
    assert "Unpacking" not in left and "Starting" in left


def test_a_sentence_within_an_f_string_is_collected_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(messages, "ROOT", tmp_path)
    source = tmp_path / "a.py"
    source.write_text(
        'x = f"<b>{tr("in " "tags")}</b>"\n# TRANSLATORS: a verb\ny = tr_in("menu", "Train", n=1)\n'.replace(
            '"in " "tags"', "'in ' 'tags'"
        )
    )
    told = {messages.key(message): message for message in messages.collected([source]) if message.id}
    assert set(told) == {(None, "in tags"), ("menu", "Train")}
    assert told["menu", "Train"].auto_comments == ["TRANSLATORS: a verb"]


def test_english_outside_a_session_and_the_language_in_use_within() -> None:
    assert current() == "en" and tr("Unpacking") == "Unpacking"
    with use("de"):
        assert (tr("Unpacking"), tr("said by nobody"), tr("")) == ("Entpacken", "said by nobody", "")
        assert tr_n("{n} thing of {of}", "{n} things of {of}", 2000, of="x") == "2.000 things of x"
        assert tr_in("menu", "said by nobody {x}", x=1) == "said by nobody 1"
        with use("en"):
            assert tr("Unpacking") == "Unpacking"
    assert current() == "en"
    with pytest.raises(ValueError, match="one of en, de, not 'xx'"), use("xx"):
        pass


def test_a_thread_of_its_own_begins_in_english() -> None:
    said: list[str] = []
    with use("de"):
        thread = threading.Thread(target=lambda: said.append(tr("Unpacking")))
        thread.start()
        thread.join()
    assert said == ["Unpacking"]


def test_what_is_cached_is_cached_for_each_language() -> None:
    asked: list[str] = []

    @cached(maxsize=4)
    def say(word: str, end: str = ".") -> str:
        asked.append(word)
        return tr("Unpacking") + end

    for _ in range(2):
        assert say("x") == "Unpacking."
        with use("de"):
            assert say("x") == "Entpacken."
    assert asked == ["x", "x"]


@pytest.mark.parametrize(
    ("tag", "code"), [("de", "de"), ("de-CH", "de"), ("EN_us", "en"), ("da", None), ("<script>", None)]
)
def test_a_browsers_tag_is_a_language_or_none(tag: str, code: str | None) -> None:
    assert known(tag) == code
