"""Charts of tests are checked."""

import pytest

from sota_core.figures import figure


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every chart made here is held against Vega-Lite's schema; the app saves the time."""
    monkeypatch.setattr(figure, "IS_CHECKED", True)
