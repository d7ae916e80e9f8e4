"""HTTP to a process of this machine: straight there, whatever proxy the environment names for the rest of the world.

A school's or a container's http_proxy is to be asked for what is elsewhere; a health check that went there would be
told that nothing answers at 127.0.0.1.
"""

import ssl
import urllib.request
from http.client import HTTPResponse


def opened(url: str, *, timeout: float, context: ssl.SSLContext | None = None) -> HTTPResponse:
    """The answer, to be closed.

    Raises
        OSError     nothing answers, or with an error (HTTPError).
        ValueError  no URL.
    """
    secure = [urllib.request.HTTPSHandler(context=context)] if context is not None else []
    return urllib.request.build_opener(urllib.request.ProxyHandler({}), *secure).open(url, timeout=timeout)
