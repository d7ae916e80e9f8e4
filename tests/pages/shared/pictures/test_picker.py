"""A visitor's picture is kept as small as those of the set, and with the same pixels."""

import io
from pathlib import Path
from unittest.mock import Mock

import numpy as np
import pytest
from PIL import Image

from pages.shared.pictures import picker
from sota_core.data.pictures.view import load_presized
from sota_core.errors import ImageError


def test_24_megapixels_are_presized_at_once_and_as_the_set_s_own_pictures_are(tmp_path: Path) -> None:
    photo = Image.effect_noise((60, 40), 80).convert("RGB").resize((6_000, 4_000), Image.Resampling.NEAREST)
    packed = io.BytesIO()
    photo.save(packed, "PNG")
    kept = picker._opened(packed.getvalue())
    assert kept.shape == (256, 384, 3)
    (tmp_path / "photo.png").write_bytes(packed.getvalue())
    assert np.array_equal(kept, np.asarray(load_presized(tmp_path / "photo.png", picker.SIDE)))


def test_a_broken_picture_is_named_and_lack_of_memory_is_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "1.png").write_bytes(b"no picture")
    with pytest.raises(ImageError, match=r"1\.png cannot be decoded"):
        picker._read(str(tmp_path), 0, 0)
    monkeypatch.setattr(picker, "load_presized", Mock(side_effect=MemoryError))
    with pytest.raises(MemoryError):
        picker._read(str(tmp_path), 0, 0)
