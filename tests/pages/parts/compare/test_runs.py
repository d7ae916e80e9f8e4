"""What is compared with unless the address says otherwise, and how runs of one recipe are called."""

from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.compare.runs import _default_base
from sota_core.analysis.comparison import groups
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.store.store import Store
from tests.analysis.compared_items import item
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.test_compare import told
from tests.runs.told import begin

PLAIN = PRESETS["baseline"].replace(source="sample", width=0.5, phases=(Phase(64, 32, 3),))


@pytest.mark.parametrize(
    "named_so",
    [
        PLAIN.replace(mixup_alpha=0.4, label_smoothing=0.1, normalize="imagenet"),
        PLAIN.replace(label_noise=0.2),
        PLAIN.replace(phases=(Phase(48, 32, 2), Phase(64, 32, 1))),
    ],
    ids=["techniques", "wrong labels", "two sizes"],
)
def test_what_only_bears_the_baselines_name_is_not_the_base(named_so: Recipe) -> None:
    items = [
        item("named so", named_so),
        item("other", PRESETS["mixup"]),
        item("plain", PLAIN.replace(preset="baseline_fp16")),
    ]
    assert _default_base(groups(items)) == "plain"
    assert _default_base(groups(items[1:])) == "plain"


@pytest.mark.parametrize(("seeds", "label"), [((1, 1), "Several runs of one seed"), ((1, 2), "Several seeds")])
def test_a_seed_run_twice_is_not_called_several_seeds(
    visit: Callable[..., AppTest], store: Store, tiny: Recipe, seeds: tuple[int, int], label: str
) -> None:
    runs = [told(store, tiny.replace(seed=seed), (0.4, 0.7), tta=0.72) for seed in seeds]
    app = visit("compare", runs=",".join(runs))
    assert [group.label for group in app.button_group if group.key == "compare.group"] == [label]
    assert ("±" in texts(app)) == (seeds[0] != seeds[1])


def test_a_run_that_failed_is_called_by_its_name_not_by_its_id_alone(visit: Callable[..., AppTest], store: Store,
                                                                     tiny: Recipe) -> None:  # fmt: skip
    """The box does not offer it, so it has no label there."""
    store.queue.submit(tiny, owner="o")
    run = begin(store)
    assert store.transitions.fail(run.id, run.attempt, "error", "RuntimeError: boom")
    (box,) = visit("compare", runs=run.id).multiselect
    assert box.options[-1].endswith(f" · failed · {run.id[:4]}") and box.options[-1] != run.id
