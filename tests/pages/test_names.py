"""A set whose class folders are not UTF-8 is shown like any other, and no page shows a traceback."""

import os
import sys
from pathlib import Path

import pytest

from sota_core.data.sets.sources import address_of
from tests.pages.conftest import texts  # type: ignore[import-not-found]
from tests.pictures import class_folders


@pytest.mark.skipif(sys.platform != "linux", reason="other systems refuse such names")
@pytest.mark.parametrize("page", ["data", "baseline", "mixup", "resizing", "normalization"])
def test_class_folders_that_are_not_utf8_are_shown(visit, page: str, tmp_path: Path, monkeypatch) -> None:
    classes = [os.fsdecode(name.encode("cp1251")) for name in ("кот", "пёс")]
    folder = class_folders(tmp_path / "roots/set", classes, 6)
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path / "roots"))
    app = visit(page, source=address_of(str(folder)))
    assert not app.exception
    said = texts(app) + " ".join(str(box.options) for box in app.selectbox)
    said.encode()
    if page in ("baseline", "mixup", "resizing"):
        assert "�EA�EE�F2" in said
