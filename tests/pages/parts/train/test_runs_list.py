"""The list of runs: whose runs, in which order, how many, what each line says, and when it stops polling."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.runs import queue
from pages.shared.session.address import FOLLOWED
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts
from tests.pages.shared.runs.test_start import owner_of
from tests.runs.builders import started

PAGE = "train"
Visit = Callable[..., AppTest]


def finished(store: Store, recipe: Recipe, owner: str) -> str:
    run = store.queue.submit(recipe, owner=owner)
    claimed = store.queue.claim()
    assert claimed is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    store.log.append(run.id, 1, [started(1)])
    assert store.transitions.finish(run.id, 1, {"accuracy": 0.871, "n_valid": 500, "seconds": 43.0})
    queue.forget()  # pages share what was read for a second
    return run.id


def listed(app: AppTest) -> list[str]:
    """Ids of runs, in the order of the links to them."""
    links = [parse_qs(link.proto.query_string) for link in app.get("page_link")]
    return [query["run"][0] for query in links if "run" in query]


def test_nobodys_runs_say_so_and_ask_nothing_more(visit: Visit) -> None:
    assert "You have no runs yet" in texts(visit(PAGE))
    assert "None yet." in texts(visit(PAGE, runs="all"))


def test_ones_own_runs_are_listed_and_everyones_are_one_press_away(visit: Visit, store: Store, tiny: Recipe) -> None:
    other = finished(store, tiny, "web-" + "0" * 20)
    app = visit(PAGE)
    mine = finished(store, tiny.replace(seed=2), owner_of(app))
    assert listed(app.run()) == [mine]
    choice = next(group for group in app.button_group if group.key == "runs.whose")
    choice.set_value("all").run()
    assert app.query_params["runs"] in ("all", ["all"]) and listed(app) == [mine, other]
    assert listed(visit(PAGE, runs="all")) == [mine, other]


def test_a_line_says_result_with_n_cost_with_device_and_whose_it_is_without_the_token(
    visit: Visit, store: Store, tiny: Recipe
) -> None:
    finished(store, tiny, "web-" + "ab12" * 5)
    said = texts(visit(PAGE, runs="all")).replace("\\", "")
    assert "**87.1\u00a0%** :gray[of 500]" in said and "0:43 :gray[on CPU, 2 threads]" in said
    assert "visitor ab12 " in said and "ab12ab12" not in said
    assert "you " in texts_of_mine(visit, store, tiny)


def texts_of_mine(visit: Visit, store: Store, tiny: Recipe) -> str:
    app = visit(PAGE)
    finished(store, tiny.replace(seed=3), owner_of(app))
    return texts(app.run())


def test_those_that_wait_say_their_place_and_when_they_start(visit: Visit, store: Store, tiny: Recipe) -> None:
    for n in range(3):
        store.queue.submit(tiny.replace(seed=n), owner=f"pupil {n}", estimate_s=60)
    said = texts(visit(PAGE, runs="all"))
    assert "] next" in said and "] 2 of 3, in about 1 minute" in said and "] 3 of 3, in about 2 minutes" in said


def test_pinned_runs_stand_first_and_pages_are_bounded(visit: Visit, store: Store, tiny: Recipe) -> None:
    ids = []
    for n in range(23):
        ids.append(store.queue.submit(tiny.replace(seed=n), owner=f"pupil {n}").id)
        store.transitions.request_cancel(ids[-1])
    store.history.pin(ids[0])
    app = visit(PAGE, runs="all")
    assert listed(app) == [ids[0], *ids[:3:-1]] and len(listed(app)) == 20
    (pages,) = app.pagination
    pages.set_value(2).run()
    assert listed(app) == ids[3:0:-1] and app.query_params["at"] in ("2", ["2"])
    assert listed(visit(PAGE, runs="all", at="2")) == ids[3:0:-1]
    assert listed(visit(PAGE, runs="all", at="99")) == ids[3:0:-1]


@pytest.mark.long
@pytest.mark.parametrize("is_live", [True, False])
def test_the_list_asks_again_only_while_something_may_change(
    is_live: bool, visit: Visit, store: Store, tiny: Recipe, monkeypatch: pytest.MonkeyPatch
) -> None:
    import streamlit as st

    run = store.queue.submit(tiny, owner="pupil")
    if not is_live:
        store.transitions.request_cancel(run.id)
    asked = []
    whole = st.fragment
    monkeypatch.setattr(st, "fragment", lambda f, *, run_every=None: (asked.append(run_every), whole(f))[1])
    visit(PAGE, runs="all")
    assert (asked[-1] is not None) == is_live


def test_a_row_of_an_older_version_does_not_hide_the_others(visit: Visit, store: Store, tiny: Recipe) -> None:
    import sqlalchemy as sa

    from sota_core.runs.store import schema

    old, new = finished(store, tiny, "a"), finished(store, tiny.replace(seed=2), "b")
    with store.session.writing() as connection:
        change = sa.update(schema.run).where(schema.run.c.id == old).values(recipe='{"unknown": 1}')
        connection.execute(change)
    assert listed(visit(PAGE, runs="all")) == [new, old]


def test_runs_of_one_experiment_are_told_apart_in_every_list(visit: Visit, store: Store, tiny: Recipe) -> None:
    different = (tiny, tiny.replace(seed=2), tiny.replace(subset=0.5), tiny.replace(width=0.5, mixup_alpha=0.2))
    for recipe in different:
        finished(store, recipe, "a")
    lists = [("train", {"runs": "all"}), ("overview", {})]
    for page, address in lists:
        labels = [
            re.sub(r"(\d+ )?(seconds?|minutes?) ago", "", link.proto.label)
            for link in visit(page, **address).get("page_link")
            if "run=" in link.proto.query_string
        ]
        assert len(set(labels)) == len(labels) == len(different)
        assert sum("seed 2" in label for label in labels) == 1
        assert sum("50\u00a0% of the pictures" in label.replace("\\", "") for label in labels) == 1


def test_a_link_to_a_run_leaves_an_address_that_is_the_run_s_own(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = finished(store, tiny, "a")
    (link,) = visit(PAGE, runs="all").get("page_link")[-1:]
    led = {name: values[0] for name, values in parse_qs(link.proto.query_string).items()}
    assert led.pop(FOLLOWED) and led == {"run": run}
    shown = visit(PAGE, **led, link="1")  # a test has no browser whose address could lag behind
    assert {name: value if isinstance(value, str) else value[0] for name, value in shown.query_params.items()} == led
