"""The exported models a visitor may ask: the small one that comes with the app, and those of finished runs."""

from dataclasses import dataclass
from pathlib import Path

import streamlit as st

from pages.shared.pictures import datasets
from pages.shared.session import cached, trouble
from pages.shared.session.caches import cache_data
from sota_core import paths, words
from sota_core.analysis.result import reached
from sota_core.data.sets.sources import source_title
from sota_core.errors import DataError
from sota_core.inference.model import CARD, ONNX, ExportedModel, load_model
from sota_core.language import tr
from sota_core.recipes import TITLES, Recipe
from sota_core.recipes.traits import traits
from sota_core.runs.states import State

SHIPPED = "shipped"
SHIPPED_FOLDER = paths.ASSETS / "sample_model"
N_RUNS = 12  # the latest; an older run's model is opened from its own page


@dataclass(frozen=True, slots=True)
class Choice:
    """A model by its name in the address (`shipped`, or a run's id), and the pictures it was trained on."""

    id: str
    label: str
    folder: Path
    source: str


def choices() -> dict[str, Choice]:
    """id → choice, the shipped one first; empty where there is none. Without those on another visitor's pictures."""
    found = []
    if all((SHIPPED_FOLDER / name).is_file() for name in (ONNX, CARD)):
        found.append(Choice(SHIPPED, tr("the small net that comes with the app"), SHIPPED_FOLDER, "sample"))
    url = cached.settings().db_url
    try:
        found += _of_runs(url)
    except Exception as error:  # the page goes on with the net that needs no store
        if not trouble.is_one(error, url):
            raise
    return {choice.id: choice for choice in found if datasets.is_mine(choice.source)}


@cache_data(ttl=5.0, max_entries=4)
def _of_runs(url: str) -> list[Choice]:
    found = []
    store = cached.store()
    for run in store.history.list_runs(states=[State.FINISHED], limit=N_RUNS):
        if (recipe := run.known_recipe) is None:  # nor is it known whose pictures it was trained on
            continue
        files = {a.name: a.path for a in store.history.artifacts(run.id)}
        if ONNX in files and CARD in files and (store.shared is not None or files[ONNX].is_file()):
            accuracy = reached(run.summary).accuracy
            name = tr(TITLES[recipe.preset]) if recipe.preset in TITLES else tr("a run")
            on = source_title(recipe.source)
            label = f"{name}, {on}, {', '.join(traits(recipe))}: {words.percent(accuracy)} · {run.id}"
            found.append(Choice(run.id, label, files[ONNX].parent, recipe.source))
    return found


def choice_of(id: str, label: str, recipe: Recipe) -> Choice:
    """A run by its id, whatever it has left."""
    return Choice(id, label, cached.store().artifacts_dir / id, recipe.source)


def fetch(choice: Choice) -> None:
    """Bring the choice's files to this machine, where several machines share them. Blocking."""
    if choice.id != SHIPPED:
        cached.store().history.fetch(choice.id)


def load(choice: Choice) -> ExportedModel:
    """Raises
    DataError, InputError  the files are not here, or not what a run writes.
    """
    fetch(choice)
    try:
        changed_ns = (choice.folder / ONNX).stat().st_mtime_ns
    except FileNotFoundError:
        raise DataError(
            tr("{net}: its {file} is not available at the moment; choose another net", net=choice.label, file=ONNX)
        ) from None
    return _load(str(choice.folder), changed_ns)


@st.cache_resource(max_entries=3, show_spinner=False)
def _load(folder: str, changed_ns: int) -> ExportedModel:
    return load_model(Path(folder))


def forget() -> None:
    """Before this process is forked: a net that is loaded has threads."""
    _load.clear()
