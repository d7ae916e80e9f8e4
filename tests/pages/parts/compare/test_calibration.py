"""Calibration on Compare and in a run's result: in a fold, from stored answers, computed only when the fold is
opened.
"""

from collections.abc import Callable

import numpy as np
from streamlit.testing.v1 import AppTest

from sota_core.functional.calibration import expected_calibration_error
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pages.test_compare import address, figure, told

Visit = Callable[..., AppTest]


def soften(store: Store, run: str) -> tuple[np.ndarray, np.ndarray]:
    """Smooth a run's stored answers by a tenth, as if it had been trained to give such answers; returns them and their
    labels.
    """
    path = store.artifacts_dir / run / "predictions.npz"
    with np.load(path) as found:
        arrays = dict(found)
    arrays["plain"] = 0.9 * arrays["plain"] + np.float32(0.01)
    np.savez(path, **arrays)
    return arrays["plain"], arrays["labels"]


def test_two_runs_stand_side_by_side_with_what_the_numbers_say(visit: Visit, store: Store, tiny: Recipe) -> None:
    first = told(store, tiny, (0.4, 0.85), tta=0.86)
    second = told(store, tiny.replace(label_smoothing=0.1), (0.4, 0.85), tta=0.86)
    plain, labels = soften(store, second)
    folded = visit("compare", runs=f"{first},{second}")
    assert "Logit gap" not in texts(folded)  # a closed fold computes nothing
    app = visit("compare", runs=f"{first},{second}", compare__calibration="true")
    said = texts(app)
    sure, right = plain.max(1), plain.argmax(1) == labels
    assert f"**{100 * float(expected_calibration_error(sure, right)):.1f}\u00a0%**" in said
    assert f"{100 * right.mean():.1f}\u00a0% | {100 * sure.mean():.1f}\u00a0%" in said
    assert "**Label smoothing ε 0.00 → 0.10**" in said and "the same 500 pictures in both" in said
    assert "asks for a logit gap of 4.51" in said
    assert sum(row["n"] for row in figure(app, "counts")["counts"]) == 500
    app.selectbox(key="address.pair_a").set_value(second).run()
    assert not app.exception and address(app, "pair_a") == second
    assert "**Label smoothing" not in texts(app)  # a run compared with itself has no difference
    assert "asks for a logit gap of 4.51" in texts(app)


def test_a_run_that_left_no_answers_is_named(visit: Visit, store: Store, tiny: Recipe) -> None:
    first, second = (told(store, tiny.replace(seed=i), (0.4, 0.85), tta=0.86) for i in (1, 2))
    (store.artifacts_dir / second / "predictions.npz").unlink()
    said = texts(visit("compare", runs=f"{first},{second}", compare__calibration="true"))
    assert "has left no predictions.npz" in said and "Logit gap" in said


def test_without_an_ended_run_there_is_no_fold(visit: Visit, store: Store, tiny: Recipe) -> None:
    app = visit("compare", runs=f"{told(store, tiny, (0.4,))},notes/mixup", compare__calibration="true")
    assert not [e for e in app.expander if e.label.startswith("Calibration")]


def test_a_result_has_its_own_fold(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.4, 0.85), tta=0.86)
    app = visit("train", run=run)
    assert "Logit gap" not in texts(app)
    app.session_state["run.calibration"] = True
    app.run()
    assert not app.exception and "Logit gap" in texts(app)
    assert sum(row["n"] for row in figure(app, "counts")["counts"]) == 500


def test_a_run_that_diverged_is_said_to_have_no_probabilities(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = told(store, tiny, (0.1, 0.1), tta=0.1)
    path = store.artifacts_dir / run / "predictions.npz"
    with np.load(path) as found:
        np.savez(path, **(dict(found) | {"plain": np.full_like(found["plain"], np.nan)}))
    app = visit("compare", runs=run, compare__calibration="true", compare__features="true")
    why = "The run's loss stopped being a number, so it has no probabilities."
    assert texts(app).replace("\\", "").count(why) == 3  # mistakes, calibration, features
    assert "confidence must lie" not in texts(app) and "–" not in texts(app)[texts(app).index("goes wrong") :][:400]
