"""The generated pictures that benchmarks use where the real Imagenette is not at hand."""

from pathlib import Path

import numpy as np

from benchmarks import pictures
from sota_core.data.pictures.listing import list_pictures


def test_generated_pictures_are_a_set_that_can_be_trained_on(tmp_path: Path):
    pictures._generate(tmp_path / "generated", n=100)
    listing = list_pictures(tmp_path / "generated")
    assert listing.classes == tuple(f"class{i}" for i in range(10))
    assert listing.is_valid is not None
    for is_valid, n in ((False, 8), (True, 2)):
        assert np.bincount(listing.labels[listing.is_valid == is_valid], minlength=10).tolist() == [n] * 10
