"""Visits every page of a server once, as a browser would, so that nobody's first visit pays for what all share.

`python -m pages.shared.server.warm http://localhost:8501`, a process of its own beside a server that has just started:
it waits until the server answers, opens the pages one after the other and ends. What is warm afterwards is what a
page really used with its first settings: modules, the listing of the pictures, a batch of them, the net's answers.
"""

import asyncio
import sys
import time

import websockets
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from pages.shared.session import site
from sota_core.system import straight

ADDRESSES = tuple(site.path(entry.address) for entry in site.PAGES)
PATIENCE_S = 60.0  # for the server to answer, and for a page to be done; a slow machine is warmed slowly


def wait_for(url: str, patience_s: float = PATIENCE_S) -> bool:
    """Does the server answer in time?"""
    deadline = time.monotonic() + patience_s
    while time.monotonic() < deadline:
        try:
            with straight.opened(f"{url}/_stcore/health", timeout=2):
                return True
        except OSError:
            time.sleep(0.1)  # the condition waited for is the server's answer
    return False


async def visit(url: str, address: str) -> bool:
    """Open one page in a session of its own; True when its script has run to the end.

    It names no browser, so the page does not wait for one to draw.
    """
    message = BackMsg()
    message.rerun_script.page_name = address
    message.rerun_script.context_info.url = f"{url}/{address}"
    async with websockets.connect(
        f"ws{url.removeprefix('http')}/_stcore/stream",
        subprotocols=["streamlit"],
        max_size=None,
        user_agent_header=None,
        proxy=None,
    ) as socket:
        await socket.send(message.SerializeToString())
        async with asyncio.timeout(PATIENCE_S):
            async for data in socket:
                answer = ForwardMsg()
                answer.ParseFromString(data)
                if answer.WhichOneof("type") == "script_finished":
                    return answer.script_finished == ForwardMsg.FINISHED_SUCCESSFULLY
    return False


async def warm(url: str) -> list[str]:
    """Visit all pages; returns the addresses of those served. What is wrong with another, its visitors will see."""
    done = []
    for address in ADDRESSES:
        try:
            if await visit(url, address):
                done.append(address)
        except (OSError, TimeoutError, websockets.WebSocketException):
            continue
    return done


if __name__ == "__main__":
    for where in sys.argv[1:]:
        begin = time.monotonic()
        if wait_for(where):
            served = asyncio.run(warm(where.rstrip("/")))
            print(f"{len(served)} of {len(ADDRESSES)} pages warm in {time.monotonic() - begin:.1f} s", flush=True)
