"""Streamlit's cookie for uploads: partitioned where `serve` has it sent to frames of other sites, else unchanged."""

import inspect
from functools import partial

import pytest
from starlette.requests import Request
from starlette.responses import Response
from streamlit.web.server.starlette import starlette_routes

from pages.shared.server import in_frame

NAME = "_streamlit_xsrf"


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch):
    """sent(same_site): the cookies that Streamlit's own code sets, its own and another one."""
    theirs = inspect.unwrap(starlette_routes._set_unquoted_cookie)
    monkeypatch.setattr(starlette_routes, "_set_unquoted_cookie", partial(in_frame._set, theirs))

    def sent(same_site: str) -> list[str]:
        options = {"server.xsrfCookieSameSite": same_site, "server.enableXsrfProtection": True}
        monkeypatch.setattr("streamlit.config.get_option", lambda name: options.get(name))
        monkeypatch.setattr(starlette_routes, "is_xsrf_enabled", lambda: True)
        response = Response(headers={"set-cookie": "other=1; SameSite=None; Secure"})
        starlette_routes._ensure_xsrf_cookie(Request({"type": "http", "headers": []}), response)
        return [value.decode() for name, value in response.raw_headers if name == b"set-cookie"]

    return sent


def test_one_for_frames_of_other_sites_is_kept_for_each_of_them_apart(sent) -> None:
    other, own = sent("none")
    assert own.startswith(f"{NAME}=2|") and own.endswith("Path=/; SameSite=None; Secure; Partitioned")
    assert other == "other=1; SameSite=None; Secure"
    _, own = sent("lax")
    assert own.endswith("Path=/; SameSite=Lax")
