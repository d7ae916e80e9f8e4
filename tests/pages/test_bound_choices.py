"""Values in the address do not depend on the language: checked for the choices of every page, in the sources."""

import ast
from pathlib import Path

import pytest

from benchmarks import messages
from tests.test_language import SPEAKING, called, is_literal, place, tree

CHOICES = {"selectbox", "radio", "pills", "segmented_control", "select_slider", "multiselect"}


@pytest.mark.long
def test_what_stands_in_the_address_is_no_language_s() -> None:
    wrong = [
        place(path, node)
        for path in messages.sources()
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and called(node) in CHOICES and is_bound(path, node) and shows_words(node)
    ]
    assert not wrong, "Streamlit writes what is shown of a bound choice: use controls.choice, or **controls.kept(…)"


def is_bound(path: Path, call: ast.Call) -> bool:
    """Whether `bind` is among the call's arguments, directly or in a constant of the file that is unpacked there."""
    constants = {
        target.id: node.value
        for node in tree(path).body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    for keyword in call.keywords:
        of = constants.get(keyword.value.id) if isinstance(keyword.value, ast.Name) else keyword.value
        if keyword.arg == "bind" or (keyword.arg is None and of is not None and "'bind'" in ast.dump(of)):
            return True
    return False


def shows_words(call: ast.Call) -> bool:
    """Whether it formats options otherwise than Python does, or has translated options."""
    given = {keyword.arg: keyword.value for keyword in call.keywords}
    options = given.get("options", call.args[1] if len(call.args) > 1 else None)
    if options is not None and any(called(node) in SPEAKING for node in ast.walk(options)):
        return True
    shown = given.get("format_func")
    if shown is None or (isinstance(shown, ast.Attribute) and is_literal(shown.value)):  # "{:.2f}".format
        return False
    return not isinstance(shown, ast.Lambda) or any(
        isinstance(node, ast.Call | ast.Subscript) for node in ast.walk(shown.body)
    )


@pytest.mark.parametrize(
    ("source", "is_wrong"),
    [
        ('st.pills(tr("A"), OPTIONS, key="a.b", bind="query-params")', False),
        ('st.pills(tr("A"), OPTIONS, format_func=tr, key="a.b", bind="query-params")', True),
        ('st.pills(tr("A"), OPTIONS, format_func=lambda id: NAMES[id], **KEEP)', True),
        ('st.pills(tr("A"), OPTIONS, format_func=words.number, **KEEP)', True),
        ('st.pills(tr("A"), [tr("B"), tr("C")], key="a.b", bind="query-params")', True),
        ('st.pills(tr("A"), NUMBERS, format_func=lambda n: f"{n} ×", **KEEP)', False),
        ('st.pills(tr("A"), NUMBERS, format_func="{:.2f}".format, **KEEP)', False),
        ('st.pills(tr("A"), OPTIONS, format_func=tr, **kept("a.b", now))', False),
    ],
)
def test_it_sees_a_bound_choice_whose_words_are_a_language_s(source: str, is_wrong: bool, tmp_path: Path) -> None:
    path = tmp_path / "a.py"
    path.write_text(f'KEEP = {{"bind": "query-params"}}\n{source}\n')
    (call,) = (node for node in ast.walk(tree(path)) if called(node) == "pills")
    assert isinstance(call, ast.Call) and (is_bound(path, call) and shows_words(call)) is is_wrong
