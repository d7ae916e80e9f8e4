"""A ladder in the queue: what it says while it waits, when runs of it fail, and when some are deleted."""

from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from pages.parts.compare.ladder_runs import there
from pages.shared.session import cached
from sota_core.recipes import Recipe
from sota_core.recipes.ladder import rung_of
from sota_core.runs.run import Run
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.parts.compare.test_ladder import PAGE, TINY, progress
from tests.pages.test_compare import address  # type: ignore[import-not-found]
from tests.runs.told import begin, finish

Visit = Callable[..., AppTest]


def forget() -> None:
    """Let what pages keep for a second, or ten, be too old."""
    st.cache_data.clear()
    cached.feeds.clear()


def anew(app: AppTest) -> AppTest:
    forget()
    app.run()
    assert not app.exception and not app.error
    return app


def climbed(visit: Visit, store: Store, n: int = 10) -> AppTest:
    """A ladder of ten runs of which n have finished."""
    app = visit(PAGE, **TINY)
    app.button(key="ladder.start").click().run()
    for i in range(n):
        finish(store, begin(store).id, 0.5 + i / 100)
    return anew(app)


def delete(store: Store, is_gone: Callable[[Run], bool]) -> None:
    assert all([store.history.delete(run.id) for run in store.history.list_runs() if is_gone(run)])
    forget()


def test_a_run_that_was_deleted_is_missed_and_trained_by_the_same_press(visit: Visit, store: Store) -> None:
    app = climbed(visit, store)
    assert "**10 of 10** runs have finished." in progress(app) and app.button(key="ladder.start").disabled
    delete(store, lambda run: (rung_of(run.recipe), run.recipe.seed) == ("mixup", 2))
    anew(app)
    assert "**9 of 10** runs have finished; 1 run was deleted." in progress(app) and "**1 run**" in texts(app)
    app.button(key="ladder.start").click().run()
    (run,) = store.history.list_runs(states=[State.QUEUED])
    assert (rung_of(run.recipe), run.recipe.seed) == ("mixup", 2) and "was deleted" not in progress(app)
    finish(store, begin(store).id, 0.5)
    assert "**10 of 10** runs have finished." in progress(anew(app)) and app.button(key="ladder.start").disabled


def test_a_link_to_a_ladder_that_lost_a_seed_can_complete_it(visit: Visit, store: Store) -> None:
    name = address(climbed(visit, store), "ladder")
    delete(store, lambda run: run.recipe.seed == 1)  # as the clearing does, which takes the oldest first
    app = visit(PAGE, view="ladder", ladder=name)
    assert "**5 of 10** runs have finished; 5 runs were deleted." in progress(app)
    app.button(key="ladder.again").click().run()
    assert {run.recipe.seed for run in store.history.list_runs(states=LIVE)} == {1} and store.history.count(LIVE) == 5
    assert "**5 of 10** runs have finished. Next run: **Waiting**" in progress(anew(app))


def test_what_waits_gives_the_reason_that_the_next_run_gives(
    visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    for pupil in ("ann", "bob"):  # theirs came first
        store.queue.submit(tiny, owner=pupil, estimate_s=60)
    app = climbed(visit, store, n=0)
    assert "**0 of 10** runs have finished. Next run: **Waiting**, number 3 of 12 in the queue, in" in progress(app)
    monkeypatch.setenv("SOTA_MIN_FREE_MB", "99999999")
    assert "Next run: **Waiting.** This machine has" in progress(anew(app))
    first = store.history.list_runs()[-3]  # after the pupils' own
    assert progress(visit("train", run=first.id)) in progress(app)


def test_runs_that_broke_are_named_and_linked(visit: Visit, store: Store) -> None:
    app = climbed(visit, store, n=1)
    failed = begin(store)
    assert store.transitions.fail(failed.id, 1, "error", "RuntimeError: boom")
    stopped = begin(store)
    store.transitions.request_cancel(stopped.id)
    assert store.transitions.cancel(stopped.id, 1)
    anew(app).button(key="ladder.stop").click().run()
    assert "9 runs ended early" in progress(app)
    links = {link.proto.label: parse_qs(link.proto.query_string)["run"] for link in app.get("page_link")[-3:-1]}
    assert links == {
        "+ Normalization, seed 1: failed": [failed.id],
        "+ Progressive resizing, seed 1: stopped": [stopped.id],
    }
    assert "boom" in texts(visit("train", run=failed.id))


def test_an_open_page_goes_on_when_a_run_is_deleted(visit: Visit, store: Store) -> None:
    app = climbed(visit, store, n=3)
    there()  # kept for a second, as for a page that is open
    assert store.history.delete(store.history.list_runs(states=[State.FINISHED])[0].id)
    cached.feeds.clear()
    app.run()
    assert not app.error and "**2 of 10** runs have finished" in progress(app) and "1 run was deleted" in progress(app)


def test_what_cannot_be_known_of_a_ladder_is_said(visit: Visit, store: Store) -> None:
    controls = TINY | {"equal": "seconds", "phases__0__n_epochs": "16", "phases__0__size": "96"}
    app = visit(PAGE, **controls)
    app.button(key="ladder.start").click().run()
    name = address(app, "ladder")
    for _ in range(10):
        finish(store, begin(store).id, 0.5)
    delete(store, lambda run: rung_of(run.recipe) == "mixup")
    app = visit(PAGE, view="ladder", ladder=name)
    assert "**8 of 10** runs have finished; 2 runs were deleted." in progress(app)
    assert app.button(key="ladder.again").disabled and "Set the controls as they stood" in texts(app)
    app = visit(PAGE, **controls)
    app.button(key="ladder.again").click().run()
    assert store.history.count(LIVE) == 2
