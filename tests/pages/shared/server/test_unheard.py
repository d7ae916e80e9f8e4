"""What a page has written into the address, and a request that the browser made before it received that."""

import inspect
import time
from types import SimpleNamespace

import pytest
from streamlit.proto.ClientState_pb2 import ClientState
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests
from streamlit.runtime.state import query_params
from streamlit.runtime.state.query_params import QueryParams

from pages.shared.frame import frame
from pages.shared.server import unheard
from pages.shared.session.address import FOLLOWED

BOUND = "eps"


assert frame.unheard is unheard  # the frame puts it in force


class Tab:
    """One session's query parameters, what the browser is told of them, and requests as it makes them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, query: str) -> None:
        self.told: list[str] = []
        self.context = SimpleNamespace(query_string="", is_history_navigation=False, enqueue=self._hear)
        for module in (query_params, unheard):
            monkeypatch.setattr(module, "get_script_run_ctx", lambda: self.context)
        self.parameters = QueryParams()
        self.parameters.bind_widget(BOUND, "widget", "double_value", "page")
        self.ask(query)

    def _hear(self, message: ForwardMsg) -> None:
        self.told.append(message.page_info_changed.query_string)

    def ask(self, query: str, *, is_back: bool = False, page: set[str] | None = None) -> dict[str, str]:
        """Make a request; returns the parameters that the page then sees."""
        self.context.query_string, self.context.is_history_navigation = query, is_back
        self.parameters.populate_from_query_string(query, page)
        return self.parameters.to_dict()


@pytest.fixture
def tab(monkeypatch: pytest.MonkeyPatch) -> Tab:
    return Tab(monkeypatch, "seed=42&size=64&eps=0.1")


def test_a_request_with_the_address_of_before_has_what_was_written_since(tab: Tab) -> None:
    tab.parameters.update({"seed": "7", "room": "A", "size": []})
    assert tab.told == ["seed=7&eps=0.1&room=A"]
    for _ in range(2):  # also a second time
        assert tab.ask("seed=42&size=64&eps=0.2") == {"seed": "7", "eps": "0.2", "room": "A"}
        assert sorted(tab.context.query_string.split("&")) == ["eps=0.2", "room=A", "seed=7"]
    assert len(tab.told) == 1, "the browser must not be told again"
    tab.parameters.update({"seed": "8"})
    assert tab.ask("seed=42&size=64&eps=0.2")["seed"] == tab.ask("seed=7&eps=0.2&room=A")["seed"] == "8"


def test_once_the_browser_has_heard_it_counts_what_that_says(tab: Tab) -> None:
    tab.parameters.update({"seed": "7"})
    assert tab.ask("seed=7&size=64&eps=0.1")["seed"] == "7"
    assert tab.ask("seed=42&size=64&eps=0.1")["seed"] == "42"


def test_so_does_what_it_says_that_nobody_has_written(tab: Tab) -> None:
    tab.parameters.update({"seed": "7"})
    assert tab.ask("seed=99&size=64&eps=0.1")["seed"] == "99"


def test_and_after_a_while(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    tab.parameters.update({"seed": "7"})
    now = time.monotonic()
    monkeypatch.setattr(unheard.time, "monotonic", lambda: now + unheard.HEARD_S + 1)
    assert tab.ask("seed=42&size=64&eps=0.1")["seed"] == "42"


@pytest.mark.parametrize(
    "how", [{"is_back": True}, {"page": {"page"}}, {"query": f"seed=42&{FOLLOWED}=1"}], ids=["back", "page", "link"]
)
def test_back_another_page_and_a_link_lead_to_the_address_they_say(tab: Tab, how: dict) -> None:
    tab.parameters.update({"seed": "7"})
    assert tab.ask(**{"query": "seed=42", **how})["seed"] == "42"
    assert tab.ask("seed=42")["seed"] == "42"


def test_back_counts_also_where_a_later_press_is_made_one_request_with_it(tab: Tab) -> None:
    """Streamlit then no longer says that it was Back: the page showed 7 while the address said 42."""
    tab.parameters.update({"seed": "7"})
    session = SimpleNamespace(_session_state=SimpleNamespace(query_params=tab.parameters))
    asked: list[ClientState] = []

    def ask(asks: ClientState) -> None:
        unheard._request_rerun(lambda _, passed: asked.append(passed), session, asks)  # type: ignore[arg-type]

    ask(ClientState(query_string="seed=42"))
    assert tab.ask("seed=42&size=64&eps=0.1")["seed"] == "7"
    ask(ClientState(query_string="seed=42", is_history_navigation=True))
    assert len(asked) == 2
    assert tab.ask("seed=42&size=64&eps=0.1")["seed"] == "42"
    requests = ScriptRequests()
    for is_back in (True, False):
        requests.request_rerun(RerunData(page_script_hash="page", is_history_navigation=is_back))
    assert not requests.on_scriptrunner_ready().rerun_data.is_history_navigation, "otherwise this is no longer needed"


def test_what_is_bound_is_the_browser_s_own(tab: Tab) -> None:
    """The browser writes it itself while a slider moves, before it sends its request."""
    tab.parameters.set_corrected_value(BOUND, 0.3, "double_value")
    assert tab.told == ["seed=42&size=64&eps=0.3"]
    assert tab.ask("seed=42&size=64&eps=0.1")[BOUND] == "0.1"


def test_streamlit_itself_takes_the_address_of_before(tab: Tab, monkeypatch: pytest.MonkeyPatch) -> None:
    """Once Streamlit does not, pages/shared/server/unheard.py can be removed."""
    theirs = inspect.unwrap(QueryParams.populate_from_query_string)
    monkeypatch.setattr(QueryParams, "populate_from_query_string", theirs)
    tab.parameters.update({"seed": "7"})
    assert tab.ask("seed=42&size=64&eps=0.1")["seed"] == "42"
