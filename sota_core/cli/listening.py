"""Where `serve` listens, and what it says about that: on this machine alone, unless told otherwise or there is a lock.

A lock is an operator token or a sign-in.
"""

import ipaddress
import os
import socket
import tomllib
from collections.abc import Sequence
from pathlib import Path

import psutil

from sota_core import paths
from sota_core.errors import InputError
from sota_core.settings import Settings

HERE = "127.0.0.1"
EVERYWHERE = ("", "0.0.0.0", "::")  # noqa: S104  what is compared with, nothing is bound here
SECRETS = (paths.ROOT / ".streamlit" / "secrets.toml", Path("~/.streamlit/secrets.toml").expanduser())


def chosen(asked: str | None, settings: Settings, secrets: Sequence[Path] = SECRETS) -> str:
    """The address to listen on: the one asked for; else '' (all addresses), if the operator has a token or people
    sign in; else this machine's own.
    """
    if asked is not None:
        return asked
    return "" if settings.operator_token or has_sign_in(secrets) else HERE


def has_sign_in(secrets: Sequence[Path] = SECRETS) -> bool:
    """Is there an `[auth]` in the files that Streamlit reads its secrets from?"""
    for path in secrets:
        try:
            if tomllib.loads(path.read_text(encoding="utf-8")).get("auth"):
                return True
        except (OSError, ValueError):  # none there, or not readable: the app says so itself
            continue
    return False


def require_free_port(address: str, port: int) -> None:
    """Raises
    InputError  another program listens there, or we may not, or the address is not this machine's: the app would end
                at once.
    """
    why = ""
    if not 1 <= port <= 65535:
        why = "a port is a number from 1 to 65535"
    else:
        family = socket.AF_INET6 if ":" in address else socket.AF_INET
        try:
            with socket.create_server((address, port), family=family):
                pass
        except OSError as error:
            is_known = error.errno is not None and error.errno > 0
            why = os.strerror(error.errno or 0) if is_known else str(error.strerror or error)
        except UnicodeError:
            why = "that is no address"
    if why:
        at = f" of {address}" if address not in EVERYWHERE else ""
        raise InputError(
            f"serve: port {port}{at} cannot be used ({why}); if the app runs there already, end that one, "
            "or choose another port with --port"
        )


def url(address: str, port: int, scheme: str = "http") -> str:
    """Where the app answers a browser on this machine."""
    if address in EVERYWHERE or is_loopback(address):
        return f"{scheme}://localhost:{port}"
    return f"{scheme}://{netloc(address, port)}"


def netloc(address: str, port: int) -> str:
    """
    >>> netloc("192.0.2.4", 80), netloc("::1", 80), netloc("", 80)
    ('192.0.2.4:80', '[::1]:80', '80')
    """
    if not address:
        return str(port)
    return f"[{address}]:{port}" if ":" in address else f"{address}:{port}"


def told(address: str, port: int, settings: Settings, own: Sequence[str] | None = None, scheme: str = "http") -> str:
    """What `serve` prints: who can reach the app, at which addresses, and what that means.

    own  this machine's addresses; default: those that the system names
    """
    here = url(address, port, scheme)
    if is_loopback(address):
        return f"sota-lab: {here}, from this machine alone; --address 0.0.0.0 lets others in (Ctrl-C ends it)"
    reached = (
        [url(one, port, scheme) for one in (own_addresses() if own is None else own)]
        if address in EVERYWHERE
        else [here]
    )
    text = f"sota-lab: {' or '.join(reached or [here])}, from every machine that reaches this one (Ctrl-C ends it)"
    if not settings.operator_token:
        text += "\nNobody can stop or remove other people's runs: SOTA_OPERATOR_TOKEN opens the teacher's controls."
    return text


def own_addresses() -> list[str]:
    """This machine's IPv4 addresses that others may reach, in the system's order."""
    found = [a.address for of in psutil.net_if_addrs().values() for a in of if a.family is socket.AF_INET]
    return [address for address in found if not is_loopback(address)]


def is_loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_loopback
    except ValueError:
        return address == "localhost"
