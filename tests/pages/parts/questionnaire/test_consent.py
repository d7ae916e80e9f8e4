"""What the teacher of a room sees of one's answers: only with consent, and never less because of another link."""

import hashlib
from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from sota_core.paths import ROOT
from sota_core.people import answers
from tests.pages.conftest import texts, turn

Visit = Callable[..., AppTest]
TOKEN = "a" * 32
ADA = "web-" + hashlib.sha256(TOKEN.encode()).hexdigest()[:20]


def ada_s_visit(**address: str) -> AppTest:
    """A visit of one and the same person to the questionnaire: a session that has seen no answer yet."""
    app = turn(AppTest.from_file(str(ROOT / "app.py"), default_timeout=240), "questionnaire")
    app.session_state["owner.token"] = TOKEN
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def answers_of(app: AppTest) -> str:
    value = app.query_params.get("a", "")
    return value if isinstance(value, str) else value[0]


def test_answers_are_kept_only_with_a_name_and_consent_and_taken_back(visit: Visit, home: Path) -> None:
    assert not [box for box in visit("questionnaire").checkbox if box.key == "questionnaire.shows"]
    app = visit("questionnaire", room="FAST7", a="a")
    assert app.checkbox(key="questionnaire.shows").disabled and not app.checkbox(key="questionnaire.shows").value
    app.text_input(key="questionnaire.name").set_value("Ada").run()
    assert answers.shown(home, "FAST7") == []
    app.checkbox(key="questionnaire.shows").check().run()
    assert [one.name for one in answers.shown(home, "FAST7")] == ["Ada"] and not app.exception
    app.checkbox(key="questionnaire.shows").uncheck().run()
    assert answers.shown(home, "FAST7") == []


def test_a_visit_that_begins_at_a_link_without_answers_goes_on_with_those_the_teacher_sees(
    visit: Visit, home: Path
) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "bc~a")
    app = ada_s_visit(room="FAST7", q="7")
    assert answers_of(app) == "bc~a" and not app.exception
    (kept,) = answers.shown(home, "FAST7")
    assert (kept.name, kept.word) == ("Ada", "bc~a")
    assert answers_of(ada_s_visit(room="FAST8", q="1")) == ""  # the teacher of another room was shown nothing
    assert answers_of(visit("questionnaire", room="FAST7")) == ""  # nor are they for others in the room


def test_a_link_s_answers_take_the_place_of_those_the_teacher_sees_only_when_one_says_so(home: Path) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "bc~a")
    app = ada_s_visit(room="FAST7", a="b", q="1")  # a classmate's link, or an old bookmark
    assert answers_of(app) == "b" and "The teacher sees other answers as those of Ada, not these." in texts(app)
    box = next(box for box in app.checkbox if not box.value and box.key != "questionnaire.shows")
    app = box.check().run()
    assert answers_of(app) != "b" and answers.shown(home, "FAST7")[0].word == "bc~a"
    app.text_input(key="questionnaire.name").set_value("Ada L").run()
    assert [(one.name, one.word) for one in answers.shown(home, "FAST7")] == [("Ada L", "bc~a")]
    app.button(key="questionnaire.instead").click().run()
    assert answers.shown(home, "FAST7")[0].word == answers_of(app) and not app.exception
    assert "The teacher sees your answers as those of Ada L." in texts(app)


def test_an_answer_that_is_given_is_seen_by_the_teacher_at_once(home: Path) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "b")
    app = ada_s_visit(room="FAST7", q="1")
    next(box for box in app.checkbox if not box.value and box.key != "questionnaire.shows").check().run()
    (kept,) = answers.shown(home, "FAST7")
    assert kept.word == answers_of(app) != "b" and not app.exception


def test_an_answer_taken_back_stays_away(home: Path) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "b")
    app = ada_s_visit(room="FAST7", q="1")
    next(box for box in app.checkbox if box.value and box.key != "questionnaire.shows").uncheck().run()
    app.run()
    assert answers_of(app) == "" and answers.shown(home, "FAST7")[0].word == ""


def cookie_visit(**address: str) -> AppTest:
    """As `ada_s_visit`, by a link that names no room: the browser's cookie does."""
    app = turn(AppTest.from_file(str(ROOT / "app.py"), default_timeout=240), "questionnaire")
    app.session_state["owner.token"] = TOKEN
    app.session_state["room.code"], app.session_state["room.by_cookie"] = "FAST7", True
    for name, value in address.items():
        app.query_params[name] = value
    return app.run()


def test_the_next_pupil_at_a_machine_neither_sees_nor_changes_the_last_one_s_sheet(home: Path) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "bc~a")
    app = cookie_visit(q="1")
    assert answers_of(app) == "" and "Ada" not in texts(app) and not app.exception
    assert "This browser already shows somebody's answers to the teacher of room FAST7" in texts(app)
    assert "questionnaire.shows" not in [box.key for box in app.checkbox]
    app = next(box for box in app.checkbox if not box.value).check().run()
    assert answers_of(app) and [(one.name, one.word) for one in answers.shown(home, "FAST7")] == [("Ada", "bc~a")]


def test_whoever_says_that_they_are_theirs_goes_on_with_them(home: Path) -> None:
    assert answers.show(home, "FAST7", ADA, "Ada", "bc~a")
    app = cookie_visit(q="7")
    app.button(key="questionnaire.mine").click().run()
    assert answers_of(app) == "bc~a" and app.checkbox(key="questionnaire.shows").value and not app.exception
    assert "The teacher sees your answers as those of Ada." in texts(app)


def test_a_full_room_says_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST", 0)
    app = ada_s_visit(room="FAST7", a="a")
    app.text_input(key="questionnaire.name").set_value("Ada").run()
    app.checkbox(key="questionnaire.shows").check().run()
    assert "Room FAST7 is full" in " ".join(toast.value for toast in app.toast)
    assert not app.checkbox(key="questionnaire.shows").value and answers.shown(home, "FAST7") == []


def test_too_many_rooms_are_said_so(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(answers, "MOST_ROOMS", 1)
    assert answers.show(home, "OTHER", ADA, "Ada", "a")
    app = ada_s_visit(room="FAST7", a="a")
    app.text_input(key="questionnaire.name").set_value("Ada").run()
    app.checkbox(key="questionnaire.shows").check().run()
    (toast,) = app.toast
    assert "untick that in one of them first, such as OTHER" in toast.value and not app.exception
    assert not app.checkbox(key="questionnaire.shows").value and answers.shown(home, "FAST7") == []


def test_a_room_in_which_only_answers_are_shown_is_known(visit: Visit, home: Path) -> None:
    """A lesson of the questionnaire alone, under a code that the teacher has made up."""
    mistyped = "you have mistyped its code"
    assert mistyped in texts(visit("room", room="FAST7"))
    assert answers.show(home, "FAST7", ADA, "Ada", "b")
    assert mistyped not in texts(visit("room", room="FAST7"))
