"""Where a visitor comes from: a name for their network, which can be made from an address only with this server's key.

An IP address is personal and is never stored. A plain hash would not hide it: there are only 4 billion IPv4 addresses,
and all of them can be hashed in minutes.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Iterable

# The headers in which a proxy names the visitor it passes on. The last one comes from our nginx: what a proxy before it
# has said (deploy/nginx/site.conf).
SAID_BY_PROXIES = ("X-Forwarded-For", "X-Real-IP", "Forwarded", "X-Sota-Passed-On")
_HOUSEHOLD = 64  # bits of an IPv6 prefix: a provider gives each customer at least one, with 2⁶⁴ addresses in it


def origin_of(address: str | None, key: bytes) -> str | None:
    """A name for the network of this address: equal for equal networks under one key; None where there is no address.

    An IPv4 address is its own network; of IPv6 the first 64 bits count. A text that is no address is hashed as it is: a
    proxy may write anything.

    >>> origin_of("2001:db8::1", b"key") == origin_of("2001:db8::2", b"key") != origin_of("2001:db8:0:1::1", b"key")
    True
    """
    if not address:
        return None
    return "net-" + hmac.new(key, f"origin\0{_network(address)}".encode(), hashlib.sha256).hexdigest()[:20]


def is_passed_on(said: Iterable[str]) -> bool:
    """Does one of these headers (SAID_BY_PROXIES) name a machine other than this one, or something that is no address?

    A visitor can write such a header too: all they lose is being taken for somebody at this machine.

    >>> is_passed_on([]), is_passed_on(["127.0.0.1, ::1", 'for="[::1]:7"; proto=http']), is_passed_on(["203.0.113.7"])
    (False, False, True)
    """
    named = [part.strip() for value in said for part in re.split("[,;]", value)]
    return not all(map(_is_of_this_machine, (part for part in named if part)))


def _is_of_this_machine(part: str) -> bool:
    name, is_pair, value = part.partition("=")
    if is_pair and name.strip().lower() != "for":  # proto=, host=, by=: these do not name the visitor
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
