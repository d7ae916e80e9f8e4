"""Real training, changed where a test needs a moment to last. Imports fastai, so that a fork server preloads it."""

from dataclasses import replace

from sota_core.train.fit import run_recipe
from sota_core.train.summary import Outcome


def exports_on_and_on(recipe, settings, *, emit, should_stop, out_dir) -> Outcome:
    """Trains, then exports again and again until it is stopped: a single export takes a third of a second, too short
    for a test to stop it.
    """
    outcome = run_recipe(recipe, settings, emit=emit, should_stop=should_stop, out_dir=out_dir)
    once = outcome.export
    assert once is not None

    def export():
        while True:
            once()

    return replace(outcome, export=export)
