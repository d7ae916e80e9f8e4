"""An earlier run is offered again only if nothing that affects its result has changed."""

import os
import shutil

import pytest
import sqlalchemy as sa

from sota_core.runs.store import schema
from sota_core.runs.store.reuse import earlier_run, pictures_now
from tests.runs.builders import ME


@pytest.fixture
def folder(tiny_folder, tmp_path):
    return shutil.copytree(tiny_folder, tmp_path / "pictures")


@pytest.fixture
def trained(store, recipe, folder, settings):
    """(recipe, id) of a finished run on the folder, as a worker leaves it."""
    recipe = recipe.replace(source=str(folder))
    run = store.queue.submit(recipe, owner="ann")
    store.queue.claim()
    assert store.transitions.begin(run.id, 1, **ME)
    store.log.identify(run.id, 1, data=pictures_now(str(folder), settings))
    assert store.transitions.finish(run.id, 1, {"accuracy": 0.5})
    return recipe, run.id


def test_the_same_again_is_offered_whatever_its_preset_is_called(store, settings, trained):
    recipe, run_id = trained
    pictures = pictures_now(recipe.source, settings)
    assert earlier_run(store, recipe, pictures).id == run_id
    assert earlier_run(store, recipe.replace(preset="mixup"), pictures).id == run_id


def test_another_seed_or_another_knob_is_another_run(store, settings, trained):
    recipe, _ = trained
    pictures = pictures_now(recipe.source, settings)
    assert earlier_run(store, recipe.replace(seed=7), pictures) is None
    assert earlier_run(store, recipe.replace(tta_n=1), pictures) is None


def changed(folder):
    os.utime(next(folder.rglob("*.*")), (1.0, 1.0))


def less(folder):
    next(folder.rglob("*.*")).unlink()


@pytest.mark.parametrize("change", [changed, less])
def test_other_pictures_under_the_same_name_are_not_the_same(change, store, settings, trained, folder):
    recipe, _ = trained
    change(folder)
    assert earlier_run(store, recipe, pictures_now(recipe.source, settings)) is None


def test_pictures_that_are_not_here_offer_nothing(store, settings, trained, folder):
    recipe, _ = trained
    shutil.rmtree(folder)
    assert pictures_now(recipe.source, settings) is None
    assert earlier_run(store, recipe, None) is None
    assert pictures_now("imagenette2-160", settings) is None


@pytest.mark.parametrize("column", ["code", "data"])
def test_another_code_and_a_run_that_never_said_its_pictures_are_not_offered(column, store, settings, trained):
    recipe, run_id = trained
    with store.session.writing() as connection:
        older = {"code": "older"} if column == "code" else {"data": None}
        connection.execute(sa.update(schema.run).where(schema.run.c.id == run_id).values(older))
    assert earlier_run(store, recipe, pictures_now(recipe.source, settings)) is None
