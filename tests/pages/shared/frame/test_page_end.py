"""A part is asked for when the page has been drawn and not all of it was sent: does the page come to its end?"""

import asyncio
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner import RerunData

from benchmarks.load.st_session import StSession
from benchmarks.site import serving
from pages.shared.frame import frame, page_end

PART = RerunData(fragment_id="part")
# The server's loop stands still while the script ends, and then hears of a part first, as from a browser.
PAGE = """
import sys, time
sys.path.insert(0, {root!r})
import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx
from pages.shared.frame import page_end

if {mended}:
    page_end.let_it_be_sent()

@st.fragment
def part():
    st.slider("part", 0, 9)

part()
if "asked" not in st.session_state:
    st.session_state.asked = True
    session = get_instance()._session_mgr.get_session_info(get_script_run_ctx().session_id).session
    state = ClientState(fragment_id=next(iter(session._fragment_storage._fragments)))

    def ask():
        time.sleep(0.5)
        session.request_rerun(state)

    session._event_loop.call_soon_threadsafe(ask)
    time.sleep(0.1)
st.slider("the end", 0, 9)
"""


async def opened(url: str) -> tuple[str, set[str]]:
    """How the first run ended for a visitor, and the sliders that came."""
    visitor = StSession(url, "/")
    run = await visitor.open(timeout=10)
    await asyncio.sleep(0.5)  # the part's own answer
    sliders = {slider.label for slider, _ in visitor.sliders.values()}
    await visitor.close()
    assert not run.errors
    return run.status, sliders


@pytest.mark.slow
@pytest.mark.parametrize("mended", [True, False])
def test_the_page_comes_to_its_end_which_streamlit_itself_would_lose(mended: bool, tmp_path: Path) -> None:
    """Once Streamlit does not, pages/shared/frame/page_end.py can go."""
    script = tmp_path / "page.py"
    script.write_text(PAGE.format(root=str(Path(page_end.__file__).parents[3]), mended=mended), encoding="utf-8")
    with serving(script) as site:
        status, sliders = asyncio.run(opened(site.url))
    assert "part" in sliders
    assert ("the end" in sliders) == mended
    assert status == ("ok" if mended else "fragment")


class Loop:
    """Calls later when it is told to."""

    def __init__(self) -> None:
        self.later: list[tuple] = []

    def call_later(self, _: float, *call: object) -> None:
        self.later.append(call)

    def goes_on(self) -> None:
        for ask, *of in [self.later.pop(0) for _ in list(self.later)]:
            ask(*of)


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[RerunData]:
    found: list[RerunData] = []
    monkeypatch.setattr(page_end, "_by_streamlit", lambda session, asked: found.append(asked))
    return found


def session_with(runner: object, **more: object) -> SimpleNamespace:
    state = {"_event_loop": Loop(), "_state": AppSessionState.APP_IS_RUNNING, "has_fragment": lambda _: True}
    return SimpleNamespace(**state | {"_scriptrunner": runner} | more)


def runner(takes: bool) -> SimpleNamespace:
    return SimpleNamespace(request_rerun=lambda asked: takes)


def test_the_part_is_drawn_when_all_of_the_page_was_sent(begun: list[RerunData]) -> None:
    assert AppSession._create_scriptrunner is page_end._create_scriptrunner and frame.page_end is page_end
    session = session_with(runner(takes=False))
    page_end._create_scriptrunner(session, PART)  # type: ignore[arg-type]
    for _ in range(3):
        session._event_loop.goes_on()
        assert begun == []
    session._scriptrunner = None  # what it handed over last was heard
    session._event_loop.goes_on()
    assert begun == [PART] and session._event_loop.later == []


@pytest.mark.parametrize(
    "meanwhile",
    [
        {"_scriptrunner": runner(takes=True)},
        {"_scriptrunner": None, "has_fragment": lambda _: False},
        {"_scriptrunner": None, "_state": AppSessionState.SHUTDOWN_REQUESTED},
    ],
    ids=["another run takes it along", "another page has come", "the visitor has gone"],
)
def test_it_is_not_begun_where_something_else_has_come(meanwhile: dict[str, object], begun: list[RerunData]) -> None:
    session = session_with(runner(takes=False))
    page_end._create_scriptrunner(session, PART)  # type: ignore[arg-type]
    vars(session).update(meanwhile)
    session._event_loop.goes_on()
    assert begun == [] and session._event_loop.later == []


def test_a_first_run_is_begun_at_once(begun: list[RerunData]) -> None:
    session = session_with(None)
    page_end._create_scriptrunner(session, PART)  # type: ignore[arg-type]
    assert begun == [PART]
