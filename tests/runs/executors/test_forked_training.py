"""Real training in a worker forked from a server with fastai: on a card, since a CUDA context does not survive a
fork.
"""

import pytest
import torch

from sota_core.recipes import Phase, Recipe
from sota_core.runs.executors.process import ProcessExecutor
from sota_core.runs.states import State
from tests.runs.executors.test_executor import wait_until

ON = [
    pytest.param(
        "cuda", marks=[pytest.mark.gpu, pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")]
    )
]


@pytest.mark.parametrize("device", ON)
def test_a_forked_worker_trains_on_the_device_asked_for(device: str, tiny_recipe: Recipe, store, settings, only_sqlite):
    recipe = tiny_recipe.replace(device=device, phases=(Phase(32, 16, 1, 5e-3),), tta_n=1)
    store.queue.submit(recipe, owner="ann")
    run = store.queue.claim()
    assert run is not None
    executor = ProcessExecutor(settings)
    try:
        executor.launch(run)
        wait_until(lambda: not executor.poll(run).is_alive, 120)
        assert executor.is_preloaded
    finally:
        executor.close()
    ended = store.history.get(run.id)
    assert (ended.state, ended.summary["n_valid"]) == (State.FINISHED, 24), ended.error
    (started,) = [e for e in store.log.events(run.id) if e["kind"] == "started"]
    assert ("CPU" in started["device"]) is (device == "cpu")
