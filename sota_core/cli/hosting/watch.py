"""Asks each web process for its health, and ends one that is alive but has not answered for a minute.

A process that hangs (a deadlock, a library that blocks everything) would leave its visitors with a frozen page for ten
minutes and let new visitors wait for one. Ended, it is replaced by serve, which costs its visitors seconds.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sota_core.cli.hosting.web_servers import Process, WebServers
from sota_core.system import straight

EVERY_S, PATIENCE_S = 5.0, 10.0
MOST_MISSED = 4  # in a row: a minute, or 20 s if the connection is refused at once


def answers(url: str) -> bool:
    """Does the web process at this URL say within PATIENCE_S that it is well?"""
    try:
        with straight.opened(f"{url}/_stcore/health", timeout=PATIENCE_S) as answer:
            return answer.status == 200
    except (OSError, ValueError):
        return False


class Watch:
    """Asks the `servers` at these URLs, in a thread of its own, until `end`.

    It ends only a process that has answered before, so none that is still starting; only while another one answers, so
    none on a machine that is too busy for all; and at most one a round. It counts missed questions, not seconds: after
    a machine has slept, or a terminal was stopped, at most one is missed.
    """

    def __init__(
        self,
        servers: WebServers,
        urls: Sequence[str],
        *,
        say: Callable[[str], None] = print,
        ask: Callable[[str], bool] = answers,
    ) -> None:
        self.servers, self.urls, self.say, self.ask = servers, list(urls), say, ask
        self.missed: dict[Process, int] = {}  # in a row, of those that have answered
        self._ended = threading.Event()

    def start(self) -> None:
        threading.Thread(target=self._loop, name="watch", daemon=True).start()

    def end(self) -> None:
        self._ended.set()

    def _loop(self) -> None:
        with ThreadPoolExecutor(len(self.urls)) as pool:
            while not self._ended.wait(EVERY_S):
                self.look(pool)

    def look(self, pool: ThreadPoolExecutor) -> None:
        """One round. Blocking, PATIENCE_S at most."""
        asked = [server.process for server in self.servers.servers]
        found = list(pool.map(self.ask, self.urls))
        missed = {}
        for process, is_well in zip(asked, found, strict=True):
            if process is not None and (is_well or process in self.missed):
                missed[process] = 0 if is_well else self.missed[process] + 1
        self.missed = missed
        hangs = next((one for one, n in missed.items() if n >= MOST_MISSED), None)
        if hangs is None or not any(found) or self._ended.is_set():
            return
        self.say(f"web process {asked.index(hangs) + 1} of {len(asked)} lives and does not answer: it is ended")
        hangs.kill()
        del self.missed[hangs]
