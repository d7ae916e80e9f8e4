"""A row whose recipe or state this version cannot read, as after a rollback, harms no other run and no list."""

import pytest

from sota_core.analysis.control import control_of
from sota_core.analysis.room_board import board_rows
from sota_core.cli.export import FORMS
from sota_core.errors import RecipeError
from sota_core.runs import ladders
from sota_core.runs.dispatch import early
from sota_core.runs.dispatch.clearing import clear
from sota_core.runs.past import past
from sota_core.runs.states import State
from sota_core.runs.store import schema
from sota_core.runs.store.runs_page import board
from sota_core.runs.worker import worker
from sota_core.train.events import read
from tests.runs import trainers
from tests.runs.builders import ME, epoch, in_a_state_of_another_version, of_another_version
from tests.runs.told import finished_run, small_recipe


def finishes(recipe, settings, *, emit, should_stop, out_dir):
    return trainers.Outcome({"accuracy": 0.5}, {})


@pytest.fixture
def strange(store, recipe, clock):
    """A run with an unknown recipe, first in the queue."""
    run = store.queue.submit(recipe, owner="ann", room="FAST7")
    of_another_version(store, run.id)
    clock.pass_(1)
    return store.history.get(run.id)


def test_who_needs_the_recipe_is_told_which_run_and_why(strange):
    assert strange.known_recipe is None and strange.to_json()["recipe"]["knob_of_another_version"] == 1
    with pytest.raises(RecipeError, match=f"run {strange.id} was made by another version.*knob_of_another_version"):
        _ = strange.recipe


@pytest.mark.parametrize(
    "text", ['{"bs": 1}', '{"phases": [{"bs": []}]}', '{"source": {}}', '{"seed": 1e999}', "[]", ""]
)
def test_values_of_another_kind_are_another_version_s_too(store, strange, text):
    with store.session.writing() as connection:
        connection.execute(schema.run.update().values(recipe=text))
    assert store.history.get(strange.id).known_recipe is None


def test_the_dispatcher_ends_it_and_goes_on_with_the_next(strange, store, settings, recipe):
    other = store.queue.submit(recipe, owner="bob")
    assert early.start(store, settings, ("true",)) is not None  # prepares pictures for the run behind it
    for expected, code, state in ((strange, worker.FAILED, State.FAILED), (other, worker.FINISHED, State.FINISHED)):
        assert store.queue.claim().id == expected.id
        assert worker.main(expected.id, 1, settings, trainer=finishes) == code
        assert store.history.get(expected.id).state is state
    failed = store.history.get(strange.id)
    assert failed.reason == "error" and failed.message.startswith(f"run {strange.id} was made by another version")


def test_it_can_be_guessed_until_it_trains(strange, store):
    assert store.guesses.is_open(strange.id) and store.guesses.commit_accuracy(strange.id, owner="bob", value=0.5)
    store.queue.claim()
    assert store.transitions.begin(strange.id, 1, **ME)
    assert not store.guesses.is_open(strange.id) and store.guesses.bind("FAST7", strange.id) == 0


def test_finished_it_is_no_measure_for_others_and_its_files_are_exported(store, settings, tmp_path):
    run, other = (finished_run(store, small_recipe(seed=seed)) for seed in (1, 2))
    of_another_version(store, run.id)
    run = store.history.get(run.id)
    assert past(store) == [] and control_of(run, [other]) is None and control_of(other, [run]) is None
    assert sum(bool(row.otherwise) for row in board_rows([other, run], other)) == 1
    for form, write in FORMS.items():
        write(store, run.id, tmp_path / form)
    assert not (tmp_path / "files" / "recording.json").exists()


def test_a_ladder_of_it_can_be_stopped(store, recipe):
    run = store.queue.submit(recipe, owner=ladders.climber("ann"), key="ladder:tower:x:0")
    of_another_version(store, run.id)
    (tower,) = ladders.ladders(store)
    ladders.stop(store, "ann", tower)
    assert store.history.get(run.id).state is State.CANCELLED


def test_a_state_that_is_not_known_harms_no_list(store, recipe):
    run, other = (store.queue.submit(recipe, owner="ann", key=key, room="FAST7") for key in ("ladder:tower:x:0", "k"))
    in_a_state_of_another_version(store, run.id)
    found = store.history.get(run.id)
    assert found.state is State.UNKNOWN and found.is_terminal and "does not know" in found.reason_text
    shown = board(store)
    assert {run.id, other.id} == {one.id for one in store.history.list_runs()} == {one.id for one in shown.runs}
    assert shown.n_live == 1 and not ladders.ladders(store)[0].is_live
    counted = store.history.overview()[0]
    assert (counted[State.UNKNOWN], counted[State.QUEUED], sum(counted.values())) == (1, 1, 2)
    assert store.queue.submit(recipe, owner="ann", key="ladder:tower:x:0").id == run.id


def test_a_state_that_is_not_known_is_left_alone_until_somebody_deletes_it(store, settings, recipe, clock):
    run, other = (store.queue.submit(recipe, owner=owner) for owner in ("ann", "bob"))
    store.guesses.commit_accuracy(run.id, owner="cy", value=0.5)
    in_a_state_of_another_version(store, run.id)
    assert store.transitions.request_cancel(run.id).state is State.UNKNOWN
    assert store.queue.claim().id == other.id and store.queue.claim() is None
    # the run may still go on under the other version
    assert store.history.prune(clock.now + 1e9) == [] == store.guesses.revealed(run.id)
    assert store.history.delete(run.id) and not store.history.delete(other.id)


@pytest.mark.parametrize("text", ["[]", "7", "null", '"text"', '{"cut": ', ""])
def test_what_is_no_object_in_one_row_harms_no_list_and_no_chore(text, store, settings, tmp_path):
    run, other = (finished_run(store, small_recipe(seed=seed)) for seed in (1, 2))
    with store.session.writing() as connection:
        connection.execute(schema.run.update().where(schema.run.c.id == run.id).values(summary=text, recipe=text))
        connection.execute(schema.event.update().where(schema.event.c.run == run.id).values(data=text))
    shown = {one.id: one for one in store.history.list_runs()}
    assert [one.summary for one in (shown[run.id], shown[other.id])] == [{}, other.summary]
    assert [one.to_json()["recipe"] for one in (shown[run.id], shown[other.id])] == [{}, other.recipe.to_dict()]
    assert board(store).devices == {other.id: "CPU, 2 threads"} and past(store) == []
    events = store.log.events(run.id)
    assert events[0]["seq"] == 1 and all(read(event) is None for event in events)
    assert clear(store, settings) == []
    assert store.history.export(run.id, tmp_path)


def test_a_run_ends_though_an_event_of_it_is_no_object(store, recipe):
    run = store.queue.submit(recipe, owner="ann")
    store.queue.claim()
    assert store.transitions.begin(run.id, 1, **ME)
    store.log.append(run.id, 1, [epoch(1), epoch(2)])
    with store.session.writing() as connection:
        connection.execute(schema.event.update().where(schema.event.c.seq == 1).values(data="[]"))
    assert store.transitions.lose(run.id, 1, "killed", "gone")
    assert store.history.get(run.id).summary["n_epochs"] == 1
