"""A visitor's picture is kept as small as those of the set, and with the same pixels."""

import io
from pathlib import Path

import numpy as np
from PIL import Image

from pages.shared.pictures import picker
from sota_core.data.pictures.view import load_presized


def test_24_megapixels_are_presized_at_once_and_as_the_set_s_own_pictures_are(tmp_path: Path) -> None:
    photo = Image.effect_noise((60, 40), 80).convert("RGB").resize((6_000, 4_000), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    photo.save(packed, "PNG")
    kept = picker._opened(packed.getvalue())
    assert kept.shape == (256, 384, 3)
    (tmp_path / "photo.png").write_bytes(packed.getvalue())
    assert np.array_equal(kept, np.asarray(load_presized(tmp_path / "photo.png", picker.SIDE)))
