"""Two requests that reach a session before the first is begun: which page is drawn?"""

import inspect
from types import SimpleNamespace

import pytest
from streamlit import config
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.app_session import AppSession, AppSessionState
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state import SessionState

from pages.shared.frame import frame
from pages.shared.server import page_press, unheard

assert frame.page_press is page_press  # the frame puts it in force

TRAIN = RerunData(page_script_hash="train", query_string="recipe=mixup")


def part(page: str, fragment: str = "knobs", lam: float = 0.3) -> RerunData:
    """The request of a control that has come to rest."""
    states = WidgetStates()
    states.widgets.add(id="lam").double_value = lam
    return RerunData(page_script_hash=page, query_string="lam=0.3", fragment_id=fragment, widget_states=states)


def drawn(*asked: RerunData) -> RerunData:
    requests = ScriptRequests()
    assert all([requests.request_rerun(one) for one in asked])
    return requests.on_scriptrunner_ready().rerun_data


def test_a_page_pressed_for_is_drawn_though_the_page_before_asks_for_a_part_of_itself() -> None:
    found = drawn(TRAIN, part("mixup"), part("mixup", "follow"))
    assert (found.page_script_hash, found.query_string, found.fragment_id_queue) == ("train", "recipe=mixup", [])


def test_streamlit_itself_would_lose_the_press(monkeypatch: pytest.MonkeyPatch) -> None:
    """Once Streamlit does not, pages/shared/server/page_press.py can be removed."""
    monkeypatch.setattr(ScriptRequests, "request_rerun", inspect.unwrap(ScriptRequests.request_rerun))
    assert drawn(TRAIN, part("mixup")).page_script_hash == "mixup"


def test_parts_of_the_same_page_are_asked_for_as_before() -> None:
    both = drawn(part("mixup"), part("mixup", "follow", lam=0.4))
    assert both.fragment_id_queue == ["knobs", "follow"]
    assert both.widget_states is not None and both.widget_states.widgets[0].double_value == 0.4
    whole = drawn(RerunData(page_script_hash="mixup"), part("mixup"))
    assert whole.fragment_id_queue == [] and whole.query_string == "lam=0.3"
    assert whole.widget_states is not None and whole.widget_states.widgets[0].double_value == 0.3


def test_a_page_pressed_for_after_a_part_is_drawn() -> None:
    assert drawn(part("mixup"), TRAIN).page_script_hash == "train"


class Script:
    """A running script: it is told to stop, or what to run next."""

    def __init__(self) -> None:
        self.asked: list[RerunData] = []
        self.is_stopped = False

    def request_stop(self) -> None:
        self.is_stopped = True

    def request_rerun(self, asked: RerunData) -> bool:
        self.asked.append(asked)
        return True


class Session(AppSession):
    """As much of a session as a request for another run needs."""

    def __init__(self, page: str) -> None:
        self._state, self._client_state = AppSessionState.APP_IS_RUNNING, ClientState()
        self._pages_manager = SimpleNamespace(current_page_script_hash=page)
        self.script = self._scriptrunner = Script()
        self.begun: list[RerunData] = []

    def __del__(self) -> None:
        """Nothing to clean up."""

    def has_fragment(self, fragment_id: str) -> bool:
        return True

    def _create_scriptrunner(self, initial_rerun_data: RerunData) -> None:
        self.begun.append(initial_rerun_data)


def test_a_page_that_computes_is_left_at_once_and_one_on_it_waits_until_it_sends_something() -> None:
    assert config.get_option("runner.fastReruns") is False, "with fast reruns two scripts would run on one page at once"
    session = Session("mixup")
    session.request_rerun(ClientState(page_script_hash="train", query_string="recipe=mixup"))
    assert session.script.is_stopped and [one.page_script_hash for one in session.begun] == ["train"]
    for stays in (
        ClientState(page_script_hash="mixup"),
        ClientState(page_name="mixup"),
        ClientState(page_script_hash="train", fragment_id="a part that the page before has left"),
    ):
        session = Session("mixup")
        session.request_rerun(stays)
        assert not session.script.is_stopped and len(session.script.asked) == 1 and not session.begun


def test_a_new_session_that_asks_for_a_part_is_given_the_whole_page_all_the_same() -> None:
    """shared/server/come_back.py ensures it, which replaces the same method of Streamlit's as page_press.py."""
    session = Session("mixup")
    for _ in range(2):
        session.request_rerun(ClientState(page_script_hash="mixup", fragment_id="knobs"))
    assert [one.fragment_id for one in session.script.asked] == [None, "knobs"]


def test_of_back_it_is_told_as_it_comes_in_that_nothing_written_is_held_any_more() -> None:
    session = Session("mixup")
    session._session_state = SessionState()
    unheard._written(session._session_state.query_params)["seed"] = unheard._Written(["7"])
    session.request_rerun(ClientState(page_script_hash="mixup"))
    assert unheard._written(session._session_state.query_params)
    session.request_rerun(ClientState(page_script_hash="mixup", is_history_navigation=True))
    assert not unheard._written(session._session_state.query_params)


def test_streamlit_itself_would_wait_for_the_page_that_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(AppSession, "request_rerun", inspect.unwrap(AppSession.request_rerun))
    session = Session("mixup")
    session.request_rerun(ClientState(page_script_hash="train"))
    assert not session.begun and not session.script.is_stopped
