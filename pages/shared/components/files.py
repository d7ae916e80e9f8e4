"""What a browser runs stands in files: the .js, .css and .html beside a Python file, of the same stem.

They are read when that Python file is imported and go out inside the messages of the page: a path handed to Streamlit
would have the browser ask the server for each of them once more. Nothing is ever put into them: what comes from a
visitor travels as a component's `data` and is set as text.
"""

import html
import re
from collections.abc import Callable, Mapping, Sequence
from functools import cache
from pathlib import Path

from streamlit.components import v2
from streamlit.components.v2.types import ComponentRenderer


def script(beside: str) -> Path:
    """The .js of the Python file `beside`, its `__file__`."""
    return Path(beside).with_suffix(".js")


_TAG = re.compile(r"<[/\w!]")  # as DOMPurify looks for one
STAGES = script(__file__)  # files.js, by which stages and places find each other: to be given as `before`


def component(name: str, beside: str, *, before: Path | Sequence[Path] = ()) -> ComponentRenderer:
    """Register the component of the Python file `beside`, its `__file__`. It may do without .html and .css.

    before  scripts that several components share, put before this one's: a component cannot import another's

    Raises FileNotFoundError where there is no .js.
    """
    path = Path(beside)
    body, css = (read(path.with_suffix(end)) if path.with_suffix(end).exists() else None for end in (".html", ".css"))
    return v2.component(name, html=body, css=css, js=_together(before, beside, read))


def _together(before: Path | Sequence[Path], beside: str, read: Callable[[Path], str]) -> str:
    shared = [before] if isinstance(before, Path) else before
    return "\n".join(map(read, (*shared, script(beside))))


def element(beside: str, data: Mapping[str, str], *, before: Path | Sequence[Path] = ()) -> str:
    """The .js of the Python file `beside` for `st.html` with `unsafe_allow_javascript`; a component would run later.

    data    what it finds in `document.currentScript.dataset`
    before  as for a component

    Raises ValueError where the browser would be given an empty script: Streamlit cleans HTML, and takes a script out
    silently if something in it looks like a tag (`Record<string>` in a comment).
    """
    told = "".join(f' data-{name}="{html.escape(value)}"' for name, value in data.items())
    return f"<script{told}>(() => {{\n{_together(before, beside, _looked_at)}}})()</script>"


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


def read(path: Path) -> str:
    return path.read_text(encoding="utf-8")
