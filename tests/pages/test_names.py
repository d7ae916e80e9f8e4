"""A set whose class folders are not UTF-8 is shown like any other, and no page shows a traceback."""

import os
import sys
from pathlib import Path

import pytest
from PIL import Image

from sota_core.data.sets.sources import address_of
from tests.pages.conftest import texts  # type: ignore[import-not-found]


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("page", ["data", "baseline", "mixup", "resizing", "normalization"])
def test_class_folders_that_are_not_utf8_are_shown(visit, page: str, tmp_path: Path, monkeypatch) -> None:
    for k, name in enumerate(("кот", "пёс")):
        folder = tmp_path / "roots/set" / os.fsdecode(name.encode("cp1251"))
        folder.mkdir(parents=True)
        for i in range(6):
            Image.new("RGB", (64, 48), (90 * k, 30 * i, 9)).save(folder / f"{i}.png")
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    app = visit(page, source=address_of(str(tmp_path / "roots/set")))
    assert not app.exception
    said = texts(app) + " ".join(str(box.options) for box in app.selectbox)
    said.encode()
    if page in ("baseline", "mixup", "resizing"):
        assert "�EA�EE�F2" in said
