"""What a run does between its start and the first point of its curve, step by step."""

from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.series import Series
from sota_core.language import tr, tr_n
from sota_core.recipes import TECHNIQUES, Recipe
from sota_core.recipes.traits import named
from sota_core.runs.states import State

DONE, NOW, NEXT = "done", "now", "next"


@dataclass(frozen=True, slots=True)
class Step:
    """`state` is DONE, NOW or NEXT; `detail` how far it has come, where that is told."""

    title: str
    state: str
    detail: str = ""


def steps(state: State, series: Series, recipe: Recipe) -> list[Step]:
    """The steps from starting a process to the first epoch; only the cache loader has the step of decoding once.

    Once a run has started, the loader counts that it really uses: the disk may have had no room for the cache.
    """
    titles = [tr("Start a process"), tr("Read the list of pictures")]
    if (series.loader or recipe.loader) == "cache":
        titles.append(tr("Decode every picture once"))
    titles += [tr("Make the first batch"), tr("Train on it, and on all others: the first epoch")]
    at = _at(state, series, titles)
    stage = series.stage
    detail = words.progress(stage.message, stage.done, stage.total) if stage and state is State.RUNNING else ""
    return [
        Step(title, DONE if i < at else NOW if i == at else NEXT, detail if i == at else "")
        for i, title in enumerate(titles)
    ]


def under_way(state: State, series: Series, recipe: Recipe) -> Step | None:
    """The step of a started run that has not trained its first batch yet; None before and after."""
    *before, _ = steps(state, series, recipe)
    return None if series.epochs else next((step for step in before if step.state == NOW), None)


def _at(state: State, series: Series, titles: list[str]) -> int:
    """The index of the step that is under way; -1 before the first."""
    last = len(titles) - 1
    if state is State.QUEUED:
        return -1
    if state is State.STARTING:
        return 0
    if series.first_batch is not None or len(series.batches):
        return last
    if series.device:  # `started`: the pictures are ready
        return last - 1
    return last - 2 if series.stage is not None and series.stage.name == "cache" else 1


def said(series: Series, recipe: Recipe) -> str:
    """A sentence on the pictures of the first batch that are shown; "" before they are there."""
    first = series.first_batch
    if first is None:
        return ""
    of_pictures = [name for name in TECHNIQUES if not name.startswith(("label_", "normalize"))]
    on = [named(name) for name in of_pictures if getattr(recipe, name)]
    done = [tr("cropped, turned and lit at random"), *(tr("then {technique}", technique=name) for name in on)]
    seen = tr_n(
        "{n} picture of the first batch of {bs} as the net gets them: {size} px, {done}.",
        "{n} pictures of the first batch of {bs} as the net gets them: {size} px, {done}.",
        first["n"],
        bs=first["bs"],
        size=first["size"],
        done=", ".join(done),
    )
    if recipe.normalize == "none":
        return seen
    return seen + " " + tr("Normalization is undone here, so that the pictures look like pictures.")
