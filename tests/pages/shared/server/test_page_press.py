"""Two requests that reach a session before the first is begun: which page is drawn?"""

import pytest
from streamlit.proto.WidgetStates_pb2 import WidgetStates
from streamlit.runtime.scriptrunner_utils.script_requests import RerunData, ScriptRequests

from pages.shared.frame import frame
from pages.shared.server import page_press

TRAIN = RerunData(page_script_hash="train", query_string="recipe=mixup")


def part(page: str, fragment: str = "knobs", lam: float = 0.3) -> RerunData:
    """What a knob's rest asks for."""
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
    """Once it does not, pages/shared/server/page_press.py can go."""
    assert ScriptRequests.request_rerun is page_press._request_rerun and frame.page_press is page_press
    monkeypatch.setattr(ScriptRequests, "request_rerun", page_press._by_streamlit)
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
