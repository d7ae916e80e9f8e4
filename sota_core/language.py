"""Translates the texts people read: English stands in the code, other languages in gettext catalogues in `locale/`.

Write `tr("{n} of {total} pictures", n=…, total=…)` inside the function that shows the sentence, not at the top of a
module: the language is the visitor's and is looked up at every call. CONTRIBUTING.md has the rules; `make messages`
collects the sentences. A sentence without a translation is shown in English.
"""

import gettext
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache, wraps
from typing import Any, ParamSpec, TypeVar

from sota_core.paths import CORE

P = ParamSpec("P")
T = TypeVar("T")

ENGLISH = "en"
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}  # code → the language's own name for itself
LOCALE, DOMAIN = CORE / "locale", "sota_lab"
MARKS = {"de": str.maketrans(",.", ".,")}  # replaces the marks of a number as Python writes it: 9,469.25

_used: ContextVar[str | None] = ContextVar("language", default=None)
_catalogues: dict[str, gettext.NullTranslations] = {ENGLISH: gettext.NullTranslations()}
_asked: Callable[[], str | None] = lambda: None  # noqa: E731


def provide(asked: Callable[[], str | None]) -> None:
    """Set the function that `current` asks outside a `use` block; a web process answers for the session it serves."""
    global _asked
    _asked = asked


def current() -> str:
    """The code of the present language: that of the `use` block, else what `provide`'s function says, else English."""
    return _used.get() or _asked() or ENGLISH


@contextmanager
def use(code: str) -> Iterator[None]:
    """Make this the present language within the block, in this thread only.

    Raises ValueError for a language that is not in LANGUAGES.
    """
    if code not in LANGUAGES:
        raise ValueError(f"a language is one of {', '.join(LANGUAGES)}, not {code!r}")
    before = _used.set(code)
    try:
        yield
    finally:
        _used.reset(before)


def known(tag: str | None) -> str | None:
    """The code in LANGUAGES that a browser's language tag stands for; None for any other language.

    >>> known("de-AT"), known("en_GB"), known("fr"), known(None)
    ('de', 'en', None, None)
    """
    code = (tag or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else None


def tr(message: str, /, **values: object) -> str:
    """A sentence in the present language, with the values in its {places}.

    Without values, braces stay as they are, so LaTeX needs no escaping; with values, LaTeX's braces must be doubled.

    >>> tr("$\\\\frac{1}{N}$"), tr("{n} of {total}", n=1, total=2)
    ('$\\\\frac{1}{N}$', '1 of 2')
    """
    said = catalogue(current()).gettext(message) if message else ""
    return said.format(**values) if values else said


def tr_in(context: str, message: str, /, **values: object) -> str:
    """A short label that means different things in different places; `context` says which, for the translator."""
    said = catalogue(current()).pgettext(context, message)
    return said.format(**values) if values else said


def tr_n(one: str, many: str, n: int, /, **values: object) -> str:
    """A sentence with a count, in the singular or the plural; {n} becomes the count, thousands marked.

    >>> tr_n("{n} picture", "{n} pictures", 1), tr_n("{n} picture", "{n} pictures", 2000)
    ('1 picture', '2,000 pictures')
    """
    return catalogue(current()).ngettext(one, many, n).format(**{"n": written(f"{n:,}"), **values})


def N_(message: str) -> str:
    """Marks a constant for translation where it is written; `tr(CONSTANT)` translates it where it is shown."""
    return message


def written(number: str) -> str:
    """A number as Python writes it, 9,469.25, with the marks of the present language.

    >>> with use("de"):
    ...     written("9,469.25")
    '9.469,25'
    """
    marks = MARKS.get(current())
    return number if marks is None else number.translate(marks)


def plain(number: float) -> str:
    """A number without trailing zeros, with the marks of the present language; an int keeps every digit.

    >>> plain(0.5), plain(3e-5), plain(2000000001)
    ('0.5', '3e-05', '2000000001')
    """
    return written(str(number) if isinstance(number, int) else f"{number:g}")


def catalogue(code: str) -> gettext.NullTranslations:
    """The gettext catalogue of a language; each process reads it once, at its first use."""
    found = _catalogues.get(code)
    if found is None:
        found = _catalogues[code] = gettext.translation(DOMAIN, LOCALE, [code])
    return found


def cached(maxsize: int | None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`functools.lru_cache` for functions that return translated words or formatted numbers: keyed by language too.

    maxsize  entries of all languages together; None: no limit
    """

    def remember(function: Callable[P, T]) -> Callable[P, T]:
        @lru_cache(maxsize)
        def kept(code: str, *args: Any, **kwargs: Any) -> T:
            return function(*args, **kwargs)

        @wraps(function)
        def call(*args: P.args, **kwargs: P.kwargs) -> T:
            return kept(current(), *args, **kwargs)

        call.cache_clear, call.cache_info = kept.cache_clear, kept.cache_info  # type: ignore[attr-defined]
        return call

    return remember
