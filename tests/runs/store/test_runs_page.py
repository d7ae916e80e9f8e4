"""Pages of the list of runs: order, limits, counts."""

import pytest

from sota_core.runs.store.runs_page import PAGE, board
from tests.runs.builders import started


@pytest.fixture
def many(store, recipe, clock):
    """45 runs of two owners, a second apart, none of them under way."""
    ids = []
    for n in range(45):
        run = store.queue.submit(recipe.replace(seed=n), owner=f"{'ann' if n % 3 else 'ben'}{n}")
        store.transitions.request_cancel(run.id)
        ids.append(run.id)
        clock.pass_(1)
    return ids


def test_pages_hold_every_run_once_the_newest_first(store, many):
    pages = [board(store, page=n) for n in (1, 2, 3)]
    assert [len(p.runs) for p in pages] == [PAGE, PAGE, 5]
    assert [run.id for p in pages for run in p.runs] == many[::-1]
    assert {(p.n_pages, p.n_runs, p.n_live) for p in pages} == {(3, 45, 0)}


def test_pinned_runs_stand_on_the_first_page(store, many):
    store.history.pin(many[3])
    assert [run.id for run in board(store).runs[:2]] == [many[3], many[-1]]
    store.history.pin(many[3], False)
    assert board(store).runs[0].id == many[-1]


@pytest.mark.long
@pytest.mark.parametrize(("asked", "given"), [(0, 1), (-7, 1), (99, 3)])
def test_a_page_there_is_not_is_the_nearest_there_is(asked, given, store, many):
    assert board(store, page=asked).page == given


def test_a_list_of_one_owner_counts_theirs_alone(store, recipe):
    store.queue.submit(recipe, owner="ann")
    store.queue.submit(recipe, owner="ben")
    mine = board(store, owners=["ann"])
    assert [run.owner for run in mine.runs] == ["ann"] and (mine.n_runs, mine.n_live) == (1, 1)
    assert board(store).n_live == 2
    nobody = board(store, owners=["cyd"])
    assert nobody.runs == () and (nobody.page, nobody.n_pages) == (1, 1)


def test_the_device_is_that_of_the_last_attempt_that_began(store, recipe, running):
    assert board(store).devices == {}
    store.log.append(running.id, 1, [started(1)])
    waiting = store.queue.submit(recipe, owner="ben")
    found = board(store)
    assert found.devices == {running.id: "CPU, 2 threads"} and waiting.id in {run.id for run in found.runs}
