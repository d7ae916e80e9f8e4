"""What a run of a technique costs here, beside its proof."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import cached
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from sota_core.system.processes import host_name
from tests.pages.conftest import texts


@pytest.mark.parametrize("page", ["baseline", "tta", "mixup", "label_smoothing"])
def test_the_cost_of_the_proof_learns_from_the_runs_of_this_machine(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe, page: str
) -> None:
    before = texts(visit(page))
    assert "of training on two CPU cores \\(speed assumed\\)" in before
    run = store.queue.submit(tiny, owner="somebody", state="starting")
    assert store.transitions.begin(run.id, 1, pid=1, birth=None, host=host_name())
    took = {"n_train": 1500, "n_valid": 500, "prepare_s": 0.3, "seconds": 900.0, "answers_s": 40.0}
    assert store.transitions.finish(run.id, 1, took)
    cached._past.clear()
    after = texts(visit(page))
    assert "hours of training on two CPU cores \\(speed by its last runs\\)" in after and "assumed" not in after
