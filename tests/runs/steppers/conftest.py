"""A stepper needs no store: settings in a temporary folder are enough."""

from pathlib import Path

import pytest

from sota_core.settings import Settings, load


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return load({"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")})
