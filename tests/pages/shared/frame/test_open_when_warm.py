"""A web process beside others: closed to visitors until it is warm, unless nobody else serves."""

import asyncio
import contextlib
import socket
from collections.abc import AsyncIterator

import pytest
import uvicorn

from benchmarks.site import free_port
from pages.shared.frame.open_when_warm import HERE, OpenWhenWarm, is_any_open

PATIENCE_S = 60.0


async def app(scope, receive, send) -> None:
    """An ASGI app that answers 'page' to whatever is asked."""
    await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"4")]})
    await send({"type": "http.response.body", "body": b"page"})


class Place:
    """A server beside a sibling's port, and the visit to its pages, which ends when told."""

    def __init__(self, sibling: int) -> None:
        self.port, self.warmed, self.visited = free_port(), asyncio.Event(), ""
        config = uvicorn.Config(app, lifespan="off", log_level="critical")
        self.server = OpenWhenWarm(config, port=self.port, beside=[sibling], warm=self.warm)

    async def warm(self, url: str) -> None:
        self.visited = await get(int(url.rpartition(":")[2]))
        await self.warmed.wait()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        hidden = socket.create_server((HERE, 0))
        serving = asyncio.create_task(self.server._serve([hidden]))
        try:
            yield
        finally:
            self.server.should_exit = True
            await serving
            assert not is_any_open([self.port])


async def get(port: int) -> str:
    reader, writer = await asyncio.open_connection(HERE, port)
    writer.write(b"GET / HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
    answer = await reader.read()
    writer.close()
    return answer.rpartition(b"\r\n")[2].decode()


async def until(is_so) -> None:
    async with asyncio.timeout(PATIENCE_S):
        while not is_so():
            await asyncio.sleep(0.01)


@pytest.mark.parametrize("sibling_ends", [False, True])
def test_it_opens_when_it_is_warm_or_when_nobody_else_is_open(sibling_ends: bool) -> None:
    async def tried() -> None:
        with contextlib.closing(socket.create_server((HERE, 0))) as sibling:
            place = Place(sibling.getsockname()[1])
            async with place.running():
                await until(lambda: place.visited)
                assert place.visited == "page" and not is_any_open([place.port])
                if sibling_ends:
                    sibling.close()
                else:
                    place.warmed.set()
                await until(lambda: is_any_open([place.port]))
                assert await get(place.port) == "page"
                place.warmed.set()

    asyncio.run(tried())


def test_the_first_of_all_opens_at_once() -> None:
    async def tried() -> None:
        place = Place(free_port())
        async with place.running():
            await until(lambda: is_any_open([place.port]))
            assert not place.warmed.is_set() and await get(place.port) == "page"
            place.warmed.set()

    asyncio.run(tried())


def test_where_its_port_is_taken_it_ends() -> None:
    async def tried() -> None:
        place = Place(free_port())
        with contextlib.closing(socket.create_server((HERE, place.port))):
            serving = asyncio.create_task(place.server._serve([socket.create_server((HERE, 0))]))
            await asyncio.wait_for(serving, PATIENCE_S)
        place.warmed.set()

    asyncio.run(tried())
