"""A server that has been walked through once: all pages are served, and none of them counts the pictures again."""

import pytest

from pages.shared.frame.warm import ADDRESSES, wait_for, warm
from tests.e2e.conftest import alone

pytestmark = pytest.mark.slow


def test_a_walk_opens_every_page_of_a_fresh_server(fresh_server) -> None:
    server = fresh_server()
    assert wait_for(server.url)
    assert alone(lambda: warm(server.url)) == list(ADDRESSES) and "" in ADDRESSES and "tta" in ADDRESSES


def test_a_server_that_is_not_there_is_not_waited_for_longer_than_asked() -> None:
    assert not wait_for("http://localhost:9", patience_s=0.0)
    assert alone(lambda: warm("http://localhost:9")) == []
