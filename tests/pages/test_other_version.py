"""Rows of another version in the store, as after a rollback or in a store shared by two versions: every page opens."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.pictures import models
from pages.shared.session import site
from sota_core import settings as environment
from sota_core.recipes import Recipe
from sota_core.runs import ladders
from sota_core.runs.run import Artifact, Run
from sota_core.runs.states import OF_ANOTHER_VERSION
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts
from tests.runs.builders import epoch, in_a_state_of_another_version, of_another_version
from tests.runs.told import begin

Visit = Callable[..., AppTest]
ROOM = "FAST7"


@pytest.fixture
def runs(store: Store, tiny: Recipe) -> dict[str, Run]:
    """A run of each state, all of one class and on one ladder; the finished one has the files that make its net
    available.
    """
    key = "ladder:tower:{}:0".format
    queued = [
        store.queue.submit(tiny.replace(seed=i), owner=f"ann{i}", room=ROOM, key=key(i), nickname="Ann")
        for i in range(4)
    ]
    finished, failed, running, waiting = (run.id for run in queued)
    assert begin(store).id == finished
    folder = environment.load().artifacts_dir / finished
    folder.mkdir(parents=True)
    files = []
    for name in ("model.onnx", "model.json"):
        (folder / name).write_text("{}")
        files.append(Artifact(finished, name, folder / name, 2, "0" * 64))
    store.log.append(finished, 1, [epoch(1)])
    store.transitions.finish(finished, 1, {"accuracy": 0.5, "n_valid": 100}, files)
    assert begin(store).id == failed and store.transitions.fail(failed, 1, "error", "it broke")
    assert begin(store).id == running
    for run in queued:
        of_another_version(store, run.id)
    of = {"finished": finished, "failed": failed, "running": running, "queued": waiting}
    return {state: store.history.get(id) for state, id in of.items()}


@pytest.mark.parametrize("page", [page.address for page in site.PAGES])
def test_every_page_opens(page: str, runs: dict[str, Run], visit: Visit) -> None:
    app = visit(page)
    assert not app.error and not app.warning and "knob_of_another_version" not in texts(app)


@pytest.mark.parametrize("state", ["finished", "failed", "running", "queued"])
def test_a_run_s_own_page_says_where_it_was_made(state: str, runs: dict[str, Run], visit: Visit) -> None:
    app = visit("train", run=runs[state].id, room=ROOM)
    assert not app.error and app.title[0].value == f"{runs[state].id}, made by another version"
    assert any(b.label == "Stop" for b in app.button) == (state in ("running", "queued"))


def test_its_room_calls_it_by_its_id(runs: dict[str, Run], visit: Visit) -> None:
    app = visit("room", room=ROOM)
    assert not app.error and f"{runs['finished'].id}, made by another version" in texts(app)


def test_a_comparison_leaves_it_out_and_says_so(runs: dict[str, Run], visit: Visit) -> None:
    app = visit("compare", runs=f"{runs['finished'].id},book/normalize")
    assert not app.error and f"Run `{runs['finished'].id}` was made by another version" in texts(app)
    offered = app.multiselect(key="compare.runs").options
    assert not any("another version" in words for words in offered)


def test_its_ladder_is_shown_without_it(runs: dict[str, Run], visit: Visit, store: Store) -> None:
    (tower,) = ladders.ladders(store)
    app = visit("compare", view="ladder", ladder=tower.name)
    assert not app.error and "This ladder was started by another version" in texts(app)


def test_its_ladder_is_shown_when_it_has_ended_and_cannot_go_on(
    runs: dict[str, Run], visit: Visit, store: Store
) -> None:
    for state in ("running", "queued"):
        store.transitions.request_cancel(runs[state].id)
    assert store.transitions.cancel(runs["running"].id, 1)
    (tower,) = ladders.ladders(store)
    assert not tower.is_live and tower.broken
    app = visit("compare", view="ladder", ladder=tower.name)
    assert not app.error and app.button(key="ladder.again").disabled
    assert texts(app).count("This ladder was started by another version") == 2  # beside the button, below the table


def test_its_net_is_not_among_those_that_can_be_asked(runs: dict[str, Run]) -> None:
    assert not {run.id for run in runs.values()} & models.choices().keys()


@pytest.mark.parametrize(
    ("page", "asked"), [("overview", {}), ("room", {"room": ROOM}), ("train", {"view": "watch", "runs": "all"})]
)
def test_a_state_that_is_not_known_takes_no_page_with_it(
    page: str, asked: dict[str, str], store: Store, tiny: Recipe, visit: Visit
) -> None:
    run = store.queue.submit(tiny, owner="ann", room=ROOM)
    in_a_state_of_another_version(store, run.id)
    app = visit(page, **asked)
    assert not app.exception and not app.error and not app.warning
    assert page == "overview" or "nknown" in texts(app)


def test_a_run_in_a_state_that_is_not_known_says_so(store: Store, tiny: Recipe, visit: Visit) -> None:
    run = store.queue.submit(tiny, owner="ann", room=ROOM)
    in_a_state_of_another_version(store, run.id)
    app = visit("train", run=run.id)
    assert not app.exception and not app.error and OF_ANOTHER_VERSION in texts(app)
    assert not any(button.label == "Stop" for button in app.button)
    assert not visit("compare", runs=run.id).exception
