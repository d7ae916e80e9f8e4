"""The teacher's controls: what only the operator may do, behind one check, and the form that asks for the token.

`act` is the only way from a page to any of it, and it checks every time: a button that is not shown is no lock.
What was entered is kept as a hash in the session, so a reload asks again; where the teacher says so, the browser has a
cookie that opens them for a day at school, to this visitor alone. A token that the server changes closes what it had
opened. It is never in the address.
"""

import contextlib
import hashlib
import hmac
import logging
import time
from collections.abc import Callable

import streamlit as st

from pages.shared.people import owner
from pages.shared.session import buttons, cached, cards, cookies, site, trouble
from sota_core import numbers, words
from sota_core.errors import NotYoursError
from sota_core.language import N_, tr, tr_n
from sota_core.people.tries import Tries
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.runs.store.transitions import OPERATOR

log = logging.getLogger(__name__)

_KEY, _UNTIL = "operator.proof", "operator.until"
QUEUE_S = 5.0  # how often a teacher's page, with the controls open, asks how much waits
_ENTERED, _STAYS = "operator.entered", "operator.stays"
COOKIE = "sota_teacher"
_WRONG = "operator.was_wrong"
_NOT_IT = N_("That is not the token this server was started with.")
_BUSY = N_("Many wrong tokens are being tried from your network. Try again in a few seconds.")


def is_offered() -> bool:
    """Has the server a token? Without one there is nothing to open, and no form."""
    return cached.settings().operator_token is not None


def is_operator() -> bool:
    """Has this session entered the token that the server has now, or does the browser's cookie open the controls?"""
    token = cached.settings().operator_token
    if token is None:
        return False
    if _KEY not in st.session_state and (until := _brought_back(token)):
        st.session_state[_KEY], st.session_state[_UNTIL] = _digest(token), until
        log.info("the teacher's controls were left open by %s", owner.origin() or "this machine")
    is_over = time.time() >= (st.session_state.get(_UNTIL) or float("inf"))
    return not is_over and hmac.compare_digest(st.session_state.get(_KEY, ""), _digest(token))


def _brought_back(token: str) -> int:
    """Until when the browser's cookie leaves the controls open, Unix seconds; 0 where it does not."""
    until = numbers.whole(owner.vouched(cookies.told(COOKIE), _purpose(token)) or "", 0, 1 << 40) or 0
    return until if time.time() < until else 0


def _purpose(token: str) -> str:
    return f"teacher {_digest(token)}"


def act(what: str, target: str = "") -> str:
    """Do one of ACTIONS and say what was done. The check of all of them stands here.

    Raises
        NotYoursError    this session has not shown the operator's token; nothing was done.
        UnknownRunError  no run has this id.
    """
    if not is_operator():
        raise NotYoursError(tr("only the operator may do that: enter the operator's token first"))
    return ACTIONS[what](cached.store(), target)


def _stop(store: Store, run_id: str) -> str:
    return (
        tr("Run {run_id} has ended already.", run_id=run_id)
        if store.transitions.request_cancel(run_id, by=OPERATOR).is_terminal
        else tr("Stopping run {run_id}.", run_id=run_id)
    )


def _pin(store: Store, run_id: str) -> str:
    store.history.pin(store.history.get(run_id).id)
    return tr("Run {run_id} is pinned: it stands first and is never cleared away.", run_id=run_id)


def _unpin(store: Store, run_id: str) -> str:
    store.history.pin(store.history.get(run_id).id, False)
    return tr("Run {run_id} is no longer pinned.", run_id=run_id)


def _delete(store: Store, run_id: str) -> str:
    if store.history.delete(run_id):
        return tr("Run {run_id}, its curves and its files have been deleted.", run_id=run_id)
    return tr("Run {run_id} has not ended: stop it first.", run_id=run_id)


def _clear(store: Store, owner: str) -> str:
    """Stop all waiting runs of one owner, or of everybody (''); one that starts meanwhile too."""
    waiting = store.history.list_runs(owner or None, [State.QUEUED], limit=None)
    for run in waiting:
        store.transitions.request_cancel(run.id, by=OPERATOR)
    return tr_n("{n} waiting run taken out of the queue.", "{n} waiting runs taken out of the queue.", len(waiting))


ACTIONS: dict[str, Callable[[Store, str], str]] = {
    "stop": _stop,
    "pin": _pin,
    "unpin": _unpin,
    "delete": _delete,
    "clear": _clear,
}


@trouble.said_later
def perform(what: str, target: str = "") -> None:
    """`act` as a button's callback; what was done, or why not, is said by what is drawn next."""
    trouble.say_later(act(what, target))


def door() -> None:
    """A small button that opens onto the form, or onto what the operator may do; nothing without a token."""
    if not is_offered():
        return
    is_open = is_operator()
    with st.popover(tr("Teacher"), icon=":material/lock_open:" if is_open else ":material/lock:", key="operator.door"):
        if is_open:
            _controls()
        else:
            _form()


def _form() -> None:
    with st.form("operator.form", clear_on_submit=True, border=False):
        st.text_input(tr("Operator's token"), type="password", key=_ENTERED, max_chars=200, autocomplete="off")
        hours = cookies.DAY_S // 3600
        st.checkbox(
            tr("Leave the controls open in this browser for {n} hours", n=hours),
            key=_STAYS,
            help=tr("Also in new tabs, and when the page is reloaded. Do not tick this on a machine that others use."),
        )
        st.form_submit_button(tr("Open the controls"), on_click=_enter)
    if said := st.session_state.pop(_WRONG, ""):
        st.warning(tr(said), icon=":material/key_off:")


def _enter() -> None:
    token, entered = cached.settings().operator_token, str(st.session_state.get(_ENTERED) or "")
    me, where = owner.owner(), owner.origin() or "this machine"
    is_right = token is not None and hmac.compare_digest(_digest(entered), _digest(token))
    tries = Tries(cached.settings().home)
    # Somebody who has opened the controls before is not kept waiting by whoever guesses behind the same router.
    answer = tries.answer(me if tries.knows(me) else where, is_right)
    if answer and token is not None:
        until = int(time.time()) + cookies.DAY_S if st.session_state.get(_STAYS) else None
        st.session_state[_KEY], st.session_state[_UNTIL] = _digest(token), until
        cookies.keep(COOKIE, owner.vouch(str(until), _purpose(token)) if until else None, cookies.DAY_S)
        with contextlib.suppress(OSError):  # a comfort only
            tries.remember(me)
        log.info("the teacher's controls were opened from %s", where)
        return
    log.warning("the teacher's token: a wrong one from %s%s", where, " (not looked at)" if answer is None else "")
    st.session_state[_WRONG] = _BUSY if answer is None else _NOT_IT


def _controls() -> None:
    st.markdown(tr("To stop, pin or remove a run, use its menu under *Everyone's runs*."))
    trouble.fragment(_queue, run_every=QUEUE_S)()
    st.markdown(f":gray[:small[{kept_words()}]]")
    cards.draw()
    site.link(site.OPERATOR.address, label=tr("What the server does now"), icon=site.OPERATOR.icon)
    st.button(tr("Close the controls"), key="operator.leave", icon=":material/lock:", on_click=_leave)


def _queue() -> None:
    """How much waits, as it is now: a class goes on while the teacher looks."""
    n = cached.store().history.count([State.QUEUED])
    st.button(
        tr("Clear the queue ({n} waiting)", n=words.count(n)),
        key="operator.clear",
        icon=":material/playlist_remove:",
        on_click=perform,
        args=("clear",),
        disabled=n == 0,
        help=tr("Removes all waiting runs from the queue, whoever started them. Runs under way go on."),
    )
    buttons.reason("" if n else tr("No run is waiting."))


def kept_words() -> str:
    """Which runs are cleared away, as the settings have it."""
    of = cached.settings()
    days = tr_n("{n} day", "{n} days", of.keep_days) if of.keep_days else ""
    size = words.size_of(of.keep_bytes) if of.keep_bytes else ""
    if days and size:
        return tr(
            "Runs that ended more than {days} ago are deleted, and where the files of all runs together exceed "
            "{size}, the oldest ones of whoever takes most. Pinned runs stay.",
            days=days,
            size=size,
        )
    if days:
        return tr("Runs that ended more than {days} ago are deleted. Pinned runs stay.", days=days)
    if size:
        return tr(
            "Where the files of all runs together exceed {size}, the oldest runs of whoever takes most are deleted. "
            "Pinned runs stay.",
            size=size,
        )
    return tr("No run is deleted automatically.")


def _leave() -> None:
    st.session_state[_KEY] = ""
    cookies.keep(COOKIE, None, 0)


def _digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()
