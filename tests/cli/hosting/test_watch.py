"""A web process that lives and does not answer is ended, one at a time, and only where another one answers."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest

from sota_core.cli.hosting import watch
from sota_core.cli.hosting.watch import MOST_MISSED, Watch
from sota_core.cli.hosting.web_servers import WebServers
from tests.cli.hosting.test_web_servers import SLEEPS, wait

URLS = ["first", "second", "third"]


class Watched:
    """Three processes; `well` says which of them answer."""

    def __init__(self) -> None:
        self.said: list[str] = []
        self.servers = WebServers([SLEEPS] * 3, say=self.said.append)
        self.well = set(URLS)
        self.watch = Watch(self.servers, URLS, say=self.said.append, ask=lambda url: url in self.well)
        self.pool = ThreadPoolExecutor(3)

    @property
    def processes(self) -> list[object]:
        return [server.process for server in self.servers.servers]

    def look(self, n: int = 1) -> None:
        for _ in range(n):
            self.watch.look(self.pool)


@pytest.fixture
def watched() -> Iterator[Watched]:
    found = Watched()
    yield found
    found.pool.shutdown()
    found.servers.end()


def test_one_that_hangs_is_ended_and_followed_by_another_one(watched: Watched) -> None:
    before = watched.processes
    watched.look()
    watched.well = {"first", "third"}
    watched.look(MOST_MISSED - 1)
    assert watched.said == []
    watched.look()
    wait(watched.servers, 1)
    assert watched.servers.tend() is None
    assert watched.said == [
        "web process 2 of 3 lives and does not answer: it is ended",
        "web process 2 of 3 ended (code -9) and is started again",
    ]
    assert [a is b for a, b in zip(before, watched.processes, strict=True)] == [True, False, True]
    watched.look(MOST_MISSED + 1)
    assert len(watched.said) == 2, "the next one has not answered yet: it is starting"


def test_an_answer_in_between_begins_the_count_anew(watched: Watched) -> None:
    for well in [set(URLS), *[{"first"}] * (MOST_MISSED - 1), set(URLS), *[{"first"}] * (MOST_MISSED - 1)]:
        watched.well = set(well)
        watched.look()
    assert watched.said == []


def test_none_is_ended_where_none_answers_and_then_one_a_round(watched: Watched) -> None:
    watched.look()
    watched.well = set()
    watched.look(3 * MOST_MISSED)
    assert watched.said == []
    watched.well = {"third"}
    for n in (1, 2):
        watched.look()
        assert watched.said == [f"web process {i} of 3 lives and does not answer: it is ended" for i in range(1, n + 1)]


def test_nobody_at_that_address_is_no_answer() -> None:
    assert not watch.answers("http://127.0.0.1:9")
