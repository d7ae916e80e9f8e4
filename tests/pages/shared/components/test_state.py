"""A component's state costs nothing until it has sent something, and then is Streamlit's."""

import builtins
from typing import Any, cast

import pytest
from streamlit.components.v2.bidi_component import main
from streamlit.testing.v1 import AppTest

from pages.shared.components import state


def script() -> None:
    import streamlit as st

    from pages.shared.components.place import place

    for i in range(30):
        place(f"<p>{i}</p>", stage="s", key=f"place{i}")
    st.number_input("Seed", 0, 9, key="seed")  # asks for the state of the whole session


@pytest.mark.parametrize("is_ours", [True, False])
def test_no_class_is_made_for_a_component_that_has_sent_nothing(monkeypatch: pytest.MonkeyPatch, is_ours: bool) -> None:
    if not is_ours:  # what Streamlit does by itself: once it does better, `state` can go
        monkeypatch.setattr(main, "make_bidi_component_presenter", state._by_streamlit)
    app = AppTest.from_function(script, default_timeout=30).run()
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
    """As much of Streamlit's as a presenter asks for."""

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
