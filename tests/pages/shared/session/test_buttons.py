"""A press is acted on once, for the button as it was when pressed, however often the script restarts before."""

import time

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import buttons


def script() -> None:
    import streamlit as st

    from pages.shared.session import buttons

    state = st.session_state
    of = state.setdefault("of", "first")
    state.setdefault("done", [])
    if state.get("interruptions", 0):  # as when the browser asks for another run before the script reaches its button
        state.interruptions -= 1
        state.of = "changed meanwhile"
        st.rerun()
    state.told = st.button("Plain", key="plain")
    buttons.button("Go", of, key="go")
    st.caption("something else is drawn")
    with buttons.pressed("go") as pressed:
        if pressed is not None:
            state.done.append(pressed)


@pytest.fixture
def app() -> AppTest:
    return AppTest.from_function(script, default_timeout=240).run()


def test_a_press_is_told_once(app: AppTest) -> None:
    assert app.session_state.done == []
    assert app.button(key="go").click().run().session_state.done == ["first"]
    assert app.run().session_state.done == ["first"]
    assert app.button(key="go").click().run().session_state.done == ["first", "first"]


@pytest.mark.parametrize("interruptions", [1, 3])
def test_a_press_outlives_runs_that_ended_above_the_button(app: AppTest, interruptions: int) -> None:
    app.session_state["interruptions"] = interruptions
    app.button(key="go").click().run()
    assert app.session_state.done == ["first"], "it must act on what was on the screen"
    assert app.run().session_state.done == ["first"]


def test_a_press_is_waiting_until_it_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buttons.st, "session_state", {})
    buttons._note("pair.1", "one")
    buttons._note("other", "two")
    assert buttons.waiting("pair.") == ["pair.1"]
    with buttons.pressed("pair.1") as about:
        assert about == "one"
    assert buttons.waiting("pair.") == [] and buttons.waiting("") == ["other"]


def test_streamlit_s_own_button_does_lose_it(app: AppTest) -> None:
    """Once it does not, buttons.py is no longer needed."""
    assert app.button(key="plain").click().run().session_state.told is True
    app.session_state["interruptions"] = 1
    assert app.button(key="plain").click().run().session_state.told is False


def test_a_press_nobody_came_to_is_forgotten_after_a_while(app: AppTest, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(buttons, "HOLDS_S", 3600.0)  # so long that the run's own time does not matter
    for later, done in ((1800.0, ["first"]), (3601.0, ["first"])):
        now = time.monotonic()
        app.session_state["pressed"] = {"go": (now - later, "first")}
        assert app.run().session_state.done == done
