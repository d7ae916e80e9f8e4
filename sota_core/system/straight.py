"""HTTP straight to a process of this machine, past any proxy that the environment names.

A school's or a container's http_proxy is for other machines; a health check sent through it would be told that nothing
answers at 127.0.0.1.
"""

import ssl
import urllib.request
from http.client import HTTPException, HTTPResponse, InvalidURL


def opened(url: str, *, timeout: float, context: ssl.SSLContext | None = None) -> HTTPResponse:
    """The answer; the caller closes it.

    Raises
        OSError     nothing answers, or the answer is an HTTP error (HTTPError) or not HTTP at all.
        ValueError  `url` is not a URL.
    """
    secure = [urllib.request.HTTPSHandler(context=context)] if context is not None else []
    try:
        return urllib.request.build_opener(urllib.request.ProxyHandler({}), *secure).open(url, timeout=timeout)
    except InvalidURL as bad:  # urllib lets errors of http.client through, which are neither of the two
        raise ValueError(str(bad)) from bad
    except HTTPException as bad:
        raise OSError(f"no HTTP came from {url}: {bad!r}") from bad
