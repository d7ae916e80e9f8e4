"""A room and a name go with a visitor."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.people import membership
from sota_core.people import answers
from sota_core.runs.store.store import Store
from tests.pages.conftest import turn
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


def test_a_name_that_was_taken_back_is_not_asked_for_again_on_the_way_through_another_room(
    visit: Visit, store: Store
) -> None:
    app = visit(PAGE)
    for room in ("FAST7", "SLOW8"):
        store.guesses.commit_next(room, owner=owner_of(app), value=0.6, nickname=f"Ada of {room}")
    app.query_params["room"] = "FAST7"
    app.run().text_input(key="room.name").set_value("").run()
    app.query_params["room"] = "SLOW8"
    assert app.run().text_input(key="room.name").value == "Ada of SLOW8"
    app.text_input(key="room.name").set_value("").run()
    app.query_params["room"] = "FAST7"
    assert app.run().text_input(key="room.name").value == ""


def test_what_the_teacher_reads_changes_by_typing_alone(visit: Visit, store: Store, home: Path) -> None:
    """Guessed as Ada, showing answers as Ada L.: a reload recalls the one and leaves the other."""
    app = visit(PAGE)
    me = owner_of(app)
    store.guesses.commit_next("FAST7", owner=me, value=0.6, nickname="Ada")
    assert answers.show(home, "FAST7", me, "Ada L.", "1")
    turn(app, "questionnaire").query_params["room"] = "FAST7"
    app.run()
    assert answers.own(home, "FAST7", me).name == "Ada L."
    app.text_input(key="questionnaire.name").set_value("Ada Lovelace").run()
    assert answers.own(home, "FAST7", me).name == "Ada Lovelace"


@pytest.mark.parametrize(
    ("said", "room", "anywhere"),
    [(None, "FAST7", {}), ("SLOW8", "SLOW8", {}), ("A-B", "FAST7", {"room": "FAST7"})],
)
def test_what_is_no_code_leaves_the_address_also_where_back_has_led(
    monkeypatch: pytest.MonkeyPatch, said: str | None, room: str, anywhere: dict[str, str]
) -> None:
    monkeypatch.setattr(membership.st, "session_state", {"room.code": "FAST7"})
    monkeypatch.setattr(membership.address, "given", lambda _: said)
    assert membership.carried() == ({"room": room}, anywhere)
