"""A room and a name stay with a visitor."""

import html
import json
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.runtime.context import ContextProxy
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
    again.session_state["owner.token"] = first.session_state["owner.token"]  # as the cookie brings it back
    again.query_params["room"] = "FAST7"
    assert again.run().text_input(key="room.name").value == "Ada"
    again.text_input(key="room.name").set_value("").run()
    assert again.run().text_input(key="room.name").value == ""  # an emptied name stays empty
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
    """The visitor guessed as Ada and showed answers as Ada L.: a reload restores the first name and leaves the second
    as it is.
    """
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
    [
        (None, "FAST7", {}),
        ("SLOW8", "SLOW8", {}),
        ("A-B", "FAST7", {"room": "FAST7"}),
        ("", "FAST7", {"room": "FAST7"}),
    ],
)
def test_what_is_no_code_leaves_the_address_also_where_back_has_led(
    monkeypatch: pytest.MonkeyPatch, said: str | None, room: str, anywhere: dict[str, str]
) -> None:
    monkeypatch.setattr(membership.st, "session_state", {"room.code": "FAST7"})
    monkeypatch.setattr(membership.address, "given", lambda _: said)
    assert membership.carried() == ({"room": room}, anywhere)


def comes_from(monkeypatch: pytest.MonkeyPatch, page: str, **cookies: str) -> None:
    monkeypatch.setattr(ContextProxy, "cookies", cookies)
    monkeypatch.setattr(ContextProxy, "url", f"http://lab/{page}")


def left_with_the_browser(app: AppTest) -> dict[str, list]:
    """name → [value, seconds] of each cookie that the page sets."""
    found = [re.search(r'data-cookie="([^"]*)"', element.proto.body) for element in app.get("html")]
    told = [json.loads(html.unescape(one[1])) for one in found if one]
    return {name: [text, seconds] for name, text, seconds, _ in told}


def test_a_link_that_names_no_room_keeps_whoever_came_into_one_today(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_from(monkeypatch, "train")
    app = visit("train", room="FAST7")
    assert left_with_the_browser(app) == {"sota_room": ["FAST7", 8 * 3600]}

    comes_from(monkeypatch, "train", sota_room="FAST7")
    store.guesses.commit_next("FAST7", owner=owner_of(app), value=0.6, nickname="Ada")
    me = app.session_state["owner.token"]
    app = visit("train", recipe="mixup")
    app.session_state["owner.token"] = me
    app.run()
    assert membership.NICKNAME not in app.session_state, "the next class may use the same machine"
    links = [link.proto for link in app.main.get("page_link")]
    assert any("**FAST7**" in link.label and "room=FAST7" in link.query_string for link in links)
    assert "room" not in app.query_params, "it would add an entry to the browser's history"
    assert left_with_the_browser(app) == {}
    comes_from(monkeypatch, "tta", sota_room="FAST7")
    assert turn(app, "tta").run().query_params["room"] == "FAST7"


def test_the_room_of_the_address_goes_before_that_of_the_browser_and_one_that_was_left_does_not_come_back(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    comes_from(monkeypatch, PAGE, sota_room="FAST7")
    app = visit(PAGE, room="SLOW8")
    assert app.header[0].value == "SLOW8"
    assert left_with_the_browser(app) == {"sota_room": ["SLOW8", 8 * 3600]}

    app = visit(PAGE)
    assert app.header[0].value == "FAST7"
    app.button(key="room.leave").click().run()
    assert left_with_the_browser(app) == {"sota_room": ["", 8 * 3600]}
    assert app.run().button(key="room.new")


@pytest.mark.parametrize("junk", ["A-B", "<script>", "x" * 5000, "'; DROP"])
def test_what_a_browser_brings_back_that_is_no_code_is_nothing(
    visit: Visit, monkeypatch: pytest.MonkeyPatch, junk: str
) -> None:
    comes_from(monkeypatch, PAGE, sota_room=junk)
    app = visit(PAGE)
    assert app.button(key="room.new") and not app.query_params.get("room")


def test_whoever_comes_by_the_code_again_has_eight_hours_again(visit: Visit, monkeypatch: pytest.MonkeyPatch) -> None:
    comes_from(monkeypatch, PAGE, sota_room="FAST7")
    assert left_with_the_browser(visit(PAGE, room="FAST7")) == {"sota_room": ["FAST7", 8 * 3600]}
