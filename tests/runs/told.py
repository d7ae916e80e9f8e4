"""Runs written into a store as a worker writes them, without training: for recordings and for the pages that play
them.
"""

from sota_core.recipes import Phase, Recipe
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.train import events as make


def small_recipe(n_epochs: int = 3, **changes) -> Recipe:
    values = {"phases": (Phase(size=32, bs=16, n_epochs=n_epochs),), "arch": "xresnet18", "tta_n": 2, "seed": 7}
    return Recipe(**(values | changes))


def finished_run(store: Store, recipe: Recipe, *, steps_per_epoch: int = 5) -> Run:
    """A finished run. A batch takes half a second, an epoch's validation one second, a TTA pass two; one log line comes
    before `started`.
    """
    start = store.session.clock()
    submitted = store.queue.submit(recipe, owner="ann")
    assert begin(store).id == submitted.id
    total = recipe.total_epochs * steps_per_epoch
    written = [(start - 3, make.log("Reading", stage="data", done=1, total=2)), (start, _started(recipe, total))]
    t, step = start, 0
    for index, phase in enumerate(recipe.phases):
        for number in range(phase.total_epochs):
            for _ in range(steps_per_epoch):
                t, step = t + 0.5, step + 1
                written.append((t, _batch(step, total, index)))
            t += 1.0
            written.append((t, _epoch(step, index, number)))
    fit_end = t
    for k in range(recipe.tta_n + 1):
        t += 2.0
        written.append((t, make.tta_pass(k=k, n=50, accuracy=0.5 + 0.02 * k, view_accuracy=0.5)))
    store.log.append(
        submitted.id, 1, [event | {"seq": i, "t": t} for i, (t, event) in enumerate(written, 1)], step=total
    )
    plain, last = written[-1 - recipe.tta_n][1], written[-1][1]
    summary = {"accuracy": plain["accuracy"], "n_valid": 50, "seconds": fit_end - start, "n_quick": 50}
    summary |= {"tta_accuracy": last["accuracy"] if recipe.tta_n else None, "last_accuracy": 0.5 + step / 10_000}
    assert store.transitions.finish(submitted.id, 1, summary)
    return store.history.get(submitted.id)


def let_none_wait(store: Store) -> None:
    """Cancel what an earlier test, or the first try of this one, has left in the queue: `begin` takes the oldest."""
    for waiting in store.history.list_runs(states=[State.QUEUED]):
        store.transitions.request_cancel(waiting.id)


def begin(store: Store) -> Run:
    """Claim the next run of the queue and begin it, as a worker that does not exist."""
    claimed = store.queue.claim()
    assert claimed is not None and store.transitions.begin(
        claimed.id, claimed.attempt, pid=7, birth="boot:1", host="here"
    )
    return claimed


def finish(store: Store, run_id: str, accuracy: float) -> None:
    """Finish a run that was begun: one point better with TTA, after 61 seconds of training."""
    summary = {"accuracy": accuracy, "tta_accuracy": accuracy + 0.01, "seconds": 61.0, "n_valid": 500}
    assert store.transitions.finish(run_id, store.history.get(run_id).attempt, summary)


def tell_epoch(store: Store, run_id: str, number: int, accuracy: float) -> None:
    """Write the event that a running run has completed epoch `number`, counted from 0."""
    seq = 1 + len(store.log.events(run_id))
    said = _epoch(10 * (number + 1), 0, number) | {"accuracy": accuracy, "seq": seq, "t": store.session.clock()}
    store.log.append(run_id, store.history.get(run_id).attempt, [said], step=said["step"])


def _started(recipe: Recipe, total: int) -> dict:
    return make.started(
        device="CPU, 2 threads",
        precision="fp32",
        versions={"torch": "2.13.0"},
        n_train=100,
        n_valid=50,
        total_steps=total,
        recipe=recipe.to_dict(),
    )


def _batch(step: int, total: int, phase: int) -> dict:
    loss = 2.302585 / (1 + step / 50)
    return make.batch(
        step=step, total_steps=total, phase=phase, loss=loss, smooth_loss=loss * 1.01, lr=0.00123456789, mom=0.912345678
    )


def _epoch(step: int, phase: int, number: int) -> dict:
    return make.epoch(
        phase=phase,
        stage="main",
        epoch=number,
        step=step,
        train_loss=1.5,
        valid_loss=1.4,
        valid_ce=1.4,
        accuracy=0.5 + step / 10_000,
        seconds=3.5,
        images_per_s=50.0,
        n_valid=50,
    )
