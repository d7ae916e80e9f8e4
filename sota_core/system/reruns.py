"""How often each web process has drawn each page, how long that took, and what went wrong; for whoever runs the server.

Several web processes may serve one app, and none can ask another: so each keeps its own counts and writes them to a
small file in the home now and then. The file says nothing about visitors: no owner, no address, no text they wrote.
"""

import contextlib
import os
import threading
import time
from bisect import bisect_left
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sota_core.system.files import read_json, write_json
from sota_core.system.processes import birth_of, is_alive

BUCKETS_S = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0)
EVERY_S = 5.0  # between two writes; the last pages drawn before visitors stay away may remain unwritten
MOST_ERRORS = 20
MOST_PAGES = 32
LONGEST_ERROR = 300


@dataclass(frozen=True, slots=True)
class Drawn:
    """How often one page was drawn, in how many seconds altogether, and how often in each range of times.

    buckets  [i]: in at most BUCKETS_S[i] seconds and more than BUCKETS_S[i - 1]; the last one: in more than all
    """

    n: int
    seconds: float
    buckets: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Failure:
    """An error while something was drawn. `at` in seconds since 1970; `text` is its kind and where it was raised."""

    at: float
    page: str
    text: str


@dataclass(frozen=True, slots=True)
class WebProcess:
    """A living web process, as its own file describes it.

    url       where it answers on this machine
    pages     address of a page → how it was drawn
    n_errors  since the process began; `errors` are the last ones
    """

    port: int
    pid: int
    url: str
    pages: dict[str, Drawn]
    n_errors: int
    errors: tuple[Failure, ...]


class Reruns:
    """The counts of this process. Threads may share it. `clock` tells seconds since 1970."""

    def __init__(self, home: Path, port: int, address: str = "", clock: Callable[[], float] = time.time) -> None:
        self.path, self.clock = _folder(home) / f"{port}.json", clock
        everywhere = ("", "0.0.0.0", "::")  # noqa: S104  compared with, not bound
        host = "127.0.0.1" if address in everywhere else f"[{address}]" if ":" in address else address
        self.who = {"pid": os.getpid(), "birth": birth_of(os.getpid()), "url": f"http://{host}:{port}"}
        self.pages: dict[str, list[Any]] = {}
        self.n_errors, self.errors = 0, deque(maxlen=MOST_ERRORS)
        self.written_at = float("-inf")
        self.lock = threading.Lock()

    def add(self, page: str, seconds: float, error: BaseException | None = None) -> None:
        """Count one drawing of a page. Never fails: a disk that is full or cannot be written must not stop a page."""
        with self.lock:
            if page in self.pages or len(self.pages) < MOST_PAGES:
                kept = self.pages.setdefault(page, [0, 0.0, [0] * (len(BUCKETS_S) + 1)])
                kept[0] += 1
                kept[1] += seconds
                kept[2][bisect_left(BUCKETS_S, seconds)] += 1
            if error is not None:
                self.n_errors += 1
                self.errors.append((self.clock(), page, place_of(error)))
            now = self.clock()
            if error is None and abs(now - self.written_at) < EVERY_S:
                return
            self.written_at = now
            told = self.who | {"pages": self.pages, "n_errors": self.n_errors, "errors": list(self.errors)}
            with contextlib.suppress(OSError):
                self.path.parent.mkdir(parents=True, exist_ok=True)
                write_json(self.path, told)


def place_of(error: BaseException) -> str:
    """The kind of an error and the line that raised it; not its text, which may contain a visitor's words.

    >>> try:
    ...     int("secret")
    ... except ValueError as bad:
    ...     place_of(bad).partition(" at ")[0]
    'ValueError'
    """
    at = error.__traceback__
    while at is not None and at.tb_next is not None:
        at = at.tb_next
    where = "" if at is None else f" at {'/'.join(Path(at.tb_frame.f_code.co_filename).parts[-3:])}:{at.tb_lineno}"
    return f"{type(error).__name__}{where}"[:LONGEST_ERROR]


def web_processes(home: Path) -> list[WebProcess]:
    """The living web processes, sorted by port. The files of ended processes, and damaged ones, are skipped."""
    found = []
    for path in sorted(_folder(home).glob("*.json")):
        told = read_json(path)
        with contextlib.suppress(KeyError, TypeError, ValueError, AttributeError):
            if not is_alive(told["pid"], told["birth"]):
                continue
            pages = {page: Drawn(n, seconds, tuple(buckets)) for page, (n, seconds, buckets) in told["pages"].items()}
            errors = tuple(Failure(*one) for one in told["errors"])
            found.append(WebProcess(int(path.stem), told["pid"], told["url"], pages, told["n_errors"], errors))
    return sorted(found, key=lambda one: one.port)


def _folder(home: Path) -> Path:
    return home / "web"
