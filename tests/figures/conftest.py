"""Charts made in these tests are validated."""

import pytest

from sota_core.figures import figure


@pytest.fixture(autouse=True)
def checked(monkeypatch: pytest.MonkeyPatch) -> None:
    """Validate every chart made here against Vega-Lite's schema; the app leaves that out, to save time."""
    monkeypatch.setattr(figure, "IS_CHECKED", True)
