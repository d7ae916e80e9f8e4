"""A server after one visit to every page: all pages are served, none counts the pictures again, and memory stays within
its budget.
"""

import psutil
import pytest

from pages.shared.server.warm import ADDRESSES, wait_for, warm
from tests.e2e.conftest import alone

pytestmark = pytest.mark.slow


# The budget of a web process after all pages were visited; Streamlit, pandas, Altair and SQLAlchemy alone take 225 MB.
MAX_RSS = 300 * 2**20


def test_a_walk_opens_every_page_of_a_fresh_server_which_stays_small(fresh_server) -> None:
    server = fresh_server()
    assert wait_for(server.url)
    assert alone(lambda: warm(server.url)) == list(ADDRESSES) and "" in ADDRESSES and "tta" in ADDRESSES
    rss = psutil.Process(server.pid).memory_info().rss
    assert rss <= MAX_RSS, f"{rss / 2**20:.0f} MB"


def test_a_server_that_is_not_there_is_not_waited_for_longer_than_asked() -> None:
    assert not wait_for("http://localhost:9", patience_s=0.0)
    assert alone(lambda: warm("http://localhost:9")) == []
