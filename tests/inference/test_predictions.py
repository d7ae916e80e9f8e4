"""Stored predictions are read back completely, combined as fastai combines them, and refused if another program wrote
the file.
"""

from pathlib import Path

import numpy as np
import pytest

from sota_core.errors import DataError
from sota_core.functional.tta import accuracy, combine, combine_logits
from sota_core.inference.predictions import LOG_ODDS, MAXIMUM, RULES, Stored, growth, load_stored


def probabilities(rng: np.random.Generator, *shape: int) -> np.ndarray:
    return rng.dirichlet(np.ones(shape[-1]), shape[:-1]).astype(np.float32)


@pytest.fixture
def arrays() -> dict[str, np.ndarray]:
    rng = np.random.default_rng(0)
    return {
        "plain": probabilities(rng, 60, 4),
        "views": probabilities(rng, 5, 60, 4),
        "labels": rng.integers(0, 4, 60),
        "names": np.array([f"val/a/{i:03}.jpg" for i in range(60)]),
        "classes": np.array(list("abcd")),
    }


@pytest.fixture
def stored(arrays: dict[str, np.ndarray], tmp_path: Path) -> Stored:
    np.savez_compressed(tmp_path / "predictions.npz", **arrays)
    return load_stored(tmp_path / "predictions.npz")


def test_what_a_run_wrote_is_what_is_read(stored: Stored, arrays: dict[str, np.ndarray]) -> None:
    np.testing.assert_array_equal(stored.views, arrays["views"])
    assert (len(stored), stored.n_views, stored.classes, stored.others) == (60, 5, tuple("abcd"), {})
    assert stored.cornered is None


def test_centre_and_corners_are_of_the_pictures_named_or_of_all(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    five = arrays["views"]
    np.savez(tmp_path / "all.npz", **arrays, corners=five)
    np.savez(tmp_path / "some.npz", **arrays, corners=five[:, 10:13], cornered=np.array([10, 11, 12]))
    whole, some = (load_stored(tmp_path / name).cornered for name in ("all.npz", "some.npz"))
    assert whole is not None and whole.index.tolist() == list(range(60))
    assert some is not None and some.index.tolist() == [10, 11, 12]
    np.testing.assert_array_equal(some.probs, whole.probs[:, some.index])


def test_combining_is_that_of_the_maths_and_none_is_the_plain_view(stored: Stored) -> None:
    np.testing.assert_array_equal(stored.combined(3, 0.4), combine(stored.plain, stored.views[:3], 0.4))
    two = stored.views[:2]
    np.testing.assert_array_equal(stored.combined(2, 0.4, MAXIMUM), combine(stored.plain, two, 0.4, True))
    np.testing.assert_array_equal(stored.combined(2, 0.4, LOG_ODDS), combine_logits(stored.plain, two, 0.4))
    assert stored.combined(0, 0.25) is stored.plain


@pytest.mark.parametrize("rule", RULES)
def test_growth_begins_with_plain_and_ends_with_all_views_whatever_the_order(stored: Stored, rule: str) -> None:
    found = growth(stored, 0.25, rule)
    assert [g.k for g in found] == [0, 1, 2, 3, 4, 5]
    assert found[0].mean == accuracy(stored.plain, stored.labels)
    last = stored.accuracy(stored.combined(5, 0.25, rule))
    assert (found[-1].low, found[-1].high) == (last, last)
    assert all(g.low <= g.mean + 1e-12 and g.mean <= g.high + 1e-12 for g in found)  # the mean is subject to rounding


def test_growth_with_one_view_lies_among_the_single_views(stored: Stored) -> None:
    alone = [stored.accuracy(combine(stored.plain, view[None], 0.25)) for view in stored.views]
    one = growth(stored, 0.25, n_orders=40)[1]
    assert (one.low, one.high) == (min(alone), max(alone))


def test_growth_of_a_run_without_views_is_its_plain_accuracy(arrays: dict[str, np.ndarray], tmp_path: Path) -> None:
    np.savez(tmp_path / "p.npz", **arrays | {"views": np.empty((0, 60, 4), np.float32)})
    assert [g.k for g in growth(load_stored(tmp_path / "p.npz"), 0.25)] == [0]


def test_a_file_that_lacks_something_or_disagrees_with_itself_is_refused(
    arrays: dict[str, np.ndarray], tmp_path: Path
) -> None:
    path = tmp_path / "predictions.npz"
    for broken in (
        {k: v for k, v in arrays.items() if k != "labels"},
        arrays | {"views": arrays["views"][:, :59]},
        arrays | {"corners": arrays["views"][:, :, :3]},
        arrays | {"corners": arrays["views"][:4]},
        arrays | {"corners": arrays["views"][:, :2]},
        arrays | {"corners": arrays["views"][:, :2], "cornered": np.array([0, 60])},
        arrays | {"labels": arrays["names"]},
        arrays | {"names": np.array([{"a": 1}], dtype=object)},
    ):
        np.savez(path, **broken)
        with pytest.raises(DataError, match="not the predictions of a run"):
            load_stored(path)
    path.write_bytes(b"no zip")
    with pytest.raises(DataError, match="not the predictions of a run"):
        load_stored(path)


def test_a_fault_of_our_own_is_not_told_as_the_file_s(
    arrays: dict[str, np.ndarray], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    np.savez(tmp_path / "predictions.npz", **arrays)
    monkeypatch.setattr("sota_core.inference.predictions.Stored", lambda **parts: parts["no such part"])
    with pytest.raises(KeyError, match="no such part"):
        load_stored(tmp_path / "predictions.npz")


@pytest.mark.parametrize("name", ["plain", "views"])
def test_a_net_that_diverged_has_no_probabilities(arrays: dict[str, np.ndarray], tmp_path: Path, name: str) -> None:
    broken = arrays | {name: np.full_like(arrays[name], np.nan)}
    np.savez(tmp_path / "predictions.npz", **broken)
    with pytest.raises(DataError, match="loss stopped being a number, so it has no probabilities"):
        load_stored(tmp_path / "predictions.npz")
