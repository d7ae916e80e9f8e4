"""What this machine's finished runs took, read back for the estimate of the next one."""

from sota_core.recipes.duration import MOST, Past
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name

_UNDISTURBED = 1.3  # times as long as its quickest epochs: a run that takes longer was disturbed


def past(store: Store, host: str | None = None) -> list[Past]:
    """Newest first, of the machine of this name, by default this one; runs of older versions, which told less, are not
    among them."""
    host = host or host_name()
    runs = store.history.list_runs(states=[State.FINISHED], limit=2 * MOST)
    return [found for run in runs if run.host == host and (found := taken(run)) is not None][:MOST]


def taken(run: Run) -> Past | None:
    """What one run took, other work of the machine's aside; None where it does not say.

    A run whose epochs took very different times was kept waiting by something else, for which the next run need not
    wait: it counts as hardly longer than its quickest epochs. Where the machine is always busy all are as slow.
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
