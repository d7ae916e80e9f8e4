"""Who a run belongs to: the user who has signed in, else a random token that stays in the visitor's browser.

The token is a cookie, so a reload, a second tab and tomorrow's visit are the same owner, and a shared address
is not: an id in the URL would hand the Stop button to everyone who is sent the link. Streamlit only reads
cookies, so the first visit makes the token here and a component that shows nothing leaves it in the browser, signed
with the store's key, which all its servers share: a token nobody was given counts as none. The store keeps a hash:
whoever reads the list of runs cannot act as their owner. Without cookies an owner lasts as long as the tab.
"""

import functools
import hashlib
import logging
import re
import secrets

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.shared.components import files
from pages.shared.people import signed_in
from pages.shared.session import cached, cookies, trouble
from sota_core.language import tr
from sota_core.people import nameplates
from sota_core.people.origins import SAID_BY_PROXIES, is_passed_on, origin_of
from sota_core.people.tokens import sign, verified
from sota_core.runs.ladders import climber

log = logging.getLogger(__name__)

COOKIE = "sota_lab"
_THIS_MACHINE = "127.0.0.1"
_PURPOSE = "owner"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_KEY = "owner.token"

_leave = files.component("sota_owner", __file__)


def owner() -> str:
    """The visitor's name in the store."""
    user = signed_in.user()
    return user.owner if user else "web-" + hashlib.sha256(_token().encode()).hexdigest()[:20]


def mine() -> tuple[str, str]:
    """The names under which the visitor's runs are kept: their own, and the one of their ladders' runs."""
    me = owner()
    return me, climber(me)


def is_mine(of: str) -> bool:
    """Is the owner of a run this visitor, whether it was started by itself or as one of a ladder?"""
    return of in mine()


def origin() -> str | None:
    """The network by which the visitor's runs are counted; None for who has signed in, and for this machine itself.

    The address is the connection's. Behind a proxy that is what X-Forwarded-For says where `serve` was told to trust
    the proxy, else the proxy's own, which all its visitors share.
    """
    key = _server_key()
    if key is None or signed_in.user() or _is_at_this_machine():
        return None
    return origin_of(st.context.ip_address or _THIS_MACHINE, key)


def sits_here() -> bool:
    """Does the visitor sit at this machine, with no operator but themselves: no token is set, nobody has signed in?"""
    context = get_script_run_ctx(suppress_warning=True)
    return (
        context is not None
        and _is_at_this_machine()
        and cached.settings().operator_token is None
        and signed_in.user() is None
    )


def _is_at_this_machine() -> bool:
    """Is the visitor at this machine? Streamlit then tells no address; nor does it where a proxy on this machine that
    nobody has named passes them on. What that says of a visitor may be the visitor's own words: only that they are
    elsewhere is believed.
    """
    if st.context.ip_address is not None:
        return False
    if is_passed_on(said for name in SAID_BY_PROXIES for said in st.context.headers.get_all(name)):
        _tell_of_a_proxy()
        return False
    return True


@functools.cache
def _tell_of_a_proxy() -> None:
    log.warning(
        "visitors come by a proxy on this machine which SOTA_TRUSTED_PROXIES does not name: they count as one network"
    )


def label(of: str, nickname: str | None = None) -> str:
    """An owner for people to read: never the token, and too little of its hash to search for one.

    nickname  how they want to be called where this is read
    """
    return tr("you") if is_mine(of) else nickname or named(of)


def named(of: str) -> str:
    """As `label`, but the same for every reader, and also outside a session: in a file nobody is "you"."""
    if of in ("cli", climber("cli")):
        return tr("command line")
    kind, dash, rest = of.partition("-")
    if dash and kind in ("web", "user") and len(rest) == 20:
        named = nameplates.read(cached.settings().home, of)
        if named:
            return named
        return tr("visitor {id}", id=rest[:4]) if kind == "web" else tr("user {id}", id=rest[:4])
    return of  # a name somebody gave on the command line


def vouch(text: str, purpose: str) -> str | None:
    """`text` signed as a cookie that is taken back from this visitor alone; None without a store."""
    key = _server_key()
    return None if key is None else sign(text, key, purpose=f"{purpose} {owner()}")


def vouched(signed: str, purpose: str) -> str | None:
    """The text that was vouched for, for this visitor and purpose; None for every other."""
    key = _server_key()
    return None if key is None else verified(signed, key, purpose=f"{purpose} {owner()}")


def remember_owner(is_first: bool) -> None:
    """Call it once per run: leaves the token in the browser if it is not there, and on a visit's first run anyway."""
    key = _server_key()
    if key is None:  # whoever has a cookie keeps it until the store is there again
        return
    if is_first:
        _is_at_this_machine()  # it tells the server's log of a proxy that is not named
    is_known = _in_cookie() is not None
    if is_first or not is_known:
        signed = sign(_token(), key, purpose=_PURPOSE)
        _leave(
            key="owner.leave",
            data={"name": COOKIE, "signed": signed, "refused": "" if is_known else cookies.told(COOKIE)},
        )


def _token() -> str:
    if token := _in_cookie():
        return token
    if _KEY not in st.session_state:
        st.session_state[_KEY] = secrets.token_hex(16)
    return st.session_state[_KEY]


def _in_cookie() -> str | None:
    key = _server_key()
    token = None if key is None else verified(cookies.told(COOKIE), key, purpose=_PURPOSE)
    return token if token and _TOKEN.fullmatch(token) else None


def _server_key() -> bytes | None:
    """None while the store cannot be used and this process has not read its key yet."""
    url = cached.settings().db_url
    try:
        return _read_key(url)
    except Exception as error:
        if not trouble.is_one(error, url):
            raise
        return None


@st.cache_resource(max_entries=4, show_spinner=False)
def _read_key(url: str) -> bytes:
    return cached.store().server_key()
