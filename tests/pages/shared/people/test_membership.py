"""A room and a name go with a visitor."""

from collections.abc import Callable

from streamlit.testing.v1 import AppTest

from sota_core.runs.store.store import Store
from tests.pages.shared.runs.test_start import owner_of

PAGE = "room"
Visit = Callable[..., AppTest]


def test_who_loads_the_page_anew_is_still_called_by_their_name(visit: Visit, store: Store) -> None:
    first = visit(PAGE, room="FAST7")
    store.guesses.commit_next("FAST7", owner=owner_of(first), value=0.6, nickname="Ada")
    again = visit(PAGE)
    again.session_state["owner.token"] = first.session_state["owner.token"]  # as the cookie keeps it
    again.query_params["room"] = "FAST7"
    assert again.run().text_input(key="room.name").value == "Ada"
    again.text_input(key="room.name").set_value("").run()
    assert again.run().text_input(key="room.name").value == ""  # who empties it wants none
    stranger = visit(PAGE, room="FAST7")
    assert stranger.text_input(key="room.name").value == ""
