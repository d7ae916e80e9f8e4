"""The address of a page, whatever URL Streamlit reports."""

from types import SimpleNamespace
from urllib.parse import urljoin

import pytest
import streamlit as st

from pages.shared.session import site
from pages.shared.session.address import page_url


@pytest.mark.parametrize(
    ("told", "found"),
    [
        ("http://localhost:8501/room", "http://localhost:8501/room"),
        ("http://localhost:8501/room/", "http://localhost:8501/room"),
        ("http://localhost:8501/", "http://localhost:8501/room"),
        ("https://school.example/lab/room", "https://school.example/lab/room"),  # hosted below a path
        ("https://school.example/classroom", "https://school.example/classroom/room"),
        (None, "/room"),
    ],
)
def test_the_page_stands_in_it_once(told: str | None, found: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(st, "context", SimpleNamespace(url=told))
    assert page_url("room") == found


@pytest.mark.parametrize("below", ["", "/lab", "/a/b"])
@pytest.mark.parametrize("here", ["room?room=FAST7", "train", ""])
def test_a_link_stays_below_the_path_the_app_is_served_at(below: str, here: str) -> None:
    where = f"https://school.example{below}/"
    assert urljoin(where + here, site.href("train", "run=abc")) == f"{where}train?run=abc"
    assert urljoin(where + here, site.href(site.HOME)) == where
