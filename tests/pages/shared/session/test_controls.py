"""Controls that keep their value in the address: what they show, what they write, and that one move writes once."""

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session.controls import another


def page() -> None:
    import streamlit as st

    from pages.shared.session import address
    from pages.shared.session.controls import choice, draw_again, number

    sets = {"a1": "Apples", "b2": "Bananas"}
    choice("Set", list(sets), "a1", name="set", words=sets.__getitem__, also=lambda _: {"at": None})
    now = number("At", 1, 9, 3, name="at", clamps=True)
    draw_again("at", now, key="again", n=9)
    st.slider("λ", 0.0, 1.0, 0.5, key="lam", bind="query-params")
    st.button("Both", key="both", on_click=address.move, args=({"at": 7, "lam": 0.25},))
    st.button("Two", key="two", on_click=address.move, args=({"at": 7, "set": "a1"},))


def opened(**address: str) -> AppTest:
    app = AppTest.from_function(page, default_timeout=240)
    app.query_params.update(address)
    return app.run()


def said(app: AppTest) -> dict[str, str]:
    return {name: value if isinstance(value, str) else value[-1] for name, value in app.query_params.items()}


@pytest.mark.parametrize(("asked", "shown"), [("b2", "b2"), ("Bananas", "a1"), ("", "a1"), ("c3", "a1")])
def test_a_choice_stands_in_the_address_by_its_id(asked: str, shown: str) -> None:
    assert opened(set=asked).selectbox[0].value == shown


@pytest.mark.parametrize(("asked", "shown"), [("5", 5), ("99", 9), ("0", 3), ("x", 3), ("9" * 5_000, 9), ("1e999", 3)])
def test_a_number_is_read_from_the_address_and_brought_below_the_highest(asked: str, shown: int) -> None:
    app = opened(at=asked)
    assert not app.exception and app.number_input[0].value == shown
    assert said(app)["at"] == asked  # only shown, not written back, so that Back still works


def test_what_is_moved_is_written_and_the_default_is_not() -> None:
    app = opened(at="5")
    app.selectbox[0].set_value("b2").run()
    assert said(app) == {"set": "b2"} and app.number_input[0].value == 3
    app.number_input[0].set_value(4).run()
    assert said(app) == {"set": "b2", "at": "4"}
    app.number_input[0].set_value(3).run()
    app.selectbox[0].set_value("a1").run()
    assert said(app) == {}


def test_a_bound_control_and_another_are_moved_alike() -> None:
    app = opened()
    app.button(key="both").click().run()
    assert not app.exception
    assert (app.number_input[0].value, app.slider[0].value) == (7, 0.25) and said(app)["at"] == "7"


def test_one_hand_s_changes_are_one_step_of_the_browser_s_history(monkeypatch: pytest.MonkeyPatch) -> None:
    from streamlit.runtime.state.query_params import QueryParams

    sent = []
    whole = QueryParams._send_query_param_msg
    monkeypatch.setattr(QueryParams, "_send_query_param_msg", lambda self: (sent.append(1), whole(self))[1])
    app = opened(at="5")
    assert sent == []
    app.selectbox[0].set_value("b2").run()
    assert sent == [1]
    app.button(key="two").click().run()
    assert sent == [1, 1] and said(app) == {"at": "7", "set": "a1"}


def test_another_seed_is_another_one_and_any_of_them() -> None:
    assert {another(3, 5) for _ in range(400)} == {0, 1, 2, 4}
    assert {another(9, 3) for _ in range(200)} == {0, 1, 2}  # a typed seed may be above the limit
    assert another(0, 1) == 0
