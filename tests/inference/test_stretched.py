"""Stored predictions for views of other strengths: in few bytes, and refused if they are not ours."""

from pathlib import Path

import numpy as np
import pytest

from sota_core.errors import DataError
from sota_core.inference import stretched


def test_what_is_written_comes_back_as_probabilities(tmp_path: Path) -> None:
    probs = np.random.default_rng(0).dirichlet([0.3] * 5, size=(2, 3, 4))
    kept = {2.0: np.log(probs[0]).astype(np.float16), 0.5: np.log(probs[1]).astype(np.float16)}
    stretched.save(tmp_path / "stretched.npz", kept)
    found = stretched.load(tmp_path / "stretched.npz")
    assert list(found) == [0.5, 2.0]
    for strength, expected in ((2.0, probs[0]), (0.5, probs[1])):
        np.testing.assert_allclose(found[strength], expected, rtol=1e-2, atol=3e-4)  # ln p is stored in eleven bits
        assert found[strength].dtype == np.float32


def test_another_file_in_its_place_is_refused(tmp_path: Path) -> None:
    (tmp_path / "stretched.npz").write_bytes(b"no file of ours")
    with pytest.raises(DataError, match="not the predictions of stretched views"):
        stretched.load(tmp_path / "stretched.npz")
