"""A room's runs as a table: each with its difference to the room's baseline. Values of rows only, no database."""

from collections.abc import Sequence
from dataclasses import dataclass

from sota_core import words
from sota_core.analysis.result import reached
from sota_core.language import N_
from sota_core.recipes import is_baseline
from sota_core.recipes.traits import leaks
from sota_core.runs.run import Run
from sota_core.runs.states import State

OTHER_PICTURES, LEAK, BASELINE_LEAKS = N_(":gray[other pictures]"), N_(":gray[leak]"), N_(":gray[the baseline leaks]")


@dataclass(frozen=True, slots=True)
class BoardRow:
    """One run. `accuracy` is the final one, a share; `change` is against the baseline, None where one is missing.

    otherwise  why it cannot be compared with the baseline, so that `change` is None: OTHER_PICTURES (another set, or
               another split of it), LEAK (it or a net it started from had been trained on some of them) or
               BASELINE_LEAKS
    """

    run: Run
    accuracy: float | None
    tta_accuracy: float | None
    seconds: float | None
    change: float | None
    is_baseline: bool
    otherwise: str = ""


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
        otherwise = "" if baseline is None else _otherwise(run, baseline)
        change = None
        if accuracy is not None and start is not None and not is_baseline and not otherwise:
            change = words.change(start, accuracy)
        got = reached(run.summary)
        rows.append(BoardRow(run, accuracy, got.tta_accuracy, got.seconds, change, is_baseline, otherwise))
    return tuple(rows)


def _otherwise(run: Run, baseline: Run) -> str:
    """Why two accuracies may not be compared; "" where they may, as with two random fifths of one set."""
    ours, theirs = run.known_recipe, baseline.known_recipe
    if run.id == baseline.id:
        return ""
    if ours is None or theirs is None or (ours.source, ours.split) != (theirs.source, theirs.split):
        return OTHER_PICTURES
    if leaks(ours) != leaks(theirs):
        return LEAK if leaks(ours) else BASELINE_LEAKS
    return ""
