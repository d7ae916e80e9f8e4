"""A fragment is requested when the page has been drawn, but not all of it was sent: the page must still be
completed.
"""

import asyncio
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from streamlit.runtime.app_session import AppSessionState
from streamlit.runtime.scriptrunner import RerunData, ScriptRunnerEvent

from benchmarks.load.st_session import StSession
from benchmarks.site import serving
from pages.shared.server import page_end

PART, OTHER = RerunData(fragment_id="part"), RerunData(fragment_id="other")
# The server's event loop is blocked while the script ends; then it handles a request for a fragment first, as from a
# browser.
PAGE = """
import sys, time
sys.path.insert(0, {root!r})
import streamlit as st
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.runtime import get_instance
from streamlit.runtime.scriptrunner import get_script_run_ctx
from pages.shared.server import page_end
from pages.shared.session import replaced

if {mended}:
    replaced.apply(page_end)

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


class Visitor(StSession):
    """Notes how each run ended: if two end at once, a visitor's request knows only the last."""

    def __init__(self, url: str) -> None:
        super().__init__(url, "/")
        self.ends: list[str] = []

    def _finish(self, status: str) -> None:
        self.ends.append(status)
        super()._finish(status)


async def opened(url: str) -> tuple[list[str], set[str]]:
    """How the runs of the page and of its fragment ended for a visitor, and which sliders arrived."""
    visitor = Visitor(url)
    run = await visitor.open(timeout=10)
    await asyncio.sleep(0.5)  # for the fragment's own answer
    sliders = {slider.label for slider, _ in visitor.sliders.values()}
    await visitor.close()
    assert not run.errors
    return visitor.ends, sliders


@pytest.mark.slow
@pytest.mark.parametrize("mended", [True, False])
def test_the_page_comes_to_its_end_which_streamlit_itself_would_lose(mended: bool, tmp_path: Path) -> None:
    """Once Streamlit does not, pages/shared/server/page_end.py can be removed."""
    script = tmp_path / "page.py"
    script.write_text(PAGE.format(root=str(Path(page_end.__file__).parents[3]), mended=mended), encoding="utf-8")
    # in a thread of its own: a browser's driver may have a loop in this one
    with serving(script) as site, ThreadPoolExecutor(1) as pool:
        ends, sliders = pool.submit(asyncio.run, opened(site.url)).result()
    assert "part" in sliders
    assert ("the end" in sliders) == mended
    assert ends == (["ok", "fragment"] if mended else ["fragment"])


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[RerunData]:
    """The requests that Streamlit itself begins, with a runner that accepts every request."""
    found: list[RerunData] = []

    def begin(session: Session, asked: RerunData) -> None:
        found.append(asked)
        session._scriptrunner = Runner(takes=True)

    monkeypatch.setattr(Session, "by_streamlit", begin)
    return found


class Runner:
    def __init__(self, takes: bool) -> None:
        self.takes, self.asked = takes, []

    def request_rerun(self, asked: RerunData) -> bool:
        self.asked += [asked] if self.takes else []
        return self.takes


class Session:
    """A stand-in for Streamlit's session, which accepts requests only within its server."""

    def __init__(self, runner: Runner | None) -> None:
        self._scriptrunner, self._state = runner, AppSessionState.APP_IS_RUNNING
        self.fragments, self.said = {"part", "other"}, []

    def by_streamlit(self, asked: RerunData) -> None:
        """Begin a script for it."""

    def _create_scriptrunner(self, asked: RerunData) -> None:
        page_end._create_scriptrunner(Session.by_streamlit, self, asked)  # type: ignore[arg-type]

    def has_fragment(self, name: str) -> bool:
        return name in self.fragments

    def handle_backmsg_exception(self, error: BaseException) -> None:
        self.said.append(error)


def hears(session: Session, event: ScriptRunnerEvent) -> None:
    def by_streamlit(session: Session, *_: object) -> None:
        session._scriptrunner = None

    page_end._handle(by_streamlit, session, None, event)  # type: ignore[arg-type]


def ends(session: Session) -> None:
    hears(session, ScriptRunnerEvent.SHUTDOWN)


def asks(session: Session, *asked: RerunData) -> None:
    for one in asked:
        session._create_scriptrunner(one)


def test_parts_are_drawn_in_their_order_when_all_of_the_page_was_sent(begun: list[RerunData]) -> None:
    session = Session(Runner(takes=False))
    asks(session, PART, OTHER)
    hears(session, ScriptRunnerEvent.ENQUEUE_FORWARD_MSG)
    assert begun == []
    ends(session)
    assert begun == [PART] and session._scriptrunner is not None and session._scriptrunner.asked == [OTHER]
    ends(session)
    assert begun == [PART], "each is begun once"


def test_a_whole_page_asked_for_meanwhile_takes_the_place_of_parts_asked_for_before(begun: list[RerunData]) -> None:
    """Requests for fragments carry an older state of the widgets, and may belong to a page that was left."""
    session, whole = Session(Runner(takes=False)), RerunData(page_script_hash="tta")
    asks(session, PART)
    session._scriptrunner = None  # Streamlit drops the runner
    asks(session, whole)
    ends(session)
    assert begun == [whole]


@pytest.mark.parametrize(
    "meanwhile",
    [{"fragments": set()}, {"_state": AppSessionState.SHUTDOWN_REQUESTED}],
    ids=["the page has it no more", "the visitor has gone"],
)
def test_it_is_not_begun_for_nobody(meanwhile: dict[str, object], begun: list[RerunData]) -> None:
    session = Session(Runner(takes=False))
    asks(session, PART)
    vars(session).update(meanwhile)
    ends(session)
    assert begun == [] and session.said == []


def test_what_cannot_be_begun_is_said_on_the_page(begun: list[RerunData], monkeypatch: pytest.MonkeyPatch) -> None:
    def fails(*_: object) -> None:
        raise RuntimeError("can't start new thread")

    session = Session(Runner(takes=False))
    asks(session, PART)
    monkeypatch.setattr(Session, "by_streamlit", fails)
    ends(session)
    assert [str(error) for error in session.said] == ["can't start new thread"]


def test_a_first_run_is_begun_at_once(begun: list[RerunData]) -> None:
    asks(Session(None), PART)
    assert begun == [PART]
