"""Stored features are read back, refused if they do not fit, and projected onto a plane for the chosen classes."""

from pathlib import Path

import numpy as np
import pytest

from sota_core.errors import DataError
from sota_core.functional.projection import within_share
from sota_core.inference.feature_map import feature_map
from sota_core.inference.predictions import Stored, load_stored


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    """40 pictures of 4 classes, every second one with features, each class around a corner of its own."""
    rng = np.random.default_rng(0)
    labels = np.arange(40) % 4
    index = np.arange(0, 40, 2) + (np.arange(20) // 2) % 2
    x = np.eye(4, 6)[labels[index]] + rng.normal(size=(20, 6)) * 0.1
    plain = np.eye(4)[labels] * 0.6 + 0.1
    plain[index[0]] = np.roll(plain[index[0]], 1)
    return {
        "plain": plain.astype(np.float32),
        "views": np.empty((0, 40, 4), np.float32),
        "labels": labels,
        "names": np.array([f"{i}.png" for i in range(40)]),
        "classes": np.array(list("abcd")),
        "featured": index,
        "components": x.astype(np.float16),
        "component_share": np.full(6, 1 / 6, np.float32),
    }


@pytest.fixture
def stored(arrays: dict[str, np.ndarray], tmp_path: Path) -> Stored:
    np.savez(tmp_path / "predictions.npz", **arrays)
    return load_stored(tmp_path / "predictions.npz")


def test_a_map_is_of_the_featured_pictures_of_its_classes(stored: Stored, arrays: dict[str, np.ndarray]) -> None:
    found = feature_map(stored, [0, 2])
    assert found is not None
    index = arrays["featured"]
    assert found.index.tolist() == [i for i in index if i % 4 in (0, 2)] and set(found.labels) == {0, 2}
    assert found.is_right.tolist() == [i != index[0] for i in found.index]
    own = arrays["components"][np.isin(arrays["labels"][index], [0, 2])].astype(float)
    assert found.within == pytest.approx(float(within_share(own, found.labels, 4))) and found.within < 0.2
    # two corners can be told apart along one direction
    assert found.share[0] > 0.8 and (found.xy[found.labels == 0, 0].max() < found.xy[found.labels == 2, 0].min()) ^ (
        found.xy[found.labels == 0, 0].min() > found.xy[found.labels == 2, 0].max()
    )


def test_a_run_that_kept_none_and_a_class_without_pictures_have_no_map(arrays, tmp_path: Path, stored: Stored) -> None:
    old = {k: v for k, v in arrays.items() if k not in ("featured", "components", "component_share")}
    np.savez(tmp_path / "old.npz", **old)
    assert load_stored(tmp_path / "old.npz").features is None
    assert feature_map(load_stored(tmp_path / "old.npz"), [0, 1]) is None and feature_map(stored, []) is None


@pytest.mark.parametrize(
    "broken",
    [
        {"featured": np.arange(25, 45)},
        {"component_share": np.ones(5, np.float32)},
        {"featured": np.arange(19)},
    ],
)
def test_features_that_do_not_fit_are_refused(arrays, broken, tmp_path: Path) -> None:
    np.savez(tmp_path / "predictions.npz", **arrays | broken)
    with pytest.raises(DataError, match="components must be"):
        load_stored(tmp_path / "predictions.npz")
