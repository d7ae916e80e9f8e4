"""Where a visitor comes from: their network, as a name that only this server's key can make from an address.

An address is personal and is never stored. A plain hash would be one in name only: there are 4 billion addresses of
version 4, and all of them are hashed in minutes.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable

# By what a proxy names whom it passes on; the last is our nginx's word on a proxy before it (deploy/nginx/site.conf).
SAID_BY_PROXIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Sota-Passed-On")
_HOUSEHOLD = 64  # bits: a provider gives each customer at least this much of version 6, with 2⁶⁴ addresses in it


def origin_of(address: str | None, key: bytes) -> str | None:
    """A name for the network of this address: equal for equal networks under one key; None where there is no address.

    Of version 6 the first 64 bits count. What is no address is a name for itself: a proxy may write anything.

    >>> origin_of("2001:db8::1", b"key") == origin_of("2001:db8::2", b"key") != origin_of("2001:db8:0:1::1", b"key")
    True
    """
    if not address:
        return None
    return "net-" + hmac.new(key, f"origin\0{_network(address)}".encode(), hashlib.sha256).hexdigest()[:20]


def is_passed_on(said: Iterable[str]) -> bool:
    """Does one of these values of SAID_BY_PROXIES name another machine than this one, or none that can be read?

    A visitor can write such a header too: it takes them nothing but being somebody of this machine.

    >>> is_passed_on([]), is_passed_on(["127.0.0.1, ::1", 'for="[::1]:7"; proto=http']), is_passed_on(["203.0.113.7"])
    (False, False, True)
    """
    named = [part.strip() for value in said for part in re.split("[,;]", value)]
    return not all(map(_is_of_this_machine, (part for part in named if part)))


def _is_of_this_machine(part: str) -> bool:
    name, is_pair, value = part.partition("=")
    if is_pair and name.strip().lower() != "for":  # proto=, host=, by=: nobody who asks
        return True
    address = (value if is_pair else part).strip().strip('"')
    if address.startswith("["):
        address = address[1:].partition("]")[0]
    elif address.count(":") == 1:
        address = address.partition(":")[0]
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return address == "localhost"
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback


def _network(address: str) -> str:
    try:
        found = ipaddress.ip_address(address.partition("%")[0])
    except ValueError:
        return address
    if isinstance(found, ipaddress.IPv4Address):
        return str(found)
    if found.ipv4_mapped:
        return str(found.ipv4_mapped)
    return str(ipaddress.ip_network((found, _HOUSEHOLD), strict=False))
