"""Who has signed in, where the operator has configured it: Streamlit's own OpenID Connect, an `[auth]` of its secrets.

Nothing of this is seen, and nothing extra is imported, where nothing is configured. Authlib, which Streamlit's
`st.login` needs, is then the operator's to install.
"""

import contextlib
import hashlib
import importlib.util
from collections.abc import Mapping
from dataclasses import dataclass

import streamlit as st
from streamlit.errors import StreamlitSecretNotFoundError

from pages.shared.session import buttons, cached
from sota_core import words
from sota_core.language import tr
from sota_core.people import nameplates


@dataclass(frozen=True, slots=True)
class User:
    """Somebody a provider vouches for: their name in the store, and the one for people."""

    owner: str
    name: str


def providers() -> list[str | None]:
    """What `st.login` can be asked for: [None] for the one unnamed provider; [] where nothing is configured."""
    try:
        auth = st.secrets.get("auth") or {}
    except StreamlitSecretNotFoundError:
        return []
    if "client_id" in auth:
        return [None]
    return [name for name, of in auth.items() if isinstance(of, Mapping) and "client_id" in of]


def user() -> User | None:
    """Whoever has signed in in this browser."""
    if not providers() or not st.user.get("is_logged_in"):
        return None
    return user_of(st.user.to_dict())


def user_of(claims: Mapping[str, object]) -> User | None:
    """A provider's claims as an owner. The subject is what a provider promises never to give to somebody else, so
    it goes before the address; None where there is neither.
    """
    who = claims.get("sub") or claims.get("email")
    if not who:
        return None
    digest = hashlib.sha256(f"{claims.get('iss') or ''}\0{who}".encode()).hexdigest()[:20]
    name = str(claims.get("name") or claims.get("given_name") or claims.get("email") or "")
    return User("user-" + digest, " ".join(name.split())[:40])


def row() -> None:
    """Sign in or out; nothing where nothing is configured."""
    ways = providers()
    if not ways:
        return
    someone = user()
    with st.container(horizontal=True, horizontal_alignment="right", vertical_alignment="center", key="signed_in"):
        if someone is not None:
            with contextlib.suppress(OSError):  # a folder that cannot be written: the name is a comfort only
                nameplates.keep(cached.settings().home, someone.owner, someone.name)
            name = words.markdown_safe(someone.name or tr("somebody"))
            st.markdown(f":gray[{tr('Signed in as {name}', name=name)}]", width="content")
            st.button(tr("Sign out"), key="sign_out", icon=":material/logout:", on_click=st.logout)
            return
        is_possible = importlib.util.find_spec("authlib") is not None
        for provider in ways:
            st.button(
                tr("Sign in") if provider is None else tr("Sign in with {provider}", provider=provider),
                key=f"sign_in.{provider or ''}",
                icon=":material/login:",
                on_click=st.login,
                args=() if provider is None else (provider,),
                disabled=not is_possible,
                help=tr("Your runs are then yours in every browser."),
            )
        missing = tr("Sign-in is configured here, but the package Authlib is not installed.")
        buttons.reason("" if is_possible else missing)
