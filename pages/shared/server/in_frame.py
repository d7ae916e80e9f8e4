"""Uploads in a frame of another site, for which Streamlit 1.67 wants a cookie of its own back.

Where `serve` has this cookie sent to such frames it is SameSite=None, and a browser that keeps no cookies of framed
sites refuses it. With Partitioned it is kept, for this app in frames of that site only.
"""

from collections.abc import Callable

from starlette.responses import Response
from streamlit.web.server.starlette import starlette_routes

from pages.shared.session.replaced import replaces


@replaces(starlette_routes, "_set_unquoted_cookie")
def _set(
    by_streamlit: Callable[..., None],
    response: Response,
    cookie_name: str,
    cookie_value: str,
    *,
    same_site: str = "Lax",
    secure: bool,
) -> None:
    by_streamlit(response, cookie_name, cookie_value, same_site=same_site, secure=secure)
    if same_site == "None":
        begin = f"{cookie_name}=".encode("latin-1")
        response.raw_headers = [
            (name, value + b"; Partitioned" if value.startswith(begin) else value)
            for name, value in response.raw_headers
        ]
