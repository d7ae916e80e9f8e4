"""Code to read and to copy: coloured on the server by Pygments, laid out in the browser as plain text.

Streamlit's own `st.code` brings a highlighter for every language there is: 1.6 MB of script that holds a page up for
0.4 s on its first visit. Several blocks are tabs of one component: each element more costs every rerun a millisecond.
Only constants enter html, css and js: tokens travel as data and are set as text.
"""

from collections.abc import Mapping
from functools import cache, lru_cache

from pygments import lexers
from pygments.lexer import Lexer
from pygments.token import Comment, Generic, Keyword, Name, Number, Operator, String, _TokenType

from pages.shared.components import files
from sota_core.language import tr

_component = files.component("sota_code", __file__)

# The first family that holds a token decides.
_KINDS = (
    (Keyword.Constant, "number"),
    (Keyword, "keyword"),
    (Operator.Word, "keyword"),
    (String, "text"),
    (Number, "number"),
    (Comment, "comment"),
    (Name.Decorator, "name"),
    (Name.Function, "name"),
    (Name.Class, "name"),
    (Generic.Error, "wrong"),
)


def show(
    text: str,
    *,
    key: str,
    language: str | None = "python",
    label: str = "",
    wraps: bool = False,
    height: int | None = None,
) -> None:
    """Show text in a block with a button that copies it.

    language  a name Pygments knows (python, pytb), or None for plain text
    label     what a screen reader calls the block, "Code" where nothing is said
    height    pixels after which the block scrolls
    """
    _draw(key, [(label or tr("Code"), tokens(text, language))], wraps, f"{height}px" if height else "none")


def tabs(texts: Mapping[str, str], *, key: str) -> None:
    """Several blocks of Python, label → text, one at a time; the visitor turns them over in the browser."""
    _draw(key, [(label, tokens(text, "python")) for label, text in texts.items()], wraps=False, most="none")


def _draw(key: str, blocks: list[tuple[str, list[tuple[str, str]]]], wraps: bool, most: str) -> None:
    said = {"copy": tr("Copy"), "copied": tr("Copied"), "refused": tr("Select it and copy by hand")}
    _component(key=key, data={"blocks": blocks, "wraps": wraps, "most": most, "says": said})


def tokens(text: str, language: str | None) -> list[tuple[str, str]]:
    """(kind, text) in order; the texts together are the whole. Kind "" has the colour of plain text.

    Raises pygments.util.ClassNotFound for a language Pygments does not know.
    """
    # Plain text, above all a growing log, is not cached.
    return [("", text)] if language is None else _coloured(text, language)


@lru_cache(maxsize=128)
def _coloured(text: str, language: str) -> list[tuple[str, str]]:
    lexer = _lexer(language)
    found: list[tuple[str, str]] = []
    for token, piece in lexer.get_tokens(text):
        kind = _kind(token)
        if found and found[-1][0] == kind:
            found[-1] = (kind, found[-1][1] + piece)
        else:
            found.append((kind, piece))
    return found


@cache
def _lexer(language: str) -> Lexer:
    return lexers.get_lexer_by_name(language, stripnl=False, ensurenl=False)


@cache
def _kind(token: _TokenType) -> str:
    return next((kind for family, kind in _KINDS if token in family), "")
