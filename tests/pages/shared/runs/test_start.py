"""From the Start button to the queue: what is submitted, by whom, and what a refusal says.

No dispatcher is started here: the test holds its lock, so what is queued stays queued.
"""

import hashlib
import shutil
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest
from streamlit.runtime.context import ContextProxy, StreamlitHeaders
from streamlit.testing.v1 import AppTest

from pages.shared.people import owner
from pages.shared.runs import start
from pages.shared.runs.start import refusal_words, title_of
from pages.shared.session import cached
from sota_core import settings as environment
from sota_core.errors import QuotaError
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Recipe
from sota_core.recipes.draft import Pictures, compose
from sota_core.runs.states import State
from sota_core.runs.store.reuse import earlier_run, pictures_now
from sota_core.runs.store.store import Store

PAGE = "train"
Visit = Callable[..., AppTest]


def owner_of(app: AppTest) -> str:
    return "web-" + hashlib.sha256(app.session_state["owner.token"].encode()).hexdigest()[:20]


@pytest.mark.parametrize("key", ["lab.start", "lab.start_below"])
def test_start_queues_exactly_the_recipe_on_the_screen_and_goes_to_it(visit: Visit, store: Store, key: str) -> None:
    app = visit(PAGE, recipe="mixup", label_smoothing="0.1", seed="7")
    app.button(key=key).click().run()
    assert not app.exception
    (run,) = store.history.list_runs()
    address = {"recipe": "mixup", "label_smoothing": "0.1", "seed": "7"}
    assert run.recipe == compose(address, Pictures("sample", 1500, 500), DEFAULT_THROUGHPUT).recipe
    assert run.state is State.QUEUED and run.owner == owner_of(app) and run.estimate_s
    shown = app.query_params["run"]
    assert (shown if isinstance(shown, str) else shown[0]) == run.id


@pytest.mark.long
@pytest.mark.parametrize(("later_s", "changes", "n"), [(1.0, {}, 1), (1.0, {"seed": "8"}, 2), (3.0, {}, 2)])
def test_the_second_half_of_a_double_click_starts_nothing_though_the_first_has_queued_its_run(
    later_s: float, changes: dict[str, str], n: int, visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(start, "time", SimpleNamespace(monotonic=lambda: now[0]))
    now = [100.0]
    app = visit(PAGE, recipe="mixup", seed="7")
    app.button(key="lab.start").click().run()
    del app.query_params["run"]
    app.query_params |= {"recipe": "mixup", "seed": "7"} | changes
    app.run()
    now[0] += later_s
    app.button(key="lab.start").click().run()
    runs = store.history.list_runs()
    shown = app.query_params["run"]
    assert len(runs) == n and (shown if isinstance(shown, str) else shown[0]) == runs[0].id


def test_a_number_sent_with_the_press_itself_is_what_is_run(visit: Visit, store: Store) -> None:
    """A press on Start also leaves the field in which a number was typed: the browser sends both at once."""
    app = visit(PAGE, recipe="mixup")
    app.number_input(key="knob.phases.0.bs").set_value(24)
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs()
    assert [phase.bs for phase in run.recipe.phases] == [24]


@pytest.mark.parametrize("bs", [2048, 1, 1024])
def test_a_number_that_cannot_be_run_starts_nothing_when_it_is_sent_with_the_press(
    bs: int, visit: Visit, store: Store
) -> None:
    app = visit(PAGE, recipe="mixup", subset="0.1")
    app.number_input(key="knob.phases.0.bs").set_value(bs)
    app.button(key="lab.start").click().run()
    assert not app.exception and store.history.list_runs() == []


def test_the_first_experiment_is_one_press_from_the_first_screen(visit: Visit, store: Store) -> None:
    visit().button(key="home.run").click().run()
    (run,) = store.history.list_runs()
    assert run.recipe.preset == "baseline" and run.recipe.source == "sample"


def test_a_waiting_run_says_its_place(visit: Visit, store: Store, tiny: Recipe) -> None:
    store.queue.submit(tiny, owner="a", estimate_s=60)
    second = store.queue.submit(tiny.replace(seed=2), owner="b", estimate_s=60)
    app = visit(PAGE, run=second.id)
    said = " ".join(p.proto.text for p in app.get("progress"))
    assert "number 2 of 2" in said and "about 1 minute" in said


def test_a_full_quota_is_explained_where_the_button_stands(visit: Visit, store: Store, tiny: Recipe) -> None:
    app = visit(PAGE)
    app.button(key="lab.draw").click().run()
    for seed in range(3):
        store.queue.submit(tiny.replace(seed=seed), owner=owner_of(app))
    app.button(key="lab.start").click().run()
    assert "0 runs under way and 3 waiting" in app.warning[0].value and "stop one" in app.warning[0].value
    assert store.history.count([State.QUEUED]) == 3


def test_visitors_without_cookies_share_the_limit_of_their_address(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_MAX_PER_ADDRESS", "2")
    monkeypatch.setattr(ContextProxy, "ip_address", "203.0.113.7")
    for _ in range(2):
        visit(PAGE).button(key="lab.start").click().run()
    app = visit(PAGE).button(key="lab.start").click().run()
    assert "2 runs from your network address are under way or waiting" in app.warning[0].value
    monkeypatch.setattr(ContextProxy, "ip_address", "203.0.113.8")
    visit(PAGE).button(key="lab.start").click().run()
    assert store.history.count([State.QUEUED]) == 3
    assert "203.0.113" not in (environment.load().home / "runs.db").read_bytes().decode(errors="ignore")


def test_who_comes_by_a_proxy_of_this_machine_s_that_is_not_named_is_not_at_this_machine(
    visit: Visit, store: Store, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setenv("SOTA_MAX_PER_ADDRESS", "1")
    monkeypatch.setattr(ContextProxy, "ip_address", None)
    owner._tell_of_a_proxy.cache_clear()
    for said, n in (("127.0.0.1", 1), ("127.0.0.1", 2), ("203.0.113.7", 3), ("203.0.113.8", 3)):
        monkeypatch.setattr(ContextProxy, "headers", StreamlitHeaders([("x-forwarded-for", said)]))
        app = visit(PAGE).button(key="lab.start").click().run()
        assert store.history.count([State.QUEUED]) == n
    assert "from your network address are under way" in app.warning[0].value
    assert len([one for one in caplog.records if "SOTA_TRUSTED_PROXIES does not name" in one.getMessage()]) == 1


def test_a_full_queue_and_a_run_too_large_are_told_from_ones_own_quota() -> None:
    too_large = QuotaError("this run is too large; choose fewer epochs", limit=10**11)
    assert refusal_words(too_large, n_mine=3, n_waiting=2) == "This run is too large; choose fewer epochs."
    full = QuotaError("the queue is full (500 runs); try again later", limit=500)
    assert refusal_words(full, n_mine=0, n_waiting=0) == "The queue is full (500 runs); try again later."
    assert "You have 1 run under way and 2 waiting" in refusal_words(QuotaError("", limit=3), n_mine=3, n_waiting=2)


@pytest.fixture
def folder(tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of pictures that the operator offers, and that a test may change."""
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    return Path(shutil.copytree(tiny_folder, tmp_path / "roots" / "mine"))


def offered(app: AppTest) -> list[str]:
    return [link.proto.label for link in app.get("page_link") if "Trained already" in link.proto.label]


def test_an_identical_finished_run_is_offered_before_it_is_trained_again(
    visit: Visit, store: Store, folder: Path
) -> None:
    app = visit(PAGE, source=str(folder))
    assert offered(app) == [] and not app.button(key="lab.start").disabled
    app.button(key="lab.start").click().run()
    (run,) = store.history.list_runs()
    store.queue.claim()
    assert run.recipe.source == str(folder) and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    pictures = pictures_now(str(folder), environment.load())
    assert pictures is not None
    store.log.identify(run.id, 1, data=pictures)
    assert store.transitions.finish(run.id, 1, {"accuracy": 0.871, "n_valid": 500})
    (said,) = offered(visit(PAGE, source=str(folder)))
    assert "**87.1\u00a0%** of 500" in said and "Same recipe, pictures, seed and code" in said
    # `train --reuse` uses the same function
    assert earlier_run(store, run.recipe, pictures) is not None
    assert offered(visit(PAGE, source=str(folder), seed="7")) == []
    next(folder.rglob("*.jpg")).unlink()
    cached._pictures_now.clear()
    assert offered(visit(PAGE, source=str(folder))) == []


def test_another_seed_is_the_same_recipe_otherwise(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="a")
    store.transitions.request_cancel(run.id)
    visit(PAGE, run=run.id).button(key="again").click().run()
    again = next(r for r in store.history.list_runs() if r.id != run.id)
    assert again.recipe.replace(seed=tiny.seed) == tiny


def test_an_owner_can_stop_a_run_that_waits(visit: Visit, store: Store) -> None:
    app = visit(PAGE)
    app.button(key="lab.start").click().run()
    app.button(key="stop").click().run()
    (run,) = store.history.list_runs()
    assert run.state is State.CANCELLED and run.cancel_by == owner_of(app)


@pytest.mark.parametrize("name", PRESETS)
def test_a_recipe_as_printed_bears_its_name_and_a_changed_one_says_so(name: str) -> None:
    assert "adapted" not in title_of(PRESETS[name].replace(source="sample", seed=3))
    assert title_of(PRESETS[name].replace(width=0.5)).endswith(", adapted")
