"""A fold: its label, its content while it is closed, and what opens it and keeps it open."""

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.shared.frame.fold import fold, lead_into

    title = st.session_state.get("title", "Spread")
    with fold(title, "how it is drawn", holds=("test.alpha", "test.seed")):
        st.slider("α", 0.0, 1.0, 0.4, key="test.alpha", bind="query-params")
    with fold("Code", "to copy"):
        st.markdown("`x = 1`")
    st.button("Show α", on_click=lambda: lead_into(["test.alpha"]))


def opened(app: AppTest) -> dict[str, bool]:
    return {fold.label: fold.proto.expanded for fold in app.expander}


def test_a_fold_is_closed_under_its_sentence_and_holds_what_is_in_it() -> None:
    app = AppTest.from_function(page).run()
    assert opened(app) == {"**Spread**: how it is drawn": False, "**Code**: to copy": False}
    assert app.expander[1].markdown[0].value == "`x = 1`"


def test_an_address_opens_the_fold_its_control_stands_in_and_no_other() -> None:
    app = AppTest.from_function(page)
    app.query_params["test.seed"] = "3"
    assert list(opened(app.run()).values()) == [True, False]


def test_it_stays_open_when_the_value_goes_back_to_its_default() -> None:
    app = AppTest.from_function(page)
    app.query_params["test.alpha"] = "0.5"
    app.run()
    del app.query_params["test.alpha"]
    app.slider[0].set_value(0.4).run()
    assert list(opened(app).values()) == [True, False]


def test_in_another_language_it_is_open_too() -> None:
    app = AppTest.from_function(page)
    app.query_params["test.alpha"] = "0.5"
    app.run()
    del app.query_params["test.alpha"]
    app.session_state["title"] = "Streuung"
    app.slider[0].set_value(0.4).run()
    assert opened(app) == {"**Streuung**: how it is drawn": True, "**Code**: to copy": False}


def test_a_press_that_sets_its_control_opens_it_in_the_same_run() -> None:
    app = AppTest.from_function(page).run()
    app.button[0].click().run()
    assert list(opened(app).values()) == [True, False]
