"""What a browser runs stands in files: the .js, .css and .html beside a Python file, of the same stem.

They are read when that Python file is imported and go out inside the messages of the page: a path handed to Streamlit
would have the browser ask the server for each of them once more. Nothing is ever put into them: what comes from a
visitor travels as a component's `data` and is set as text.

A component is a module by itself in the browser and can import none of ours. So what several scripts need stands in
SHARED, as `globalThis.sotaX ??= …`, and goes before every script that says `globalThis.sotaX`.
"""

import html
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from pathlib import Path

from streamlit.components import v2
from streamlit.components.v2.types import ComponentRenderer

from sota_core import paths


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")


def script(beside: str) -> Path:
    """The .js of the Python file `beside`, its `__file__`."""
    return Path(beside).with_suffix(".js")


SHARED = paths.ROOT / "pages" / "shared" / "browser"
_TAG = re.compile(r"<[/\w!]")  # as DOMPurify looks for one
_NAME = re.compile(r"\bglobalThis\.(sota\w+)")
_GIVEN = re.compile(rf"^{_NAME.pattern} \?\?=", re.MULTILINE)


def component(name: str, beside: str) -> ComponentRenderer:
    """Register the component of the Python file `beside`, its `__file__`. It may do without .html and .css.

    Raises FileNotFoundError where there is no .js.
    """
    path = Path(beside)
    body, css = (read(path.with_suffix(end)) if path.with_suffix(end).exists() else None for end in (".html", ".css"))
    return v2.component(name, html=body, css=css, js=together(beside))


def together(beside: str, read: Callable[[Path], str] = read) -> str:
    """The .js of the Python file `beside`, after all that it needs of SHARED: each once, in the order they need."""
    return "\n".join(map(read, dict.fromkeys(_needed(script(beside)))))


def _needed(path: Path) -> Iterator[Path]:
    for name in _NAME.findall(read(path)):
        if _shared().get(name, path) != path:
            yield from _needed(_shared()[name])
    yield path


@cache
def _shared() -> dict[str, Path]:
    """The name of what a script of SHARED gives → the script."""
    return {name: path for path in sorted(SHARED.glob("*.js")) for name in _GIVEN.findall(read(path))}


def element(beside: str, data: Mapping[str, str]) -> str:
    """The .js of the Python file `beside` for `st.html` with `unsafe_allow_javascript`; a component would run later.

    data  what it finds in `document.currentScript.dataset`

    Raises ValueError where the browser would be given an empty script: Streamlit cleans HTML, and takes a script out
    silently if something in it looks like a tag (`Record<string>` in a comment).
    """
    told = "".join(f' data-{name}="{html.escape(value)}"' for name, value in data.items())
    return f"<script{told}>(() => {{\n{together(beside, _looked_at)}}})()</script>"


@cache
def _looked_at(path: Path) -> str:
    text = read(path)
    if tag := _TAG.search(text):
        raise ValueError(f"{path.name}: must hold nothing that looks like a tag, got {tag[0]!r}")
    return text


def style(beside: str) -> str:
    """The .css of the Python file `beside`, for `st.html`."""
    return as_style(read(Path(beside).with_suffix(".css")))


def as_style(css: str) -> str:
    """Rules as an element of the page, for `st.html`. Only constants may stand in them."""
    return f"<style>\n{css}</style>"
