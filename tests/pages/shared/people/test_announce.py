"""What a live region announces: only what has changed since the visitor came."""

import json

from streamlit.testing.v1 import AppTest


def page() -> None:
    import streamlit as st

    from pages.shared.people.announce import announce

    announce(st.query_params.get("words", ""), of=st.query_params.get("of", "a run"), key="told")


def told(app: AppTest, **address: str) -> str:
    app.query_params.clear()
    for name, value in address.items():
        app.query_params[name] = value
    (component,) = app.run().get("bidi_component")
    return json.loads(component.proto.json)["words"]


def test_what_is_there_when_one_comes_is_not_told_and_what_it_becomes_is() -> None:
    app = AppTest.from_function(page)
    assert told(app, words="Running.") == "" and told(app, words="Running.") == ""
    assert told(app, words="Finished.") == "Finished." == told(app, words="Finished.")
    assert told(app, words="Finished.", of="another run") == ""
    assert told(app, words="Finished.") == "Finished."
