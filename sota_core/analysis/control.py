"""A run's control: the finished run on the same pictures that differs from it in one thing; and its other seeds."""

from collections.abc import Iterable
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.comparison import RUN, Compared, fits, groups, seedless
from sota_core.analysis.noise import are_few, chance_apart
from sota_core.analysis.result import reached
from sota_core.language import tr
from sota_core.recipes import Recipe, differences
from sota_core.recipes.differing import differing_fields
from sota_core.recipes.traits import known_before
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.train.summary import gpu_seconds

SEED = "seed"
# Which pictures are answered, and what computes it: comparing runs that differ in these says nothing about training.
_OTHER_RUNS = ("source", "split", "split_seed", "resplit", "device", "precision", "loader")
# How the net is validated during training, and its TTA afterwards: these do not change the final accuracy without TTA.
_ASKED = ("valid_limit", "tta_n", "tta_beta", "tta_use_max")
# Knobs of a phase that can be the one thing that differs. `method` cannot: fine_tune has an epoch more and other rates.
_ALONE = ("size", "bs", "n_epochs", "lr")


@dataclass(frozen=True, slots=True)
class Control:
    """The control `run`, and the one thing in which the other run differs from it.

    knob         label of the knob that differs; "" for the seed
    here, there  its value in the other run and in the control
    is_seed      True if the seed is what differs
    """

    run: Run
    knob: str
    here: str
    there: str
    is_seed: bool


def control_of(run: Run, others: Iterable[Run]) -> Control | None:
    """Of the finished runs on the same pictures that differ from `run` in one thing, the newest created before it; else
    the first created after it; None if there is neither.

    All phases together count as one thing. No control: a run of another version of the code; a run that held a graphics
    card, for one that did not, or the reverse; one that used another loader or precision, though the recipes agree; one
    whose initial weights knew another share of the validation pictures; a run whose recipe this version cannot read.
    """
    if not _is_counted(run):
        return None
    found = [c for other in others if _is_counted(other) and (c := _control(run, other)) is not None]
    before = [c for c in found if c.run.created_at <= run.created_at]
    if before:
        return max(before, key=lambda c: c.run.created_at)
    return min(found, key=lambda c: c.run.created_at, default=None)


def other_seeds(chosen: Iterable[Compared], runs: Iterable[Run]) -> list[str]:
    """Ids of the finished runs of the chosen recipes, pictures and code with seeds that are not chosen yet.

    One for each seed, the first of `runs`; a chosen run that was stopped does not stand for its seed.
    """
    of = [group for group in groups(chosen) if group.first.kind == RUN]
    seeds = {g.number: {m.seed for m in g.members if m.is_live or m.state == State.FINISHED} for g in of}
    found = []
    for run in runs:
        recipe = run.known_recipe
        if recipe is None or run.state is not State.FINISHED:
            continue
        for g in of:
            is_kin = seedless(recipe) == seedless(g.first.recipe) and fits(run.data, [g.data])
            if is_kin and fits(run.code, [g.code]) and recipe.seed not in seeds[g.number]:
                seeds[g.number].add(recipe.seed)
                found.append(run.id)
                break
    return found


def said_of(run: Run, control: Control) -> str:
    """In one sentence: what differs, what both reached, and whether chance could make that."""
    ours, theirs = reached(run.summary), reached(control.run.summary)
    assert ours.accuracy is not None and theirs.accuracy is not None and ours.n
    told = {"there": control.there, "here": control.here, "theirs": words.percent(theirs.accuracy)}
    told |= {"ours": words.percent(ours.accuracy), "n": words.count(ours.n)}
    if control.is_seed:
        what = tr("The same run with another seed ({there} there, {here} here)", **told)
    else:
        what = tr("The same run but for {knob} ({there} there, {here} here)", knob=f"**{control.knob}**", **told)
    pictures = round(abs(ours.accuracy - theirs.accuracy) * ours.n)
    if pictures == 0:
        return tr("{what} reached the same, {ours} of {n} pictures, without TTA.", what=what, **told)
    both = tr("{what} reached {theirs} there and {ours} here, of {n} pictures, without TTA", what=what, **told)
    if control.is_seed:
        if all(one and one == two for one, two in _used(run, control.run)):
            return tr("{both}: only the seed, and rounding, made this difference.", both=both)
        return f"{both}."
    apart = chance_apart(ours.accuracy, theirs.accuracy, ours.n)
    if are_few(pictures) or abs(ours.accuracy - theirs.accuracy) <= apart:
        return tr("{both}: chance alone could explain the difference.", both=both)
    return tr(
        "{both}: more than chance in counting pictures explains, though another seed would move it too.", both=both
    )


def _is_counted(run: Run) -> bool:
    if run.state is not State.FINISHED:
        return False
    got = reached(run.summary)
    return got.is_whole and bool(got.n)


def _control(run: Run, other: Run) -> Control | None:
    if other.id == run.id or not _are_alike(run, other):
        return None
    recipe, base = run.known_recipe, other.known_recipe
    return None if recipe is None or base is None else _apart(recipe, base, other)


def _are_alike(run: Run, other: Run) -> bool:
    """Are pictures, code, the loader, the precision and the kind of device the same, as far as they are known?"""
    known = ((run.data, other.data), (run.code, other.code), *_used(run, other))
    if any(one and two and one != two for one, two in known):
        return False
    return reached(run.summary).n == reached(other.summary).n and (
        (gpu_seconds(run.summary) is None) == (gpu_seconds(other.summary) is None)
    )


def _used(run: Run, other: Run) -> list[tuple[str, str]]:
    """What both really used, whatever their recipes ask for; "" where an older version did not write it."""
    ours, theirs = run.summary, other.summary
    return [
        (ours.get("loader", ""), theirs.get("loader", "")),
        (ours.get("precision", ""), theirs.get("precision", "")),
    ]


def _apart(recipe: Recipe, base: Recipe, other: Run) -> Control | None:
    names = [name for name in differences(recipe, base) if name not in _ASKED]
    things = {name.partition(".")[0] for name in names}  # `phases.0.lr` and the like are one
    if len(things) != 1 or things & set(_OTHER_RUNS) or known_before(recipe) != known_before(base):
        return None
    [thing] = things
    if thing == SEED:
        return Control(other, "", str(recipe.seed), str(base.seed), is_seed=True)
    shown = {field.name: (tr(field.label), here, there) for field, there, here in differing_fields(recipe, base)}
    if thing != "phases":
        return Control(other, *shown[thing], is_seed=False)
    phased = {name.rsplit(".", 1)[1] for name in names}
    if len(recipe.phases) == len(base.phases) and len(phased) == 1 and phased <= set(_ALONE):
        return Control(other, *shown[phased.pop()], is_seed=False)
    # The differing knobs that `_plan` does not show. With one phase more, all of its knobs count as differing, though
    # most have the value that the other phases have: those are left out.
    rest = [row for name, row in shown.items() if name in phased - {"size", "n_epochs"} and row[1] != row[2]]
    here, there = (
        "; ".join([_plan(of), *(f"{row[0]} {row[i]}" for row in rest)]) for i, of in ((1, recipe), (2, base))
    )
    return Control(other, tr("Phases, epochs × size"), here, there, is_seed=False)


def _plan(recipe: Recipe) -> str:
    """Epochs, a warm-up epoch included, and size of each phase: `2 × 40 + 3 × 64 px`."""
    return " + ".join(f"{phase.total_epochs} × {phase.size}" for phase in recipe.phases) + "\u00a0px"
