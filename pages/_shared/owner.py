"""Who a run belongs to, without an account: a random token that stays in the visitor's browser.

The token is a cookie, so a reload, a second tab and tomorrow's visit are the same owner, and a shared address
is not: an id in the URL would hand the Stop button to everyone who is sent the link. Streamlit only reads
cookies, so the first visit makes the token here and a component without a face leaves it in the browser.
The store keeps a hash: whoever reads the list of runs cannot act as their owner. Without cookies an owner
lasts as long as the tab.
"""

import hashlib
import re
import secrets

import streamlit as st

COOKIE = "sota_lab"
_TOKEN = re.compile(r"[0-9a-f]{32}")
_KEY = "owner.token"

_JS = """
export default function ({ data }) {
  if (document.cookie.split("; ").some((part) => part.startsWith(data.name + "="))) return;
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = `${data.name}=${data.token}; path=/; max-age=31536000; SameSite=Lax${secure}`;
}
"""
_leave = st.components.v2.component("sota_owner", js=_JS)


def owner() -> str:
    """The visitor's name in the store."""
    return "web-" + hashlib.sha256(_token().encode()).hexdigest()[:20]


def remember_owner() -> None:
    """Once a page: leave the token in the browser where it is not there yet."""
    if not _in_cookie():
        with st.container(key="owner"):  # the style gives it no room
            _leave(key="owner.leave", data={"name": COOKIE, "token": _token()})


def _token() -> str:
    if cookie := _in_cookie():
        return cookie
    if _KEY not in st.session_state:
        st.session_state[_KEY] = secrets.token_hex(16)
    return st.session_state[_KEY]


def _in_cookie() -> str | None:
    value = st.context.cookies.get(COOKIE, "")
    return value if isinstance(value, str) and _TOKEN.fullmatch(value) else None
