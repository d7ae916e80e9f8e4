"""Sentences whose reader's language is not known yet: what a process stores, and the messages of errors.

`later("{n} files", n=3)` is a str, the English text for logs and the command line, that also keeps its template and
values: with `now`, a page shows it in its visitor's language. `stored` and `restored` take it through a file or the
database. Plain texts, such as those of an older version, of Pillow or of torch, pass through unchanged.
"""

import json
from typing import Any

from sota_core.language import ENGLISH, catalogue, current, use, written

_HEAD = '{"later": '


class Later(str):
    """An English sentence, its template in the catalogue, and its values.

    many    the plural template, if the sentence has a count; else ""
    values  texts, other `Later` sentences, ints, or floats, which are shown with one decimal
    """

    message: str
    many: str
    values: dict[str, Any]


def later(message: str, /, **values: str | int | float) -> Later:
    """A sentence with the values in its {places}: `tr` for later.

    >>> sentence = later("{n} of {total}", n=1000, total=later("all"))
    >>> sentence, sentence.values["n"]
    ('1,000 of all', 1000)
    """
    return _made(message, "", values)


def later_n(one: str, many: str, n: int, /, **values: str | int | float) -> Later:
    """A sentence with a count: `tr_n` for later.

    >>> later_n("{n} file in {where}", "{n} files in {where}", 2, where="a")
    '2 files in a'
    """
    return _made(one, many, {"n": n, **values})


def now(text: object) -> str:
    """The text in the present language; for an error, the text it was raised with."""
    if isinstance(text, BaseException):
        text = told_by(text)
    return _worded(text.message, text.many, text.values) if isinstance(text, Later) else str(text)


def told_by(error: BaseException) -> str:
    """An error's text, not translated yet: the `Later` it was raised with, else its plain message."""
    first = error.args[0] if error.args else ""
    return first if isinstance(first, Later) else str(error)


def first_line(error: BaseException) -> str:
    """An error in one line: the `Later` it was raised with, else the first line of its text, else its type's name."""
    text = told_by(error)
    return text if isinstance(text, Later) else next(iter(text.strip().splitlines()), type(error).__name__)


def core_of(error: BaseException) -> str:
    """An error's text without the words around its core: its value {what} if it has one, else the whole text."""
    text = told_by(error)
    return text.values.get("what", text) if isinstance(text, Later) else text


def stored(text: str) -> str:
    """A `Later` as one line of JSON; a plain text as it is.

    >>> stored(later("{n} files", n=3)), stored("3 files")
    ('{"later": ["{n} files", "", {"n": 3}]}', '3 files')
    """
    if not isinstance(text, Later):
        return " " + text if text.startswith(_HEAD) else text  # `restored` must not take a plain text for a `Later`
    values = {name: stored(value) if isinstance(value, str) else value for name, value in text.values.items()}
    return json.dumps({"later": [text.message, text.many, values]}, ensure_ascii=False)


def restored(text: str) -> str:
    """The text that `stored` was given; a plain text, such as an older version's, as it is.

    >>> restored(stored(later("{n} files", n=3))), restored("3 files")
    ('3 files', '3 files')
    """
    if not text.startswith(_HEAD):
        return text
    try:
        message, many, values = json.loads(text)["later"]
        known = {name: restored(value) if isinstance(value, str) else value for name, value in values.items()}
        return _made(message, many, known)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError):  # cut off, or written by a later version
        return text


def _made(message: str, many: str, values: dict[str, Any]) -> Later:
    with use(ENGLISH):
        made = Later(_worded(message, many, values))
    made.message, made.many, made.values = message, many, values
    return made


def _worded(message: str, many: str, values: dict[str, Any]) -> str:
    known = catalogue(current())
    template = known.ngettext(message, many, values["n"]) if many else known.gettext(message)
    return template.format(**{name: _shown(value) for name, value in values.items()})


def _shown(value: object) -> str:
    if isinstance(value, str):
        return now(value)
    return written(f"{value:,}" if isinstance(value, int) else f"{value:,.1f}")
