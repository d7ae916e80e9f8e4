"""One of several web processes: while another one serves, it opens its port when its pages are warm.

`python -m pages.shared.frame.open_when_warm --beside 8503,8504 run app.py --server.port 8502 …`: what follows --beside
is Streamlit's. A process that has just started has imported nothing: its first page takes a second or two, for many
at once ten. As long as its port refuses connections, nginx sends visitors to those beside it.
"""

import argparse
import asyncio
import functools
import logging
import socket
import sys
import time
from collections.abc import Awaitable, Callable, Sequence

import uvicorn
from uvicorn.lifespan.off import LifespanOff

log = logging.getLogger(__name__)

HERE = "127.0.0.1"
SETTLE_S = 3.0  # first those come back who were with the process before this one: the cores are theirs
LOOK_S = 0.5
LONGEST_S = 120.0  # then it opens as it is
_Plain = uvicorn.Server  # whose name Streamlit finds ours by


class OpenWhenWarm(_Plain):
    """Listens where nobody is sent to, has its pages visited there, and opens `port`.

    beside  ports of the other processes; where none of them takes connections, it opens at once
    warm    visits the pages of the server at this URL
    """

    def __init__(
        self, config: uvicorn.Config, *, port: int, beside: Sequence[int], warm: Callable[[str], Awaitable[object]]
    ) -> None:
        super().__init__(config)
        self.port, self.beside, self.warm = port, beside, warm
        self.opening: asyncio.Task[None] | None = None

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        hidden = self.servers[0].sockets[0].getsockname()
        self.opening = asyncio.create_task(self._open(f"http://{hidden[0]}:{hidden[1]}"))

    async def _open(self, url: str) -> None:
        warming = asyncio.ensure_future(self.warm(url))
        deadline = time.monotonic() + LONGEST_S
        while not warming.done() and is_any_open(self.beside) and time.monotonic() < deadline:
            await asyncio.wait([warming], timeout=LOOK_S)
        opened = _Plain(self.config)  # the same app at one more port
        opened.server_state, opened.lifespan = self.server_state, LifespanOff(self.config)
        opened.lifespan.state = self.lifespan.state
        try:
            await opened.startup([socket.create_server((HERE, self.port), backlog=self.config.backlog)])
        except OSError:
            log.exception("port %d cannot be opened; this process ends", self.port)
            self.should_exit = True
        else:
            self.servers += opened.servers


def is_any_open(ports: Sequence[int]) -> bool:
    for port in ports:
        try:
            socket.create_connection((HERE, port), timeout=LOOK_S).close()
        except OSError:
            continue
        return True
    return False


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m pages.shared.frame.open_when_warm", allow_abbrev=False)
    parser.add_argument("--beside", type=lambda text: [int(port) for port in text.split(",") if port], default=[])
    parser.add_argument("--server.port", type=int, required=True, dest="port")
    args, streamlits = parser.parse_known_args()
    if is_any_open(args.beside):
        time.sleep(SETTLE_S)
    from streamlit import config
    from streamlit.web import cli

    async def warm(url: str) -> None:
        from pages.shared.frame import warm as pages

        config.set_option("server.port", args.port)  # by which it is known to the operator
        await pages.warm(url)

    # Streamlit starts its server by this name.
    uvicorn.Server = functools.partial(OpenWhenWarm, port=args.port, beside=args.beside, warm=warm)  # type: ignore[misc]
    sys.argv = ["streamlit", *streamlits, "--server.port", "0"]  # any that is free
    cli.main(prog_name="streamlit")


if __name__ == "__main__":
    main()
