"""Where a visitor comes from: their network, as a name that only this server's key can make from an address.

An address is personal and is never stored. A plain hash would be one in name only: there are 4 billion addresses of
version 4, and all of them are hashed in minutes.
"""

import hashlib
import hmac
import ipaddress

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
