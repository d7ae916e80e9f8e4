"""Durations of finished runs, as the estimate reads them: only of this machine, and only of runs that recorded them."""

import pytest

from sota_core.runs.past import past, taken
from sota_core.runs.states import State
from sota_core.runs.store.store import Store

SUMMARY = {"n_train": 72, "n_valid": 24, "prepare_s": 0.4, "seconds": 3.0, "answers_s": 0.5}


@pytest.fixture
def store(settings):
    with Store(settings) as opened:
        yield opened


def finished(store, recipe, summary, host="here"):
    run = store.queue.submit(recipe, owner="a", state=State.STARTING)
    assert store.transitions.begin(run.id, 1, pid=1, birth=None, host=host)
    assert store.transitions.finish(run.id, 1, summary)
    return store.history.get(run.id)


def test_the_parts_of_a_run_are_read_back(store, tiny_recipe):
    run = finished(store, tiny_recipe, SUMMARY)
    found = taken(run)
    assert found is not None and found.recipe == tiny_recipe
    assert (found.n_train, found.n_valid, found.reading, found.fit, found.answers) == (72, 24, 0.4, 3.0, 0.5)
    assert found.export == 0.0  # the run took less than the sum of its parts; never negative


@pytest.mark.parametrize(("quickest_s", "fit"), [(51.2, 66.56), (600.0, 666.4), (0.0, 666.4)])
def test_a_run_that_was_kept_waiting_counts_by_its_quickest_epochs(store, tiny_recipe, quickest_s, fit):
    """Its epochs took 518, 111, 24 and 12.8 s, because other work ran beside it. If all epochs are equally slow,
    nothing is deducted.
    """
    found = taken(finished(store, tiny_recipe, SUMMARY | {"seconds": 666.4, "quickest_s": quickest_s}))
    assert found is not None and found.fit == pytest.approx(fit)


def test_other_machines_and_older_versions_are_left_out(store, tiny_recipe):
    finished(store, tiny_recipe, SUMMARY, host="elsewhere")
    finished(store, tiny_recipe, {k: v for k, v in SUMMARY.items() if k != "answers_s"})
    store.queue.submit(tiny_recipe, owner="a")
    mine = finished(store, tiny_recipe.replace(seed=9), SUMMARY)
    assert [p.recipe.seed for p in past(store, "here")] == [mine.recipe.seed]
