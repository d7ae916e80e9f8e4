"""Preparing pictures while workers still import: for which run, and that the worker then finds them."""

import sys
from dataclasses import replace

import pytest

from sota_core.data.loading.cache import build_cache
from sota_core.data.pictures.listing import list_pictures
from sota_core.errors import SourceError
from sota_core.runs.dispatch import early
from sota_core.runs.states import State
from sota_core.runs.store.store import Store

SAYS = (sys.executable, "-c", "import sys; print(sys.argv[1:])")


@pytest.fixture
def store(settings):
    with Store(settings) as opened:
        yield opened


def said(settings) -> str:
    return (settings.home / "logs" / "pictures.log").read_text().strip()


def test_the_pictures_of_the_run_that_waits_longest_are_prepared(store, settings, tiny_recipe):
    store.queue.submit(tiny_recipe, owner="a")
    store.queue.submit(tiny_recipe.replace(presize=64), owner="b")
    process = early.start(store, settings, SAYS)
    assert process is not None and process.wait(240) == 0
    assert said(settings) == str([tiny_recipe.source, "48"])


def test_the_sample_is_prepared_before_it_is_there(store, settings, tiny_recipe):
    store.queue.submit(tiny_recipe.replace(source="sample"), owner="a")
    process = early.start(store, settings, SAYS)
    assert process is not None and process.wait(240) == 0
    assert said(settings) == "['sample', '48']"


@pytest.mark.parametrize(("speed", "presize"), [(55e9, 160), (28e9, 112)])
def test_where_nobody_ever_ran_anything_it_is_the_sample_at_what_its_first_run_will_ask_for(
    store, settings, speed: float, presize: int
):
    settings = replace(settings, assumed_speed=speed)
    process = early.start(store, settings, SAYS)
    assert process is not None and process.wait(60) == 0
    assert said(settings) == str(["sample", str(presize)])
    assert early.start(store, replace(settings, starts_early=False), SAYS) is None


def test_the_sample_is_not_drawn_where_there_are_real_pictures(store, settings, monkeypatch):
    fetched = {"imagenette2-320": settings.data_dir}
    monkeypatch.setattr(early.sources, "resolve", lambda source, of: fetched.get(source))
    assert early.start(store, settings, SAYS) is None


def test_nothing_is_done_where_nothing_can_be(store, settings, tiny_recipe):
    ended = store.queue.submit(tiny_recipe, owner="a")
    store.transitions.request_cancel(ended.id)
    for recipe in (tiny_recipe.replace(loader="files"), tiny_recipe.replace(source="imagenette2-160")):
        run = store.queue.submit(recipe, owner="a")
        assert early.start(store, settings, SAYS) is None
        store.transitions.request_cancel(run.id)
        assert store.history.get(run.id).state is State.CANCELLED


def test_the_worker_finds_what_was_prepared(settings, tiny_folder):
    folder = early.prepare(str(tiny_folder), 48, settings)
    changed = folder.joinpath("pixels.u8").stat().st_ctime_ns
    found = build_cache(list_pictures(tiny_folder), 48, settings.cache_dir)
    assert found.folder == folder and folder.joinpath("pixels.u8").stat().st_ctime_ns == changed


def test_pictures_that_have_to_be_fetched_are_left_to_the_run(settings):
    with pytest.raises(SourceError, match="fetch them first"):
        early.prepare("imagenette2-160", 48, settings)
