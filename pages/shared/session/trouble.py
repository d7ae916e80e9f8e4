"""What a page says when the run store, the server's own folder or its machine fails: a sentence, and never a path.

The exception and where it came from go to the server's log. Around each page stands `told`, and around each part that
is drawn again without its page: `fragment` sees to that. A callback runs before its page: what fails there would stand
in the page's place, and what it draws lands at the top of the page, over what is there. So `said_later` and `say_later`
leave a callback's words to the next drawing.
"""

import errno
import functools
import logging
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import ParamSpec

import streamlit as st

from pages.shared.session import counting
from sota_core import settings as environment
from sota_core import words
from sota_core.errors import SotaError, StoreAwayError
from sota_core.language import tr
from sota_core.runs.store.database import NO_ROOM, NO_WRITING, trouble_of

log = logging.getLogger(__name__)

REST_S = 5.0  # for so long a store that has just failed is not asked again: each time may take seconds
_DISK = (errno.EROFS, errno.EACCES, errno.EPERM, errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.ESTALE)
_GONE = (errno.ENOENT, errno.ENOTDIR)
_FULL = (errno.EAGAIN, errno.ENOMEM, errno.EMFILE, errno.ENFILE)  # of processes, memory or open files
_SAID = "trouble.said"
_P = ParamSpec("_P")

_resting: dict[str, tuple[float, str]] = {}  # store → monotonic time until which, and why


def require_rested(url: str) -> None:
    """Raises
    StoreAwayError  this store has failed a moment ago.
    """
    until, why = _resting.get(url, (0.0, ""))
    if time.monotonic() < until:
        raise StoreAwayError(why)


def rest(url: str, error: Exception) -> StoreAwayError | None:
    """Leave a store in peace for a while if this error is its trouble, and say so; None where it is not.

    One that only cannot be written answers readers at once, and refuses writers at once.
    """
    if isinstance(error, StoreAwayError):
        return error
    why = trouble_of(error)
    if why is None:
        return None
    log.error("%s", why, exc_info=error)
    if why not in (NO_ROOM, NO_WRITING):
        _resting[url] = (time.monotonic() + REST_S, why)
    return StoreAwayError(why)


def of(error: Exception, url: str) -> str | None:
    """What a visitor is told of an error of the store or of the machine; None for every other error."""
    if (away := rest(url, error)) is not None:
        why = str(away)  # in English: it is kept for all visitors (_resting)
        return tr(
            "{trouble} Everything that needs no run still works, and runs under way go on. Try again in a moment.",
            trouble=tr(why),
        )
    if _is_of_machine(error, (*_DISK, *_GONE)):
        return tr("This server cannot use its own folder at the moment; its log says why. Try again in a moment.")
    if _is_of_machine(error, _FULL):
        return tr(
            "This server has no room for another process or open file at the moment; its log says why. Try again in a "
            "minute."
        )
    return None


def refusal(error: Exception) -> str | None:
    """Why what a visitor asked for was not done: the refusal's own words, or those of `of`; None where it is neither.

    It is plain text: whoever shows it makes it safe for markdown.
    """
    if isinstance(error, SotaError) and not isinstance(error, StoreAwayError):
        return str(error)
    return of(error, environment.load().db_url)


def is_one(error: Exception, url: str) -> bool:
    """Is this an error of the store or of the disk? As `of`, for callers that go on without telling the visitor."""
    return rest(url, error) is not None or _is_of_machine(error, (*_DISK, *_GONE))


def _is_of_machine(error: Exception, kinds: tuple[int, ...]) -> bool:
    if not isinstance(error, OSError) or error.errno not in kinds:
        return False
    log.error("the server's machine", exc_info=error)
    return True


def say_later(text: str, icon: str = ":material/check:") -> None:
    """For a callback: what it has done, in plain text, is said once by the page or fragment that is drawn next."""
    st.session_state[_SAID] = text, icon


def said_later(callback: Callable[_P, None]) -> Callable[_P, None]:
    """Decorator of a callback: if it fails by a refusal or a trouble, the page that is drawn after it says so."""

    @functools.wraps(callback)
    def kept(*args: _P.args, **kwargs: _P.kwargs) -> None:
        try:
            callback(*args, **kwargs)
        except Exception as error:
            if (said := refusal(error)) is None:
                raise
            say_later(said, ":material/front_hand:")

    return kept


@contextmanager
def told() -> Iterator[None]:
    """For the block around what is drawn: a refusal or a trouble becomes a sentence in its place.

    What is drawn is counted here, too, because this stands around every page and every part of one.
    """
    with counting.counted() as count:
        yield from _told(count)


def fragment(draw: Callable[_P, None], *, run_every: float | None = None) -> Callable[_P, None]:
    """`st.fragment` with `told` around it, also as a decorator: the page's own is not there when a part is redrawn.

    run_every  seconds between two drawings that nobody asks for; None for none
    """
    return st.fragment(told()(draw), run_every=run_every)


def _told(count: counting.Count) -> Iterator[None]:
    if said := st.session_state.pop(_SAID, None):
        st.toast(words.markdown_safe(said[0]), icon=said[1])
    try:
        yield
    except StoreAwayError as away:
        count.error = away
        _say(of(away, ""))
    except SotaError as error:
        st.error(words.sentence(error), icon=":material/error:")
    except Exception as error:
        count.error = error
        text = of(error, environment.load().db_url)
        if text is None:
            raise
        _say(text)


def _say(text: str | None) -> None:
    st.error(text or "", icon=":material/cloud_off:")
