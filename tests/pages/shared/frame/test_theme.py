"""The theme sent to browsers: Streamlit's own, assembled once for all runs."""

import copy
import inspect
from collections.abc import Callable
from functools import partial

import pytest
from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from pages.shared.frame import theme

SECTIONS = ["theme", *(f"theme.{part.value}" for part in config.CustomThemeCategories)]
BY_STREAMLIT = inspect.unwrap(app_session._populate_theme_msg)


@pytest.fixture(autouse=True)
def fresh(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The sections that Streamlit has assembled, in order; nothing is kept when a test begins."""
    asked: list[str] = []

    def counted(msg: CustomThemeConfig, section: str = "theme") -> None:
        asked.append(section)
        BY_STREAMLIT(msg, section)

    monkeypatch.setattr(theme, "_kept", {})
    monkeypatch.setattr(app_session, "_populate_theme_msg", partial(theme._populate, counted))
    config.get_config_options()
    return asked


def told(section: str, populate: Callable[..., None] | None = None) -> CustomThemeConfig:
    whole = CustomThemeConfig()
    (populate or app_session._populate_theme_msg)(whole.light if section == "theme.light" else whole, section)
    return whole


@pytest.mark.parametrize("section", SECTIONS)
def test_it_is_streamlit_s_own_and_put_together_once(section: str, fresh: list[str]) -> None:
    right = told(section, BY_STREAMLIT)
    assert [told(section), told(section)] == [right, right] and told(section).HasField("light") == right.HasField(
        "light"
    )
    assert fresh == [section]


def test_settings_read_anew_are_told_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    before = told("theme.light")
    options = copy.deepcopy(config._config_options)
    assert options is not None
    options["theme.light.primaryColor"].set_value("#123456", "a test")
    monkeypatch.setattr(config, "_config_options", options)
    assert told("theme.light").light.primary_color == "#123456" != before.light.primary_color
