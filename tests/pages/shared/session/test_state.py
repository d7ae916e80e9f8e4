"""A component's state costs nothing until it has sent something, and a widget looks up no state but its own."""

import builtins
import inspect
from typing import Any, cast

import pytest
from streamlit.components.v2.bidi_component import main
from streamlit.runtime.state import SafeSessionState, SessionState
from streamlit.testing.v1 import AppTest

from pages.shared.frame import frame
from pages.shared.session import state


def script() -> None:
    import streamlit as st

    from pages.shared.components.place import place

    for i in range(30):
        place(f"<p>{i}</p>", stage="s", key=f"place{i}")
    st.number_input("Seed", 0, 9, key="seed")  # by itself Streamlit would read the whole session's state


@pytest.fixture(autouse=True)
def in_force() -> None:
    assert frame.state is state  # the frame puts it in force


@pytest.mark.parametrize("is_ours", [True, False])
def test_no_class_is_made_for_a_component_that_has_sent_nothing(monkeypatch: pytest.MonkeyPatch, is_ours: bool) -> None:
    if not is_ours:  # Streamlit's own way: once it does better, `state` can be removed
        monkeypatch.setattr(main, "make_bidi_component_presenter", inspect.unwrap(main.make_bidi_component_presenter))
    app = AppTest.from_function(script, default_timeout=240).run()
    made: list[str] = []
    by_python = builtins.__build_class__

    def counted(body, name, *bases, **more):
        made.append(name)
        return by_python(body, name, *bases, **more)

    monkeypatch.setattr(builtins, "__build_class__", counted)
    app.run()
    assert not app.exception
    assert ("_WriteThrough" in made) is not is_ours


class Session:
    """As much of Streamlit's session as a presenter needs."""

    def __init__(self, sent: list | None) -> None:
        self._new_widget_state = Told(sent)


class Told(dict):
    def __init__(self, sent: list | None) -> None:
        super().__init__({"events": sent})
        self.widget_metadata = {"events": type("Metadata", (), {"value_type": "json_trigger_value"})}


def test_what_a_component_has_sent_is_in_its_state() -> None:
    present = main.make_bidi_component_presenter("events", "component", {"asked"})
    told = [{"event": "asked", "value": {"knob": "eps", "step": 3}}]
    assert present({"kept": 1}, cast(Any, Session(told))) == {"asked": {"knob": "eps", "step": 3}, "kept": 1}
    assert present({"kept": 1}, cast(Any, Session(None))) == {"kept": 1}


@pytest.mark.parametrize("is_ours", [True, False])
def test_a_field_looks_up_its_own_key_alone(monkeypatch: pytest.MonkeyPatch, is_ours: bool) -> None:
    if not is_ours:  # as above
        theirs = inspect.unwrap(vars(SafeSessionState)["filtered_state"].fget)
        monkeypatch.setattr(SafeSessionState, "filtered_state", property(theirs))
    app = AppTest.from_function(script, default_timeout=240).run()
    asked: list[str] = []
    whole = vars(SessionState)["filtered_state"]

    def counted(session: SessionState) -> dict[str, Any]:
        asked.append("all")
        return whole.fget(session)

    monkeypatch.setattr(SessionState, "filtered_state", property(counted))
    app.number_input(key="seed").set_value(3).run()
    assert not app.exception and app.number_input(key="seed").value == 3
    assert bool(asked) is not is_ours


def test_what_is_held_is_what_streamlit_puts_together() -> None:
    session = SessionState()
    session["seed"], session["$$STREAMLIT_INTERNAL_KEY_X"] = 3, 1
    safe = SafeSessionState(session, lambda: None)
    held = safe.filtered_state
    assert isinstance(held, state.Held)
    assert dict(held) == session.filtered_state == {"seed": 3} and len(held) == 1
    assert "seed" in held and held["seed"] == 3
    for key in ("$$STREAMLIT_INTERNAL_KEY_X", "unknown"):
        assert key not in held and held.get(key) is None
