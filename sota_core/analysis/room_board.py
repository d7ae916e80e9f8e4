"""A room's runs as a table: each with its difference to the room's baseline. Values of rows only, no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.result import reached
from sota_core.recipes import is_baseline
from sota_core.recipes.traits import known_before
from sota_core.runs.run import Run
from sota_core.runs.states import State


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One run. `accuracy` is the final one, a share; `change` is against the baseline, None where one is missing.

    has_other_pictures  its pictures are not the baseline's: another set, another split of it, or a leak; then `change`
                        is None
    """

    run: Run
    accuracy: float | None
    tta_accuracy: float | None
    seconds: float | None
    change: float | None
    is_baseline: bool
    has_other_pictures: bool = False


def final_accuracy(run: Run) -> float | None:
    """The plain accuracy a finished run ended with; None for any other run."""
    got = reached(run.summary)
    return got.accuracy if got.is_whole and run.state is State.FINISHED else None


PRESET = "baseline"  # the chapter's experiments whose names begin so are baselines


def baseline_of(runs: Sequence[Run]) -> Run | None:
    """What a room compares with: its first finished run that is a baseline by what it does, not by its name alone; else
    its first finished run.
    """
    finished = sorted(
        (run for run in runs if final_accuracy(run) is not None), key=lambda run: (run.created_at, run.id)
    )
    plain = [run for run in finished if (recipe := run.known_recipe) is not None and is_baseline(recipe)]
    return next(iter(plain or finished), None)


def board_rows(runs: Sequence[Run], baseline: Run | None) -> tuple[BoardRow, ...]:
    """The runs in the order given, each with its difference to the room's baseline, which need not be among them."""
    start = None if baseline is None else final_accuracy(baseline)
    rows = []
    for run in runs:
        accuracy, is_baseline = final_accuracy(run), baseline is not None and run.id == baseline.id
        is_other = baseline is not None and _pictures(run) != _pictures(baseline)
        change = None
        if accuracy is not None and start is not None and not is_baseline and not is_other:
            change = words.change(start, accuracy)
        got = reached(run.summary)
        rows.append(BoardRow(run, accuracy, got.tta_accuracy, got.seconds, change, is_baseline, is_other))
    return tuple(rows)


def _pictures(run: Run) -> tuple[str, str, bool]:
    """What a run is validated on: equal if two accuracies may be compared, as with two random fifths of one set."""
    if (recipe := run.known_recipe) is None:  # equal to no other run's
        return run.id, "", False
    leaks = known_before(recipe) > 0 or (recipe.resplit and len(recipe.phases) > 1)
    return recipe.source, recipe.split, leaks
