"""The ladder's view: one press queues it completely; a second press and a second visitor find the same ladder."""

import dataclasses
from collections.abc import Callable
from typing import Any
from urllib.parse import unquote

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from sota_core import settings as environment
from sota_core.data.sample.sample import SAMPLE, sample_classes
from sota_core.figures.runs.ladder import change
from sota_core.recipes.ladder import RUNGS, TRAINED, rung_of
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.states import LIVE, State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from tests.drawn_sample import draw_sample
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.test_compare import address, figure  # type: ignore[import-not-found]

PAGE = "compare"
Visit = Callable[..., AppTest]
# The ladder's address also holds the lab's settings: here a net that trains in a second.
TINY = {
    "view": "ladder", "source": "sample", "fit": "printed", "arch": "xresnet18", "width": "0.125", "subset": "0.06",
    "presize": "48", "device": "cpu", "tta_n": "1", "valid_limit": "50", "phases__0__size": "48", "phases__0__bs": "16",
    "phases__0__n_epochs": "3",
}  # fmt: skip


def progress(app: AppTest) -> str:
    return " ".join(p.proto.text for p in app.get("progress"))


def draw_small_sample(settings: Settings) -> None:
    """A set of 210 pictures in place of the whole sample, which takes eight seconds to draw; with a subset of 0.6 there
    are 96 to train on.
    """
    parts = (("train", 16), ("val", 5))
    names = [f"{part}/{name}/{i:03d}.jpg" for part, n in parts for name in sample_classes for i in range(n)]
    draw_sample(SAMPLE.folder(settings), names)


def test_before_the_first_press_the_plan_says_what_trains(visit: Visit) -> None:
    said = texts(visit(PAGE, **TINY))
    assert "**10 runs**" in said and "nothing: 1 more view of the runs above" in said
    assert "| + Progressive resizing | 1 at 32 px → 2 at 48 px | 3 |" in said
    assert "the official validation split" in said


def test_one_press_queues_every_rung_with_every_seed_and_a_second_nothing(visit: Visit, store: Store) -> None:
    app = visit(PAGE, **TINY)
    app.button(key="ladder.start").click().run()
    assert not app.exception
    runs = store.history.list_runs()
    assert sorted((rung_of(r.recipe) or "", r.recipe.seed) for r in runs) == sorted(
        (rung, seed) for rung in TRAINED for seed in (1, 2)
    )
    assert {r.recipe.split for r in runs} == {"official"} and {r.state for r in runs} == {State.QUEUED}
    assert "**0 of 10** runs have finished" in progress(app) and address(app, "ladder")
    assert app.button(key="ladder.start").disabled
    again = visit(PAGE, **TINY)  # another visitor with the same settings sees the same ladder
    assert again.button(key="ladder.start").disabled and "0 of 10" in progress(again)
    assert again.button(key="ladder.stop").disabled and store.history.count(LIVE) == 10


def test_a_ladder_begun_before_its_pictures_are_drawn_is_found_afterwards(visit: Visit, store: Store) -> None:
    visit(PAGE, **TINY | {"subset": "0.6"}).button(key="ladder.start").click().run()
    draw_small_sample(environment.load())
    st.cache_data.clear()  # pages keep for half a minute that there were no pictures
    app = visit(PAGE, **TINY | {"subset": "0.6"})
    assert app.button(key="ladder.start").disabled and "0 of 10" in progress(app)


@pytest.mark.long
def test_a_stopped_ladder_goes_on_where_it_stopped(visit: Visit, store: Store) -> None:
    app = visit(PAGE, **TINY)
    app.button(key="ladder.start").click().run()
    run = store.queue.claim()
    assert run is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    assert store.transitions.finish(run.id, 1, {"accuracy": 0.5, "n_valid": 500})
    app.button(key="ladder.stop").click().run()
    assert store.history.count(LIVE) == 0 and "**1 of 10** runs have finished; 9 runs ended early" in progress(app)
    app.button(key="ladder.again").click().run()
    assert store.history.count([State.QUEUED]) == 9 and len(store.history.list_runs()) == 19
    assert "ended early" not in progress(app)


def test_another_ladder_waits_until_the_first_has_ended(visit: Visit, store: Store) -> None:
    app = visit(PAGE, **TINY)
    app.button(key="ladder.start").click().run()
    next(g for g in app.button_group if g.key == "compare.seeds").set_value("3").run()
    assert address(app, "seeds") == "3" and address(app, "ladder") is None
    app.button(key="ladder.start").click().run()
    assert "Another ladder of yours is under way" in app.warning[0].value and store.history.count(LIVE) == 10


def test_ones_own_runs_keep_their_own_quota(visit: Visit, store: Store, tiny) -> None:
    app = visit(PAGE, **TINY)
    app.button(key="ladder.start").click().run()
    climber = store.history.list_runs()[0].owner
    page = visit("train")
    page.button(key="lab.start").click().run()
    assert not page.exception and any(r.owner != climber for r in store.history.list_runs())


@pytest.mark.parametrize(
    ("name", "value"),
    [("seeds", "3"), ("seed", "40"), ("equal", "seconds"), ("fit", "120"), ("source", "imagenette2-160")],
)
def test_every_control_is_in_the_address_and_comes_back(name: str, value: str, visit: Visit) -> None:
    app = visit(PAGE, view="ladder")
    kinds = (app.button_group, app.number_input, app.selectbox)
    keys = {"seed": "ladder.seed", "source": "address.source"}
    widget = next(w for kind in kinds for w in kind if w.key == keys.get(name, f"compare.{name}"))
    widget.set_value(int(value) if name == "seed" else value).run()  # type: ignore[arg-type]
    assert address(app, name) == value
    again = visit(PAGE, view="ladder", **{name: value})
    assert [m.value for m in again.markdown] == [m.value for m in app.markdown]


@pytest.mark.parametrize(
    ("lang", "fit", "shown"),
    [
        ("en", "600", ["½", "1", "2", "5", "15", "10"]),
        ("de", "45", ["½", "1", "2", "5", "15", "0,75"]),
        ("de", "printed", ["½", "1", "2", "5", "15", "gedruckt"]),
        ("en", "abc", ["½", "1", "2", "5", "15"]),
        ("en", "-1", ["½", "1", "2", "5", "15"]),
    ],
)
def test_a_fit_of_an_address_is_shown_in_minutes_and_what_is_none_is_dropped(
    lang: str, fit: str, shown: list[str], visit: Visit
) -> None:
    app = visit(PAGE, view="ladder", source="sample", fit=fit, lang=lang)
    minutes = next(g for g in app.button_group if g.key == "compare.fit")
    assert [option.content for option in minutes.proto.options] == shown
    assert minutes.value == (fit if len(shown) == 6 else "60")
    trained = visit("train", source="sample", fit=fit, lang=lang)  # the lab calls it the same
    in_lab = [option.content for option in next(g for g in trained.button_group if g.key == "lab.fit").proto.options]
    assert in_lab[:4] == ["1", "2", "5", "15"] and (shown[-1] in in_lab)


def test_what_cannot_be_climbed_is_explained_and_cannot_be_started(visit: Visit) -> None:
    app = visit(PAGE, **(TINY | {"phases__0__n_epochs": "2"}))
    assert "at least 3 epochs" in app.warning[0].value.replace("\\", "") and app.button(key="ladder.start").disabled


def test_a_ladder_that_is_gone_says_so(visit: Visit) -> None:
    assert "not here any more" in texts(visit(PAGE, view="ladder", ladder="0000000000"))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")  # warnings of fastai and torch about tensors
def test_from_one_press_to_the_waterfall_with_real_runs(visit: Visit, store: Store) -> None:
    from sota_core.train.fit import run_recipe

    def train(*args: Any, **options: Any) -> Any:  # no exports: ten take a minute, and none is read here
        return dataclasses.replace(run_recipe(*args, **options), export=None)

    settings = environment.load()
    draw_small_sample(settings)
    app = visit(PAGE, **TINY | {"subset": "0.6"})
    app.button(key="ladder.start").click().run()
    supervisor = Supervisor(store, InlineExecutor(settings, train), settings)
    for _ in range(40):
        supervisor.tick()
        if not store.history.count(LIVE):
            break
    runs = store.history.list_runs()
    assert [r.state for r in runs] == [State.FINISHED] * 10, [r.message for r in runs]
    app.run()
    assert not app.exception and "**10 of 10** runs have finished" in progress(app)
    # means and steps computed again with NumPy, from what the runs wrote
    means = []
    for rung in RUNGS:
        own = [
            r.summary["tta_accuracy" if rung.with_tta else "accuracy"] for r in runs if rung_of(r.recipe) == rung.trains
        ]
        assert len(own) == 2
        means.append(np.mean(own))
        sd = 100 * np.std(own, ddof=1)
        assert f"| {rung.title} | **{100 * means[-1]:.1f}\u00a0%** ± {sd:.1f} (2) |" in texts(app)
    drawn = figure(app, "bands")
    assert [end["x"] for end in drawn["ends"]] == pytest.approx(means)
    assert len(drawn["bands"]) == 5 and len(drawn["seeds"]) == 12
    labels = [text["text"].partition(" ")[0] for text in drawn["texts"]]
    assert labels[1:] == [change(step) for step in np.diff(means)]
    links = [unquote(link.proto.query_string) for link in app.get("page_link")]
    assert any(all(r.id in link for r in runs) for link in links)
