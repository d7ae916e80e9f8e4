"""The map of features on Compare: it shows the chosen classes, and says so where a run kept none."""

from collections.abc import Callable

import numpy as np
from streamlit.testing.v1 import AppTest

from sota_core.functional.projection import within_share
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.test_compare import address as address_of
from tests.pages.test_compare import figure, told

Visit = Callable[..., AppTest]


def give_features(store: Store, run: str, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Add features to a run's stored answers; returns them and their labels."""
    path = store.artifacts_dir / run / "predictions.npz"
    with np.load(path) as found:
        arrays = dict(found)
    index = np.arange(0, 500, 2)
    labels = arrays["labels"][index]
    x = (np.eye(10, 12)[labels] + np.random.default_rng(seed).normal(size=(250, 12)) * 0.3).astype(np.float16)
    share = np.full(12, 1 / 12, np.float32)
    np.savez(path, **arrays, featured=index, components=x, component_share=share)
    return x, labels


def test_two_maps_of_the_chosen_classes(visit: Visit, store: Store, tiny: Recipe) -> None:
    first, second = (told(store, tiny.replace(seed=i), (0.4, 0.85), tta=0.86) for i in (1, 2))
    (x, labels), _ = (give_features(store, run, i) for i, run in enumerate((first, second)))
    address = {"runs": f"{first},{second}", "compare__features": "true"}
    app = visit("compare", **address)
    own = labels < 3
    within = float(within_share(x[own].astype(float), labels[own], 10))
    assert f"{100 * within:.1f}\u00a0% for **" in texts(app) and f"({own.sum()} pictures)" in texts(app)
    drawn = figure(app, "mistakes")
    assert [len(drawn[f"class{i}"]) for i in range(3)] == [(labels == i).sum() for i in range(3)]
    app.multiselect(key="compare.features.classes").set_value([4, 7]).run()
    assert not app.exception and len(figure(app, "mistakes")["class1"]) == (labels == 7).sum()
    assert address_of(app, "compare.features.classes") == "4,7"
    again = visit("compare", **address, compare__features__classes="4,7")
    assert again.multiselect(key="compare.features.classes").value == [4, 7] and texts(again) == texts(app)
    for junk in ("x", "10", "-1", "4,4", "0,1,2,3,4,5,6,7,8"):
        odd = visit("compare", **address, compare__features__classes=junk)
        assert not odd.exception and odd.multiselect(key="compare.features.classes").value == [0, 1, 2]
    app.multiselect(key="compare.features.classes").set_value([]).run()
    assert not app.exception and "choose other classes, or more" in texts(app)


def test_a_run_of_before_says_that_it_kept_none(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.85), tta=0.86)
    said = texts(visit("compare", runs=run, compare__features="true"))
    assert "has kept no features" in said and "Classes" not in said


def test_a_link_to_a_runs_classes_opens_their_map(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.85), tta=0.86)
    give_features(store, run, 1)
    assert not [box for box in visit("train", run=run).multiselect if box.key == "run.features.classes"]
    app = visit("train", run=run, run__features__classes="4,7")
    assert app.multiselect(key="run.features.classes").value == [4, 7]
