"""Uploads in a frame of another site, for which Streamlit 1.67 wants a cookie of its own back.

Where `serve` has this cookie sent to such frames it is SameSite=None, and a browser that keeps no cookies of framed
sites refuses it. With Partitioned it is kept, for this app in frames of that site only.
"""

import functools

from starlette.responses import Response
from streamlit.web.server.starlette import starlette_routes

_by_streamlit = starlette_routes._set_unquoted_cookie


def keep_its_cookie_apart() -> None:
    """From now on, for whatever this process answers."""
    starlette_routes._set_unquoted_cookie = _set


@functools.wraps(_by_streamlit)
def _set(response: Response, cookie_name: str, cookie_value: str, *, same_site: str = "Lax", secure: bool) -> None:
    _by_streamlit(response, cookie_name, cookie_value, same_site=same_site, secure=secure)
    if same_site == "None":
        begin = f"{cookie_name}=".encode("latin-1")
        response.raw_headers = [
            (name, value + b"; Partitioned" if value.startswith(begin) else value)
            for name, value in response.raw_headers
        ]
