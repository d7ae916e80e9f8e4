"""Browser code lies in files beside a Python file, is registered unchanged, and never stands inside Python."""

import ast
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.train import runs_list
from pages.shared.components import files
from pages.shared.frame import frame
from sota_core import paths
from tests.pages.conftest import turn

PAGES = paths.ROOT / "pages"
PYTHON = sorted(PAGES.rglob("*.py"))
# name → the Python file that registers the component
COMPONENTS = {
    name: path
    for path in PYTHON
    for name in re.findall(r'files\.component\("(\w+)", __file__\)', path.read_text(encoding="utf-8"))
}
SHARED = {path.stem: path.read_text(encoding="utf-8") for path in files.SHARED.glob("*.js")}
SHOWN_ON = (
    "overview",
    "tta",
    "mixup",
    "papers",
    "label_smoothing",
    "data",
    "resizing",
)  # every component is on at least one of these

# Elements that run or style, anywhere; and code or CSS rules in a string of a line's length or more.
ELEMENT = re.compile(r"<(script|style)\b", re.IGNORECASE)
CODE = re.compile(r"=>\s*[{(\w]|\bfunction\b[^(]*\(|\b(document|window)\.\w|\{[^{}]*:[^{}]*;")
LINE = 80


def test_a_script_that_the_browser_would_be_given_empty_is_refused(tmp_path: Path) -> None:
    (tmp_path / "kept.js").write_text("/** @param {Record<string, number>} a */", encoding="utf-8")
    with pytest.raises(ValueError, match=r"kept\.js: must hold nothing that looks like a tag, got '<s'"):
        files.element(str(tmp_path / "kept.py"), {})


def beside(path: Path, end: str) -> str:
    """The text of the file with the same stem and this ending; "" if there is none."""
    file = path.with_suffix(end)
    return file.read_text(encoding="utf-8") if file.exists() else ""


def strings(tree: ast.Module) -> Iterator[str]:
    """Every string of a Python file that is no docstring; of an f-string the fixed parts, joined."""
    apart = {
        id(node.body[0].value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and isinstance(node.body[0], ast.Expr)
    }
    for node in ast.walk(tree):
        if isinstance(node, ast.JoinedStr):
            parts = [part for part in node.values if isinstance(part, ast.Constant)]
            apart |= {id(part) for part in parts}
            yield "".join(str(part.value) for part in parts)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in apart:
            yield node.value


def for_a_browser(source: str) -> list[str]:
    return [
        text
        for text in strings(ast.parse(source))
        if ELEMENT.search(text) or (CODE.search(text) and (len(text) >= LINE or "\n" in text))
    ]


def test_every_file_for_the_browser_stands_beside_the_python_file_that_reads_it() -> None:
    found = {path for end in ("js", "css", "html") for path in PAGES.rglob(f"*.{end}")}
    scripts = {path.with_suffix(".js") for path in COMPONENTS.values()}
    styles = {path.with_suffix(".css") for path in PYTHON if "files.style(__file__)" in path.read_text("utf-8")}
    assert scripts <= found and styles <= found
    elements = {path for path in PYTHON if "files.element(__file__" in path.read_text("utf-8")}
    owners = set(COMPONENTS.values()) | elements | {path.with_suffix(".py") for path in styles}
    assert {path.with_suffix(".py") for path in found if path.parent != files.SHARED} == owners


def test_a_script_comes_after_all_that_it_needs_and_nothing_else(tmp_path: Path) -> None:
    (tmp_path / "own.js").write_text("globalThis.sotaHand; globalThis.sotaIsStill();", encoding="utf-8")
    (tmp_path / "alone.js").write_text("globalThis.sotaOwn ??= 1;", encoding="utf-8")
    shared = ("keys", "hand", "motion")  # hand.js needs keys.js
    expected = "\n".join([*(SHARED[stem] for stem in shared), "globalThis.sotaHand; globalThis.sotaIsStill();"])
    assert files.together(str(tmp_path / "own.py")) == expected
    assert files.together(str(tmp_path / "alone.py")) == "globalThis.sotaOwn ??= 1;"


def test_what_is_shared_has_one_giver_and_is_used_by_that_name() -> None:
    given = {stem: set(re.findall(r"globalThis\.(sota\w+) \?\?=", text)) for stem, text in SHARED.items()}
    assert len(set().union(*given.values())) == sum(map(len, given.values()))
    scripts = {path.stem: path.read_text(encoding="utf-8") for path in PAGES.rglob("*.js")}
    for stem, names in given.items():
        others = "".join(text for other, text in scripts.items() if other != stem)
        assert any(f"globalThis.{name}" in others for name in names), f"{stem}.js"
    for stem, text in scripts.items():
        own = set(re.findall(r"globalThis\.(sota\w+) (?:\?\?)?= ", text))
        assert set(re.findall(r"globalThis\.(sota\w+)", text)) <= own.union(*given.values()), f"{stem}.js"


@pytest.mark.parametrize("path", PYTHON, ids=lambda path: path.relative_to(PAGES).as_posix())
def test_no_python_file_holds_code_for_a_browser(path: Path) -> None:
    allowed = ["<script>(() => {\n})()</script>", "<style>\n</style>"] if path == Path(files.__file__) else []
    assert for_a_browser(path.read_text(encoding="utf-8")) == allowed


@pytest.mark.parametrize(
    "source",
    [
        'JS = """\nexport default function ({ data }) {\n}\n"""',
        'JS = """\nconst show = (at) => at;\n"""',
        'CSS = """\n.row { margin: 0; }\n"""',
        "def f(x):\n    return f'<style>{x}</style>'",
        "x = '<SCRIPT src=a>'",
    ],
)
def test_code_for_a_browser_is_found_where_it_hides(source: str) -> None:
    assert len(for_a_browser(source)) == 1


def one_step() -> None:
    from pages.parts.baseline.batch_step import batch_step

    batch_step({"step": 1, "n_steps": 2, "loss": 1.0, "pictures": []}, ["a", "b"], key="step", is_playing=False)


def one_hand() -> None:
    from pages.shared.components.range_input import range_input

    range_input("Smoothing", ["0.00", "0.98"], stage="s", knob="weight")


def some_news() -> None:
    from pages.shared.people.announce import announce

    announce("Finished.", of="a run", key="told")


def a_painted_figure() -> None:
    from pages.shared.frame.first_visit import _tell_when_painted

    _tell_when_painted()


def test_what_is_registered_is_what_stands_in_the_files(visit: Callable[..., AppTest]) -> None:
    app, registered = visit(), {}
    app.session_state["data.camera"] = True  # the camera is drawn only on request
    for page in SHOWN_ON:
        for component in turn(app, page).run().get("bidi_component"):
            proto = component.proto
            registered[proto.component_name] = (proto.html_content, proto.css_content, proto.js_content)
            assert not proto.js_source_path and not proto.css_source_path  # else the browser would request the file
    for drawn in (one_step, one_hand, some_news, a_painted_figure):
        # components that need a training or a run under way, runs with batches, or a visit's first page
        proto = AppTest.from_function(drawn).run().get("bidi_component")[0].proto
        registered[proto.component_name] = (proto.html_content, proto.css_content, proto.js_content)
    expected = {
        name: (beside(path, ".html"), beside(path, ".css"), files.together(str(path)))
        for name, path in COMPONENTS.items()
    }
    assert registered == expected
    assert all(js.endswith(beside(COMPONENTS[name], ".js")) for name, (_, _, js) in registered.items())


def test_the_styles_are_what_stands_in_the_files() -> None:
    for style, module in ((frame.STYLE, frame), (runs_list._STYLE, runs_list)):
        assert style == f"<style>\n{beside(Path(str(module.__file__)), '.css')}</style>"


def test_no_line_and_its_style_stand_in_one_rule() -> None:
    """WebKit knows `text-decoration: underline dotted` only by its parts, and draws no line at all."""
    texts = {path.name: path.read_text(encoding="utf-8") for end in ("js", "css") for path in PAGES.rglob(f"*.{end}")}
    assert not [name for name, text in texts.items() if re.search(r"text-decoration:\s*[\w-]+\s+\w", text)]


def test_a_component_without_a_script_is_none(tmp_path: Path) -> None:
    (tmp_path / "empty.css").write_text("p { margin: 0; }\n")
    with pytest.raises(FileNotFoundError, match=r"empty\.js"):
        files.component("sota_empty", str(tmp_path / "empty.py"))
