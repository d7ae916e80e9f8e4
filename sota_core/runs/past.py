"""What this machine's finished runs took, read back for the estimate of the next one."""

from sota_core.recipes.duration import MOST, Past
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name

_UNDISTURBED = 1.3  # times `quickest_s`: a training that took longer was disturbed by other work


def past(store: Store, host: str | None = None) -> list[Past]:
    """What finished runs took on the machine named `host` (default: this one), newest first, at most MOST of them.

    Runs of older versions, whose summaries lack some of these figures, are left out.
    """
    host = host or host_name()
    runs = store.history.list_runs(states=[State.FINISHED], limit=2 * MOST)
    return [found for run in runs if run.host == host and (found := taken(run)) is not None][:MOST]


def taken(run: Run) -> Past | None:
    """What one run took, without delays from other work on the machine; None if its row lacks some of the figures.

    If some epochs took much longer than the quickest, something else held them up, which the next run need not meet:
    then the training counts as _UNDISTURBED times what it would have taken at the pace of the quickest epochs. On a
    machine that is always busy, all epochs are equally slow, and nothing is cut.
    """
    summary = run.summary
    n_train, n_valid = summary.get("n_train"), summary.get("n_valid")
    reading, fit, answers = summary.get("prepare_s"), summary.get("seconds"), summary.get("answers_s")
    if not n_train or not n_valid or reading is None or not fit or answers is None:
        return None
    if run.started_at is None or run.ended_at is None:
        return None
    if (recipe := run.known_recipe) is None:
        return None
    export = max(0.0, run.ended_at - run.started_at - reading - fit - answers)
    fit = min(fit, _UNDISTURBED * (summary.get("quickest_s") or fit))
    return Past(recipe, n_train, n_valid, reading, fit, answers, export)
