"""A process with every page warm, from which web processes are forked: `python -m pages.shared.server.prefork`.

A child of `serve`. A web process that starts by itself has imported nothing: all pages cost it 5 s of CPU. This one
visits them once, closes what belongs to one process, and forks: another web process is there at once, warm, and shares
its memory. It speaks JSON lines: `{"ready": true, "why": ""}` once; a request `{"n", "words"}`, where words are
Streamlit's command line, is answered by `{"forked": n, "pid"}`, and the end of that process told by
`{"ended": pid, "code"}`. When stdin ends, so does it; web processes go on.

It keeps the socket that a web process listens at: visitors who come between the end of one and the start of the next
wait in line.
"""

import asyncio
import gc
import io
import logging
import os
import signal
import socket
import sys
import threading
import time
from collections.abc import Callable, Sequence
from contextlib import redirect_stdout
from itertools import pairwise
from typing import Any

from streamlit import config
from streamlit.runtime import Runtime
from streamlit.runtime.secrets import secrets_singleton
from streamlit.web import bootstrap, cli
from streamlit.web.server import Server
from streamlit.web.server.starlette import starlette_server

from pages.shared.server import warm
from pages.shared.session import counting
from sota_core import paths
from sota_core.settings import load
from sota_core.system import lifeline
from sota_core.system.forking import Forking
from sota_core.system.json_lines import take_pipes
from sota_core.system.logs import log_to_stderr

log = logging.getLogger(__name__)

HERE = "127.0.0.1"
BACKLOG = 2048  # uvicorn's
STEADY_S = 10.0  # the socket of a process that lived less is closed: if none comes back, visitors would wait in vain


class Prefork(Forking):
    """`become` is called in a forked process with the words of its command line, and with the socket where it is to
    listen, if one is kept for it; it serves until its end.
    """

    def __init__(
        self,
        requests: int,
        replies: int,
        become: Callable[[Sequence[str], socket.socket | None], object],
        fork: Callable[[], int] = os.fork,
    ) -> None:
        super().__init__(requests, replies, fork)
        self.become = become
        self.kept: dict[tuple[str, int], socket.socket] = {}

    def asked(self, request: dict[str, Any]) -> None:
        where = _where(request["words"])
        self._keep(where)
        try:
            pid = self.fork()
        except OSError as bad:  # too many processes, no memory: whoever asks will ask again
            log.error("no web process could be forked: %s", bad)
            self._let_go(where)
            self.reply({"forked": request["n"], "pid": None})
            return
        if pid == 0:
            self.serve_as(request["words"], where)
        self.children[pid] = (where, time.monotonic())
        self.reply({"forked": request["n"], "pid": pid})

    def ended(self, child: tuple[tuple[str, int] | None, float], pid: int, code: int) -> None:
        where, born = child
        if time.monotonic() - born < STEADY_S:
            self._let_go(where)
        self.reply({"ended": pid, "code": code})

    def _keep(self, where: tuple[str, int] | None) -> None:
        if where is None or where in self.kept:
            return
        try:
            self.kept[where] = socket.create_server(where, backlog=BACKLOG)
        except OSError as bad:  # the web process will say so itself
            log.warning("%s:%d is not kept: %s", *where, bad)

    def _let_go(self, where: tuple[str, int] | None) -> None:
        if where in self.kept:
            self.kept.pop(where).close()

    def serve_as(self, words: Sequence[str], where: tuple[str, int] | None) -> None:
        code: Any = 1
        try:
            self.leave()
            own = self.kept.pop(where) if where in self.kept else None
            for other in self.kept.values():
                other.close()
            signal.signal(signal.SIGINT, signal.default_int_handler)
            self.become(words, own)
            code = 0
        except SystemExit as end:
            code = end.code
        except BaseException:
            log.exception("a web process broke off")
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            # Not sys.exit: the fork must not run the clean-up of the process it came from.
            os._exit(code if isinstance(code, int) else int(code is not None))


def _where(words: Sequence[str]) -> tuple[str, int] | None:
    """Address and port of this command line of Streamlit's, where it has both and Streamlit can be given a socket.

    >>> _where(["run", "app.py", "--server.port", "8502", "--server.address", "127.0.0.1"])
    ('127.0.0.1', 8502)
    """
    said = dict(pairwise(words))
    if not {"--server.address", "--server.port"} <= said.keys() or not hasattr(starlette_server, "_bind_server_socket"):
        return None
    return said["--server.address"], int(said["--server.port"])


def serve_streamlit(words: Sequence[str], listening: socket.socket | None = None) -> None:
    """Be `streamlit WORDS` until its end, at this socket or at one that Streamlit opens. Blocking."""
    lifeline.end_with_it()
    if listening is not None:
        listening.setblocking(False)
        starlette_server._bind_server_socket = lambda _, address, port, backlog: (listening, address)
    sys.argv = ["streamlit", *words]
    cli.main(prog_name="streamlit")


def warm_up() -> list[str]:
    """Visit every page in a server within this process that nobody else finds, and end it; returns the pages served.

    Afterwards this process can be forked: it has no thread and no connection.
    """
    config._main_script_path = str(paths.APP)
    bootstrap.load_config_options({"server_address": HERE, "server_port": 0, "server_headless": True})
    # Streamlit watches its secrets with threads. A web process reads them again, and watches them itself.
    secrets_singleton._file_watchers_installed = True  # type: ignore[assignment]
    with counting.uncounted():
        served = asyncio.run(_visit_all())
    from pages.shared.pictures import models  # not above: on import, modules with caches want a server
    from pages.shared.session import cached

    secrets_singleton._file_watchers_installed = False
    secrets_singleton._reset()
    Runtime._instance = None  # a process may have only one; the pages' caches do not belong to it
    cached.close_store()
    models.forget()
    gc.collect()
    gc.freeze()  # web processes share these pages of memory as long as nobody's collector touches them
    return served


async def _visit_all() -> list[str]:
    server = Server(str(paths.APP), is_hello=False)
    await server.start()
    try:
        return await warm.warm(f"http://{HERE}:{config.get_option('server.port')}")
    finally:
        with redirect_stdout(io.StringIO()):  # it prints that it stops
            server.stop()
        await server.stopped


def threads() -> list[str]:
    """Names of Python's other threads. Two of libraries, not among them, do no harm: jemalloc's survives a fork, and
    that of onnxruntime waits for work it is never given; a net that is loaded has more.
    """
    return [one.name for one in threading.enumerate() if one is not threading.main_thread()]


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal's Ctrl-C is for serve, whose end closes stdin
    log_to_stderr(load(), "web")
    requests, replies = take_pipes()
    served, others = warm_up(), threads()
    why = "no page was served" if not served else f"it has other threads: {', '.join(others)}" if others else ""
    prefork = Prefork(requests, replies, serve_streamlit)
    prefork.reply({"ready": not why, "why": why})
    if not why:
        prefork.serve()


if __name__ == "__main__":
    main()
