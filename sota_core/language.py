"""The language of what people read: English as it stands in the code, others by gettext's catalogues in `locale/`.

A sentence is `tr("{n} of {total} pictures", n=…, total=…)`, written where it is shown and not where a module begins:
the language is the visitor's, asked for at every call. CONTRIBUTING.md says how; `make messages` collects them. What
has no translation is shown in English.
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
LANGUAGES = {ENGLISH: "English", "de": "Deutsch"}  # code → how it calls itself
LOCALE, DOMAIN = CORE / "locale", "sota_lab"
MARKS = {"de": str.maketrans(",.", ".,")}  # of a number as Python writes it: 9,469.25

_used: ContextVar[str | None] = ContextVar("language", default=None)
_catalogues: dict[str, gettext.NullTranslations] = {ENGLISH: gettext.NullTranslations()}
_asked: Callable[[], str | None] = lambda: None  # noqa: E731


def provide(asked: Callable[[], str | None]) -> None:
    """Ask this for the language wherever none is in `use`: the web process answers for the session at work."""
    global _asked
    _asked = asked


def current() -> str:
    """The code of the language people are answered in, here and now; English where nobody says otherwise."""
    return _used.get() or _asked() or ENGLISH


@contextmanager
def use(code: str) -> Iterator[None]:
    """This language within the block, in this thread.

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
    """The language of LANGUAGES that a browser's tag means; None for every other.

    >>> known("de-AT"), known("en_GB"), known("fr"), known(None)
    ('de', 'en', None, None)
    """
    code = (tag or "").replace("_", "-").partition("-")[0].lower()
    return code if code in LANGUAGES else None


def tr(message: str, /, **values: object) -> str:
    """A sentence in the present language, with the values in its {places}.

    Without values braces are braces, as LaTeX has them; with values those of LaTeX are written twice.

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
    """A sentence that counts; {n} is the count as people write it.

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
    """A number without zeros at its end, with the marks of the present language; of a whole number every digit.

    >>> plain(0.5), plain(3e-5), plain(2000000001)
    ('0.5', '3e-05', '2000000001')
    """
    return written(str(number) if isinstance(number, int) else f"{number:g}")


def catalogue(code: str) -> gettext.NullTranslations:
    """What is said in a language; read once a process, when somebody first asks for it."""
    found = _catalogues.get(code)
    if found is None:
        found = _catalogues[code] = gettext.translation(DOMAIN, LOCALE, [code])
    return found


def cached(maxsize: int | None) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """`functools.lru_cache` for what holds words or numbers as people write them: each language has its own.

    maxsize  of all languages together; None is no limit
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
