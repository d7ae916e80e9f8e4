"""A class in a room: the code is passed on, runs and guesses meet there, and nothing is revealed before its time."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.people import membership
from pages.shared.runs import guesses, room
from pages.shared.session import cached
from sota_core.people.rooms import is_drawn
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store.guesses import room_subject
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts, turn
from tests.runs.builders import ME, epoch
from tests.runs.told import begin, finish

PAGE, LAB = "room", "train"
Visit = Callable[..., AppTest]


def code_of(app: AppTest) -> str:
    value = app.query_params.get("room", "")
    return value if isinstance(value, str) else value[0]


def end(store: Store, run: Run, accuracy: float) -> None:
    assert begin(store).id == run.id
    finish(store, run.id, accuracy)


def test_a_teacher_opens_a_room_and_a_learner_joins_it(visit: Visit) -> None:
    teacher = visit(PAGE)
    teacher.button(key="room.new").click().run()
    code = code_of(teacher)
    assert is_drawn(code) and code in {heading.value for heading in teacher.header}
    assert f"/room?room={code}" in texts(teacher)
    learner = visit(PAGE)
    learner.text_input(key="room.join").set_value(code.lower()).run()
    learner.button(key="room.go").click().run()
    assert code_of(learner) == code
    learner.button(key="room.leave").click().run()
    assert code_of(learner) == "" and "Join one" in texts(learner)


def test_a_mistyped_code_is_asked_about_and_opens_no_room_by_itself(visit: Visit, store: Store) -> None:
    store.guesses.commit_next("FAST7", owner="ann", value=0.6)
    app = visit(PAGE)
    app.text_input(key="room.join").set_value("FAST8").run()
    app.button(key="room.go").click().run()
    assert code_of(app) == "" and "Nobody is in room FAST8" in texts(app)
    app.text_input(key="room.join").set_value("FAST7").run()
    assert "Nobody is in room" not in texts(app)
    app.button(key="room.go").click().run()
    assert code_of(app) == "FAST7" and "Nothing has happened in this room" not in texts(app)
    own = visit(PAGE)
    own.text_input(key="room.join").set_value("CLASS9B").run()
    own.button(key="room.go").click().run()
    own.button(key="room.anyway").click().run()
    assert code_of(own) == "CLASS9B"
    assert "Nothing has happened in this room yet" in texts(visit(PAGE, room="FAST8"))


def test_who_has_not_guessed_sees_how_many_have(visit: Visit, store: Store, tiny: Recipe) -> None:
    for i in range(3):
        store.guesses.commit_next("FAST7", owner=f"o{i}", value=0.6)
    assert "3 guesses so far" in texts(visit(PAGE, room="FAST7"))
    run = store.queue.submit(tiny, owner="web-" + "0" * 20, room="FAST7")
    store.guesses.commit_accuracy(run.id, owner="other", value=0.9)
    assert "1 guess so far" in texts(visit(LAB, run=run.id))


def test_a_guess_without_a_number_seals_nothing_and_says_what_comes_first(visit: Visit, store: Store) -> None:
    app = visit(PAGE, room="FAST7")
    app.button(key="guess.next.seal").click().run()
    assert not app.exception and "Enter a guess first, in percent." in texts(app)
    assert store.guesses.count(room_subject("FAST7")) == 0
    app.number_input(key="guess.next").set_value(61.0)  # typed and pressed at once: both come in one message
    app.button(key="guess.next.seal").click().run()
    assert store.guesses.count(room_subject("FAST7")) == 1 and "Enter a guess first" not in texts(app)


def test_a_form_goes_when_the_last_epoch_begins_without_a_press(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20)
    visit(LAB, run=run.id)
    begin(store)
    asked: list[str] = []
    monkeypatch.setattr(guesses.st, "rerun", lambda: asked.append("again"))
    guesses._count(run.id, run.id)  # what the browser asks for every ten seconds
    assert asked == []
    store.log.append(run.id, 1, [epoch(1), epoch(2)])
    cached.feeds.clear()
    guesses._is_open.clear()
    guesses._count(run.id, "")  # for a visitor who has guessed
    assert asked == []
    guesses._count(run.id, run.id)
    assert asked == ["again"]


def test_a_form_that_was_open_at_the_last_epoch_says_why_it_goes(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20)
    app = visit(LAB, run=run.id)
    assert begin(store).id == run.id
    store.log.append(run.id, 1, [epoch(1), epoch(2)])
    cached.feeds.clear()
    app.run()
    assert guesses.CLOSED in texts(app) and not [n for n in app.number_input if n.key == f"guess.value.{run.id}"]
    finish(store, run.id, 0.7)
    cached.feeds.clear()
    app.run()
    assert guesses.CLOSED in texts(app)
    assert guesses.CLOSED not in texts(visit(LAB, run=run.id))  # a later visitor never saw the form


def test_of_a_run_stopped_before_its_last_epoch_nobody_says_that_this_has_begun(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20)
    app = visit(LAB, run=run.id)
    assert "0 guesses so far" in texts(app)
    store.transitions.request_cancel(run.id)
    cached.feeds.clear()
    app.run()
    assert "Stopped" in texts(app) and guesses.CLOSED not in texts(app)


def test_the_board_compares_no_runs_of_other_pictures(visit: Visit, store: Store, tiny: Recipe) -> None:
    base = tiny.replace(preset="baseline")
    others = (base.replace(split="random20"), base.replace(source="imagenette2-160"), base.replace(seed=2))
    for recipe, accuracy in zip((base, *others), (0.7, 0.65, 0.64, 0.66), strict=True):
        end(store, store.queue.submit(recipe, owner="web-" + "0" * 20, room="FAST7"), accuracy)
    said = texts(visit(PAGE, room="FAST7"))
    assert "**65.0\u00a0%** | :gray[other pictures] |" in said and "**64.0\u00a0%** | :gray[other pictures] |" in said
    assert "**66.0\u00a0%** | :red[−4.0 points] |" in said


def test_the_code_goes_along_to_every_page(visit: Visit) -> None:
    app = visit(PAGE, room="FAST7")
    app.query_params.clear()
    turn(app, "mixup").run()
    assert code_of(app) == "FAST7" and not app.exception


@pytest.mark.parametrize("bad", ["<script>", "a b", "x", "y" * 40])
def test_what_is_no_code_is_no_room(visit: Visit, bad: str) -> None:
    app = visit(PAGE, room=bad)
    assert code_of(app) == "" and "Open a room" in texts(app)


def test_the_board_shows_the_room_s_runs_and_their_differences(visit: Visit, store: Store, tiny: Recipe) -> None:
    for preset, accuracy in (("baseline", 0.7), ("mixup", 0.65)):
        end(store, store.queue.submit(tiny.replace(preset=preset), owner="web-" + "0" * 20, room="FAST7"), accuracy)
    store.queue.submit(tiny, owner="elsewhere", room="OTHER")
    said = texts(visit(PAGE, room="FAST7"))
    assert "**70.0\u00a0%** | baseline | 71.0\u00a0% | 1:01 |" in said
    assert "**65.0\u00a0%** | :red[−5.0 points] | 66.0\u00a0% |" in said and "elsewhere" not in said


def test_an_owner_s_name_stays_in_its_cell_of_the_board(visit: Visit, store: Store, tiny: Recipe) -> None:
    end(store, store.queue.submit(tiny, owner="a|b\n| *c* |", room="FAST7"), 0.7)
    (row,) = [line for line in texts(visit(PAGE, room="FAST7")).splitlines() if "70.0\u00a0%" in line]
    assert r"| a\|b \| \*c\* \| |" in row


def test_a_run_stands_on_the_board_by_the_name_its_starter_gave(visit: Visit, store: Store, tiny: Recipe) -> None:
    in_room = visit(PAGE, room="FAST7")
    in_room.text_input(key="room.name").set_value("Ada").run()
    assert in_room.session_state[membership.NICKNAME] == "Ada"
    app = visit(LAB, room="FAST7")
    app.text_input(key="guess.before.name").set_value(" *A|da* ").run()
    assert app.text_input(key="guess.before.name").value == "*A|da*"
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs(room="FAST7")
    assert run.nickname == "*A|da*" and run.owner.startswith("web-")
    room.forget()
    assert r"| \*A\|da\* |" in texts(visit(PAGE, room="FAST7"))
    store.transitions.request_cancel(run.id)


def test_a_guess_is_sealed_then_opened_beside_the_result(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20, room="FAST7")
    store.guesses.commit_accuracy(run.id, owner="other", value=0.9, nickname="<b>*Eve*</b>")
    app = visit(LAB, run=run.id, room="FAST7")
    app.number_input(key=f"guess.value.{run.id}").set_value(72.5).run()
    app.text_input(key=f"guess.name.{run.id}").set_value("Ada").run()
    app.button(key=f"guess.seal.{run.id}").click().run()
    assert (
        "Your guess, **72.5\u00a0%**, is sealed" in texts(app) and "Eve" not in texts(app) and "90.0" not in texts(app)
    )
    end(store, run, 0.75)
    cached.feeds.clear()
    again = visit(LAB, run=run.id)
    assert "Closest: **Ada**, 2.5 points off." in texts(again) and not again.exception
    assert store.guesses.revealed(run.id)[1].nickname == "Ada"


def test_a_nickname_is_shown_as_it_was_typed_and_no_other_way(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20)
    store.guesses.commit_accuracy(run.id, owner="other", value=0.9, nickname="<b>*Eve*</b>")
    end(store, run, 0.9)
    assert r"\<b\>\*Eve\*\</b\>" in texts(visit(LAB, run=run.id))


def test_a_guess_past_its_time_is_refused(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="web-" + "0" * 20)
    app = visit(LAB, run=run.id)
    app.number_input(key=f"guess.value.{run.id}").set_value(72.5).run()
    store.queue.claim()
    store.transitions.begin(run.id, 1, **ME)
    store.log.append(run.id, 1, [epoch(1), epoch(2)])
    app.button(key=f"guess.seal.{run.id}").click().run()
    assert store.guesses.count(run.id) == 0 and not app.exception


def test_a_guess_before_start_goes_with_the_run_and_so_do_the_room_s(visit: Visit, store: Store) -> None:
    store.guesses.commit_next("FAST7", owner="ann", value=0.6, nickname="Ann")
    app = visit(LAB, room="FAST7")
    app.number_input(key="guess.before").set_value(80.0).run()
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs(room="FAST7")
    assert store.guesses.count(run.id) == 2 and store.guesses.count(room_subject("FAST7")) == 0
    assert store.guesses.own(run.id, run.owner).value == 0.8
    assert "Your guess, **80.0\u00a0%**, is sealed" in texts(app) and not app.exception
    store.transitions.request_cancel(run.id)


def test_of_two_runs_the_winner_is_guessed_and_told(visit: Visit, store: Store, tiny: Recipe) -> None:
    runs = [store.queue.submit(tiny.replace(seed=i), owner=f"web-{i:020x}", room="FAST7") for i in range(2)]
    app = visit(PAGE, room="FAST7")
    next(b for b in app.button if str(b.key).startswith("guess.duel.") and "seed 1" in b.label).click().run()
    assert "will win" in texts(app) and "sealed" in texts(app)
    for run, accuracy in zip(runs, (0.6, 0.7), strict=True):
        end(store, run, accuracy)
    room.forget()
    assert "seed 1** won, as 1 of 1 had predicted" in texts(visit(PAGE, room="FAST7")).replace("\\", "")


def test_the_room_s_address_is_there_as_a_qr_code(visit: Visit) -> None:
    app = visit(PAGE, room="FAST7")
    assert not app.get("image")
    for _ in range(2):  # it is still there when the page is drawn anew, as when a run begins
        app.run() if app.get("image") else app.button(key="room.qr").click().run()
        (image,) = app.get("image")
        assert "room?room=FAST7" in str(image.proto) and "svg" in str(image.proto)


def test_the_qr_code_is_closed_by_leaving_the_page_or_the_room(visit: Visit, store: Store) -> None:
    store.guesses.commit_next("FAST7", owner="ann", value=0.6)
    app = visit(PAGE, room="FAST7")
    app.button(key="room.qr").click().run()
    turn(app, LAB).run()
    turn(app, PAGE).run()
    assert code_of(app) == "FAST7" and not app.get("image")
    app.button(key="room.qr").click().run()
    assert app.get("image")
    app.button(key="room.leave").click().run()
    app.text_input(key="room.join").set_value("FAST7").run()
    app.button(key="room.go").click().run()
    assert code_of(app) == "FAST7" and not app.get("image") and not app.exception


def test_the_class_s_results_are_the_teacher_s(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch, made_outside
) -> None:
    store.queue.submit(tiny, owner=f"web-{'a' * 20}", room="FAST7")
    assert not visit(PAGE, room="FAST7").get("download_button")
    monkeypatch.setenv("SOTA_OPERATOR_TOKEN", "secret")
    app = visit(PAGE, room="FAST7")
    assert not app.get("download_button")
    app.text_input(key="operator.entered").set_value("secret")
    app.button[[b.label for b in app.button].index("Open the controls")].click().run()
    assert [b.key for b in app.get("download_button")] == [
        f"room.csv.{name}" for name in ("runs", "guesses", "answers")
    ]
    runs = made_outside("FAST7-runs.csv")
    assert runs.startswith("run,started,by,") and ",visitor aaaa," in runs
    assert made_outside("FAST7-guesses.csv").startswith("run,name,guess,")
    assert made_outside("FAST7-answers.csv").startswith("name,answered,right,")
