"""What is unfolded of a run: it stays so in the other language, where each fold is another one to Streamlit."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.compare import pair


def page() -> None:
    from pages.parts.compare import pair

    pair._folds([], "run")


def test_an_open_fold_of_a_run_is_open_under_another_title(monkeypatch: pytest.MonkeyPatch) -> None:
    def entitled(title: str) -> None:
        part = SimpleNamespace(TITLE=title, ICON=":material/tune:", draw=lambda runs, key: None)
        monkeypatch.setattr(pair, "calibration", part)

    def opened() -> list[bool]:
        assert not app.exception
        return [fold.proto.expanded for fold in app.expander]

    entitled("Calibration")
    app = AppTest.from_function(page).run()
    assert opened() == [False, False]
    app.session_state["run.calibration"] = True
    app.run()
    assert opened() == [True, False]
    entitled("Kalibrierung")
    app.run()
    assert opened() == [True, False]
