"""The benchmark of sessions through nginx: which cut connections count as errors, how lag is measured, what a session's
address holds.
"""

import asyncio
import random
import time
from pathlib import Path

import pytest
from streamlit.proto.Slider_pb2 import Slider

from benchmarks.load.hosted import Crowd, Visitor, pause_s
from benchmarks.load.st_session import Run, StSession
from benchmarks.site import Site
from sota_core.settings import load


@pytest.fixture
def visitor(tmp_path: Path) -> Visitor:
    return Visitor(1, Site("http://127.0.0.1:1", 0, load({"SOTA_HOME": str(tmp_path)})), "/train?run=x")


def session(*shown: tuple[float, int]) -> StSession:
    made = StSession("http://127.0.0.1:1", "/tta?tta.n=3")
    made.steps_shown = list(shown)
    return made


def test_the_lag_of_a_batch_is_until_the_first_screen_that_knows_of_it_or_a_later_one(visitor: Visitor):
    told = {10: 100.0, 12: 101.0, 20: 102.0, 30: 109.0}
    visitor.sessions = [session((101.5, 10), (103.0, 21), (104.0, 21))]
    assert visitor.lags(told) == [2.0, 1.0]  # of steps 12 and 20; 10 was on the first screen, 30 was never shown
    visitor.sessions = [session((101.5, 10)), session((200.0, 30))]
    assert visitor.lags(told) == []  # steps told while no session was open have no lag


def test_what_was_cut_off_is_no_error_but_never_coming_back_is(visitor: Visitor):
    one = session()
    one.runs = [
        Run("slider", 1.0, 2.0, "fragment"),
        Run("slider", 1.0, 2.0, "failed", ["closed"], is_cut=True),
        Run("open", 1.0, 2.0, "ok", ["ValueError: x"]),
    ]
    visitor.sessions = [one]
    assert [run.errors for run in Crowd([visitor]).bad] == [["ValueError: x"]] and Crowd([visitor]).slid == [1.0]
    visitor.is_gone = True
    assert [run.status for run in Crowd([visitor]).bad] == ["ok", "never came back"]


def test_an_address_says_where_the_slider_was_left():
    one = session()
    plain = Slider(id="one", query_param_key="tta.n", label="Augmented views n", type=Slider.SLIDER)
    words = Slider(
        id="two",
        query_param_key="normalization.bs",
        label="Batch size",
        type=Slider.SELECT_SLIDER,
        options=["16", "32"],
    )
    one.sliders = {plain.id: (plain, ""), words.id: (words, "")}
    one.state = {plain.id: [5.0], words.id: [1.0]}
    assert (one.value_of("views"), one.value_of("Batch")) == ("5", "32")
    assert one.address_with("views") == "/tta?tta.n=5" and one.address_with("Batch") == "/tta?normalization.bs=32"
    assert one.address_with("") == "/tta?tta.n=3"


def test_it_is_known_again_by_its_cookies_and_knows_when_it_is_cut():
    async def tried() -> tuple[bytes, dict[str, str], bool, float]:
        asked = []

        async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            asked.append(await reader.readuntil(b"\r\n\r\n"))
            writer.write(b"HTTP/1.1 200 OK\r\nSet-Cookie: sota_seat=2; Path=/\r\nset-cookie: other=x\r\n\r\npage")
            await writer.drain()
            writer.close()

        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        one = StSession(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}", "/mixup", {"sota_lab": "me"})
        await one.be_seated()
        server.close()
        asyncio.get_running_loop().call_later(0.05, one._end_cut, "closed")
        began = time.perf_counter()
        was_cut = await one.is_cut_within(30)
        return asked[0], one.cookies, was_cut, time.perf_counter() - began

    asked, cookies, was_cut, waited = asyncio.run(tried())
    assert b"GET /mixup " in asked and b"\r\nCookie: sota_lab=me\r\n" in asked
    assert cookies == {"sota_lab": "me", "sota_seat": "2", "other": "x"} and was_cut and waited < 25


def test_it_waits_as_long_as_a_browser_does_and_never_at_the_same_moment_as_all_others():
    chance = random.Random(1)
    for attempt, least, most in ((1, 0.25, 0.5), (2, 0.5, 1.0), (3, 1.0, 2.0), (4, 2.0, 4.0), (9, 2.0, 4.0)):
        waits = [pause_s(attempt, chance) for _ in range(200)]
        assert least <= min(waits) < least + (most - least) / 10 and most - (most - least) / 10 < max(waits) <= most


@pytest.mark.parametrize(("part", "at_work", "asks"), [(False, False, False), (True, False, True), (False, True, True)])
def test_a_tab_at_rest_after_a_whole_page_asks_for_nothing_when_it_is_connected_again(
    part: bool, at_work: bool, asks: bool
):
    one = session()
    one.id, one.page_hash, one.drew_part = "4711", "tta", part
    if at_work:
        one._current = Run("slider", 1.0)
    one._end_cut("closed")
    assert one.asks_again == asks
    other = StSession("http://127.0.0.1:1", "/tta", before=one)
    other.stand_as(one)
    assert (other.id, other.page_hash, other.sliders) == ("4711", "tta", one.sliders) and other.cookies is one.cookies
