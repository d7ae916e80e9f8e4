"""A run's control: the finished run that differs from it in one thing, which so has to answer for the rest."""

from collections.abc import Iterable
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.noise import chance_apart
from sota_core.analysis.result import reached
from sota_core.errors import RecipeError
from sota_core.language import N_, tr
from sota_core.recipes import PHASE_FIELDS, Recipe, differences
from sota_core.recipes.differing import differing
from sota_core.runs.run import Run
from sota_core.runs.states import State

SEED = "seed"
PHASES = N_("Phases, epochs × size")

# Which pictures it answers, by which device, and what is asked of it afterwards: runs that differ in these are no
# experiment on how a net is trained.
_OTHER = ("source", "split", "split_seed", "resplit", "valid_limit", "device", "precision", "loader")


@dataclass(frozen=True, slots=True)
class Control:
    """knob         its label
    here, there  its value in the run and in the control
    is_seed      it is no knob but the seed
    """

    run: Run
    knob: str
    here: str
    there: str
    is_seed: bool


def control_of(run: Run, others: Iterable[Run]) -> Control | None:
    """Of the finished runs of the same pictures that differ in one thing, the last that was there when `run` was asked
    for; where none was, the first that came after it.

    The phases count as one thing. A recipe that this version cannot read is no control.
    """
    found = [c for other in others if _has_accuracy(other) and (c := _control(run, other)) is not None]
    before = [c for c in found if c.run.created_at <= run.created_at]
    if before:
        return max(before, key=lambda c: c.run.created_at)
    return min(found, key=lambda c: c.run.created_at, default=None)


def said_of(run: Run, control: Control) -> str:
    """In one sentence: what differs, what both reached, and whether chance alone could make that."""
    ours, theirs = reached(run.summary), reached(control.run.summary)
    assert ours.accuracy is not None and theirs.accuracy is not None
    told = {
        "knob": f"**{control.knob}**",
        "here": control.here,
        "there": control.there,
        "ours": words.percent(ours.accuracy),
        "theirs": words.percent(theirs.accuracy),
    }
    if control.is_seed:
        return tr(
            "The same run with another seed ({here} here, {there} there) reached {theirs}, this one {ours}: such "
            "differences are luck.",
            **told,
        )
    apart = chance_apart(ours.accuracy, theirs.accuracy, ours.n or 1, theirs.n or 1)
    if abs(ours.accuracy - theirs.accuracy) <= apart:
        return tr(
            "The same run but for {knob} ({here} here, {there} there) reached {theirs}, this one {ours}, which chance "
            "alone could explain.",
            **told,
        )
    return tr(
        "The same run but for {knob} ({here} here, {there} there) reached {theirs}, this one {ours}: more than "
        "counting so many pictures leaves to chance.",
        **told,
    )


def _has_accuracy(run: Run) -> bool:
    return run.state is State.FINISHED and reached(run.summary).is_whole


def _control(run: Run, other: Run) -> Control | None:
    if other.id == run.id or (run.data and other.data and run.data != other.data):
        return None
    try:
        return _apart(run.recipe, other.recipe, other)
    except RecipeError:
        return None


def _apart(recipe: Recipe, base: Recipe, other: Run) -> Control | None:
    names = list(differences(recipe, base))
    knobs = {name.rsplit(".", 1)[-1] for name in names}
    if not names or any(name in _OTHER or name.startswith("tta_") for name in names):
        return None
    if knobs == {SEED}:
        return Control(other, "", str(recipe.seed), str(base.seed), is_seed=True)
    # A second phase has all knobs, and those that it shares with the first set nothing apart.
    shown = [(label, here, there) for label, there, here in differing(recipe, base) if here != there]
    if len(shown) == 1 and SEED not in knobs:
        return Control(other, *shown[0], is_seed=False)
    if shown and knobs <= set(PHASE_FIELDS):
        here, there = _plan(recipe), _plan(base)
        if here != there:
            return Control(other, tr(PHASES), here, there, is_seed=False)
        here, there = ("; ".join(f"{row[0]} {row[i]}" for row in shown) for i in (1, 2))
        return Control(other, tr("Phases"), here, there, is_seed=False)
    return None


def _plan(recipe: Recipe) -> str:
    """Epochs, that of a warm-up with them, and size of each phase: `2 × 40 + 3 × 64 px`."""
    return " + ".join(f"{phase.total_epochs} × {phase.size}" for phase in recipe.phases) + "\u00a0px"
