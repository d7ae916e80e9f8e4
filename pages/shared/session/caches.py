"""`st.cache_data` and `st.cache_resource`, by language: for values that hold words, or a message while they are made.

Streamlit keeps one message for all who wait, and one value for all who ask. Here each language has its own of both;
`max_entries` counts them together. What holds no words, only shows a message, is kept once (`holds_words=False`).
"""

import functools
import inspect
from collections.abc import Callable
from typing import Any

import streamlit as st

from sota_core import language
from sota_core.language import tr


def cache_data(**options: Any) -> Callable[[Callable], Callable]:
    """Options as of `st.cache_data`; `show_spinner` a sentence marked with N_, or False."""
    return functools.partial(_by_language, st.cache_data, options)


def cache_resource(**options: Any) -> Callable[[Callable], Callable]:
    """Options as of `st.cache_resource`; `show_spinner` a sentence marked with N_, or False."""
    return functools.partial(_by_language, st.cache_resource, options)


def _by_language(cache: Callable, options: dict[str, Any], function: Callable) -> Callable:
    options = dict(options)
    holds_words = options.pop("holds_words", True)
    message = options.pop("show_spinner", False)

    # Streamlit tells functions apart by module, name and source: so all languages share one cache.
    @functools.wraps(function)
    def kept(language_of_words: str, *args: Any, **kwargs: Any) -> Any:
        return function(*args, **kwargs)

    own = inspect.signature(function)
    first = inspect.Parameter("language_of_words", inspect.Parameter.POSITIONAL_OR_KEYWORD)
    # Streamlit reads the names of the arguments here, and from a name whether the argument counts
    kept.__signature__ = own.replace(parameters=[first, *own.parameters.values()])  # type: ignore[attr-defined]

    @functools.cache
    def speaking(code: str) -> Callable:
        return cache(show_spinner=tr(message) if message else False, **options)(kept)

    @functools.wraps(function)
    def call(*args: Any, **kwargs: Any) -> Any:
        code = language.current()
        return speaking(code)(code if holds_words else "", *args, **kwargs)

    def clear() -> None:
        speaking(language.current()).clear()

    call.clear = clear  # type: ignore[attr-defined]
    return call
