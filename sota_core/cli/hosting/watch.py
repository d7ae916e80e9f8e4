"""Web processes that live and do not answer: asked by the address at which each says that it is well, and ended.

One that hangs (a deadlock, a library that holds everything up) would keep its visitors before a page that stands still
for ten minutes, and each that comes anew for one; its end, which serve follows by another one, costs them seconds.
"""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from sota_core.cli.hosting.web_servers import Process, WebServers
from sota_core.system import straight

EVERY_S, PATIENCE_S = 5.0, 10.0
MOST_MISSED = 4  # in a row: a minute


def answers(url: str) -> bool:
    """Is it well, and says so within PATIENCE_S?"""
    try:
        with straight.opened(f"{url}/_stcore/health", timeout=PATIENCE_S) as answer:
            return answer.status == 200
    except (OSError, ValueError):
        return False


class Watch:
    """Asks those of `servers` at these URLs, in a thread of its own until `end`.

    Only one that has answered before is ended, so none that is still starting; only while another one answers, which it
    would not on a machine that is too busy for all; and one a round. What is counted are questions and not seconds: a
    machine that slept, or a terminal that was stopped, has missed one at most.
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
