"""An uploaded zip becomes a set on the data page; a stranger neither sees it nor trains on it."""

import json
import os
import sys
import time
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

import pytest
from streamlit.runtime.memory_uploaded_file_manager import MemoryUploadedFileManager
from streamlit.runtime.scriptrunner import RerunData, get_script_run_ctx
from streamlit.testing.v1 import AppTest

from pages.shared.people import owner
from pages.shared.pictures import models, predictions
from sota_core import paths
from sota_core import settings as environment
from sota_core.data.sets import own, own_folders, sources
from sota_core.data.sets.sources import address_of
from sota_core.errors import NotYoursError
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.files import write_json
from tests.data.sets.zips import classes, zip_of
from tests.pages.conftest import texts, turn
from tests.runs.builders import ME, first_batch

Visit = Callable[..., AppTest]
ZIP = zip_of(classes("owl", "wren", n=6) | {"owl/notes.txt": b"of the night"})
ADA, BOB = "web-" + "a" * 20, "web-" + "b" * 20


@pytest.fixture
def as_visitor(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """become(owner): the visitor who looks at pages from now on."""
    for path in (paths.ROOT / "pages").rglob("*.py"):  # a module imported later would keep the patched name
        import_module(".".join(path.relative_to(paths.ROOT).with_suffix("").parts))

    def become(name: str) -> None:
        for module in [m for n, m in sys.modules.items() if n.startswith("pages.") and hasattr(m, "owner")]:
            if callable(module.owner):
                monkeypatch.setattr(module, "owner", lambda: name)
        monkeypatch.setattr(owner, "owner", lambda: name)

    return become


@pytest.fixture
def birds(home) -> own.OwnSet:
    """A set of Ada's."""
    of = environment.load()
    id = own.begin(ZIP, "birds", ADA, of).id
    own.fill(id, of, lambda *_: None)
    return own.own_sets(ADA, of)[0]


def recipe_on(source: str) -> Recipe:
    phases = (Phase(size=32, bs=4, n_epochs=1),)
    return PRESETS["normalize"].replace(source=source, phases=phases, arch="xresnet18", width=0.25, split="random20")


@pytest.mark.long
def test_a_zip_is_sent_read_and_chosen(visit: Visit) -> None:
    app = visit("data")
    app.file_uploader(key="data.zip.0").set_value(("my birds.zip", ZIP, "application/zip")).run()
    assert not app.exception
    (made,) = own.own_sets(owner_of(app), environment.load())
    deadline = time.monotonic() + 240
    while sources.job_status(made.id, environment.load()).is_active:  # type: ignore[union-attr]
        assert time.monotonic() < deadline
        time.sleep(0.05)
    while app.run().header[0].value != "my birds":  # the page keeps what it has read for a second
        assert time.monotonic() < deadline
    assert app.query_params["source"] in (address_of(made.source), [address_of(made.source)])
    assert "owl/notes\\.txt" in texts(app)
    assert app.file_uploader(key="data.zip.1") and "data.zip.0" not in app.session_state


def owner_of(app: AppTest) -> str:
    found = own_folders.all_sets(environment.load())
    return found[0].owner


def test_a_zip_that_is_none_says_why_and_the_server_lets_go_of_it(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone: list[tuple[str, str]] = []
    monkeypatch.setattr(MemoryUploadedFileManager, "remove_file", lambda manager, *file: gone.append(file))
    app = visit("data")
    app.file_uploader(key="data.zip.0").set_value(("x.zip", b"", "application/zip")).run()
    assert [e.value for e in app.error] == ["The file is empty\\."]
    assert app.file_uploader(key="data.zip.1") and len(gone) == 1


def test_one_more_than_the_quota_is_not_asked_for(
    visit: Visit, birds: own.OwnSet, as_visitor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_OWN_SETS", "1")
    as_visitor(ADA)
    app = visit("data")
    assert not app.file_uploader and "You have 1 set, as many as one person may have" in texts(app)
    monkeypatch.setenv("SOTA_OWN_SETS", "0")
    assert not [e for e in visit("data").expander if e.label == "Your own pictures"]


def test_one_more_than_the_quota_from_a_second_tab_is_refused_and_what_to_remove_is_there(
    visit: Visit, home: Path, as_visitor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_OWN_SETS", "1")
    as_visitor(ADA)
    app = visit("data")
    first = own.begin(ZIP, "sent from another tab", ADA, environment.load())
    own.fill(first.id, environment.load(), lambda *_: None)
    app.file_uploader(key="data.zip.0").set_value(("second.zip", ZIP, "application/zip")).run()
    assert [e.value for e in app.error] == ["You have 1 set of your own, and 1 is the limit; remove one first\\."]
    assert not app.file_uploader and app.button(key=f"data.own.remove.{first.id}")
    assert [found.title for found in own.own_sets(ADA, environment.load())] == ["sent from another tab"]


def test_a_set_that_time_has_removed_is_said_to_be_gone_and_no_other_owner_s_goes(
    visit: Visit, birds: own.OwnSet, as_visitor: Callable[[str], None]
) -> None:
    of, then = environment.load(), time.time() - 31 * 86_400
    bobs = own.begin(ZIP, "pets", BOB, of)
    own.fill(bobs.id, of, lambda *_: None)
    os.utime(of.home / "own" / birds.id / "set.json", (then, then))
    own.begin(ZIP, "new", "web-" + "c" * 20, of)  # sending a set removes those that are too old
    as_visitor(ADA)
    app = visit("data", source=address_of(birds.source))
    assert "The pictures named in the address are not here, or not yours" in texts(app)
    assert not [button for button in app.button if (button.key or "").startswith("data.own.remove.")]
    as_visitor(BOB)
    app = visit("data", source=address_of(bobs.source))
    assert app.header[0].value == "pets" and app.button(key=f"data.own.remove.{bobs.id}")


def test_the_owner_removes_it_with_a_press(visit: Visit, birds: own.OwnSet, as_visitor: Callable[[str], None]) -> None:
    as_visitor(ADA)
    app = visit("data", source=address_of(birds.source))
    assert app.header[0].value == "birds"
    app.button(key=f"data.own.remove.{birds.id}").click().run()
    assert own.own_sets(ADA, environment.load()) == [] and app.header[0].value != "birds"


def test_it_is_not_removed_under_a_run(
    visit: Visit, birds: own.OwnSet, store: Store, as_visitor: Callable[[str], None]
) -> None:
    as_visitor(ADA)
    store.queue.submit(recipe_on(birds.source), owner=ADA)
    assert visit("data").button(key=f"data.own.remove.{birds.id}").disabled


@pytest.mark.long
@pytest.mark.parametrize("page", ["data", "train", "mixup", "normalization", "resizing"])
def test_a_stranger_who_knows_its_address_sees_another_set(
    page: str, visit: Visit, birds: own.OwnSet, as_visitor: Callable[[str], None]
) -> None:
    for name in (address_of(birds.source), birds.source, str(environment.load().home / "own" / birds.id / "pictures")):
        as_visitor(BOB)
        app = visit(page, source=name)
        sent = [component.proto.json for component in app.get("bidi_component")]
        links = " ".join(link.proto.query_string for link in app.get("page_link"))
        options = [str(getattr(e.proto, "options", "")) for e in (*app.selectbox, *app.get("button_group"))]
        # the page's own link to share contains what was typed, but nothing that only the set knows
        assert "birds" not in str(options) and "wren" not in f"{texts(app)} {sent} {links} {options}"
    as_visitor(ADA)
    app = visit(page, source=address_of(birds.source))
    options = [str(getattr(e.proto, "options", "")) for e in (*app.selectbox, *app.get("button_group"))]
    assert "birds" in f"{texts(app)} {options}"


@pytest.mark.long
def test_a_stranger_does_not_train_on_it_by_way_of_its_run(
    visit: Visit, birds: own.OwnSet, store: Store, as_visitor: Callable[[str], None]
) -> None:
    run = store.queue.submit(recipe_on(birds.source), owner=ADA)
    store.transitions.request_cancel(run.id)
    as_visitor(BOB)
    app = visit("train", run=run.id)
    app.button(key="again").click().run()
    assert "belong to another visitor" in texts(app)
    assert len(store.history.list_runs(states=[*State])) == 1
    as_visitor(ADA)
    app = visit("train", run=run.id)
    app.button(key="again").click().run()
    assert len(store.history.list_runs()) == 2


def test_a_stranger_does_not_see_which_pictures_its_run_mistook(
    birds: own.OwnSet, as_visitor: Callable[[str], None], tmp_path: Path
) -> None:
    choice = models.Choice("run", "a run on birds", tmp_path, birds.source)
    as_visitor(BOB)
    with pytest.raises(NotYoursError):
        predictions.thumb(choice, "owl/00001.png")
    with pytest.raises(NotYoursError):
        predictions.ask(choice, 0, 0)
    as_visitor(ADA)
    assert predictions.thumb(choice, "owl/00001.png").shape == (16, 20, 3)


def test_the_first_batch_that_an_earlier_version_has_logged_is_shown_to_the_owner_alone(
    visit: Visit, birds: own.OwnSet, store: Store, as_visitor: Callable[[str], None]
) -> None:
    run = store.queue.submit(recipe_on(birds.source), owner=ADA)
    assert store.queue.claim() and store.transitions.begin(run.id, 1, **ME)
    store.log.append(run.id, 1, [first_batch(1)])
    shown = {}
    for name in (ADA, BOB):
        as_visitor(name)
        shown[name] = len(visit("train", run=run.id).image)
    assert shown == {ADA: 1, BOB: 0}
    own.remove(birds.id, ADA, environment.load())
    as_visitor(ADA)
    assert not visit("train", run=run.id).image


def test_nothing_on_the_way_to_the_browser_says_where_it_lies(
    visit: Visit, birds: own.OwnSet, as_visitor: Callable[[str], None]
) -> None:
    as_visitor(ADA)
    for page in ("data", "train", "mixup"):
        app = visit(page, source=address_of(birds.source))
        sent = json.dumps([component.proto.json for component in app.get("bidi_component")])
        links = " ".join(link.proto.query_string for link in app.get("page_link"))
        written = f"{texts(app)} {sent} {links} {app.query_params}"
        assert birds.id not in written and str(environment.load().home) not in written


def test_a_set_of_the_camera_is_trained_on_as_soon_as_it_is_read(
    visit: Visit, birds: own.OwnSet, store: Store, as_visitor: Callable[[str], None]
) -> None:
    as_visitor(ADA)
    write_json(environment.load().home / "downloads" / f"{birds.id}.json", {"id": birds.id, "stage": "done"})
    app = visit("overview")
    app.session_state["data.reading"], app.session_state["data.camera.trains"] = birds, birds.id
    turn(app, "data").run()
    assert not app.exception
    (run,) = store.history.list_runs()
    assert (run.owner, run.recipe.source) == (ADA, birds.source)
    assert run.recipe.mixup_alpha and run.recipe.label_smoothing and run.recipe.tta_n
    assert "A recipe of your own" in app.title[0].value


def test_so_it_is_where_the_browser_asks_anew_when_the_page_has_just_seen_that_it_is_read(
    visit: Visit, birds: own.OwnSet, store: Store, as_visitor: Callable[[str], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The page already knew that the set had been read, so it did not look again, and the set was never trained on."""
    as_visitor(ADA)
    write_json(environment.load().home / "downloads" / f"{birds.id}.json", {"id": birds.id, "stage": "done"})
    app, own_pictures = visit("overview"), import_module("pages.parts.data.own_pictures")
    arrived = own_pictures.arrived

    def arrived_and_asked() -> own.OwnSet | None:
        made, context = arrived(), get_script_run_ctx()
        if made is not None:
            assert context is not None and context.script_requests is not None
            context.script_requests.request_rerun(RerunData(page_script_hash=context.page_script_hash))
        return made

    monkeypatch.setattr(own_pictures, "arrived", arrived_and_asked)
    app.session_state["data.reading"], app.session_state["data.camera.trains"] = birds, birds.id
    turn(app, "data").run()
    assert not app.exception and len(store.history.list_runs()) == 1


def test_why_a_zip_was_refused_is_said_also_where_the_browser_asks_anew_as_it_is_drawn(
    visit: Visit, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message counted as shown before it was on the screen, and nobody could read it."""
    app, own_pictures = visit("data"), import_module("pages.parts.data.own_pictures")
    uploader = own_pictures._uploader
    asked: list[bool] = []

    def ask_once() -> None:
        if not asked:
            asked.append(True)
            context = get_script_run_ctx()
            assert context is not None and context.script_requests is not None
            context.script_requests.request_rerun(RerunData(page_script_hash=context.page_script_hash))
        uploader()

    monkeypatch.setattr(own_pictures, "_uploader", ask_once)
    app.session_state["data.said"] = "no such folders"
    app.run()
    assert asked and "No such folders" in texts(app)
    assert "No such folders" not in texts(app.run()), "the message must be shown once"
