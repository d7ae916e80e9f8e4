"""The message on the theme that Streamlit 1.67 sends at the head of every run, a fragment's too: put together once.

Streamlit reads some three hundred options for it each time, an eighth of all that a page of one slider costs when a
knob is let go. The message stays the same, so here it is copied.
"""

from collections.abc import Callable

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

from pages.shared.session.replaced import replaces

_kept: dict[str, tuple[object, CustomThemeConfig | None]] = {}


@replaces(app_session, "_populate_theme_msg")
def _populate(by_streamlit: Callable[..., None], msg: CustomThemeConfig, section: str = "theme") -> None:
    """Put together anew only where the settings have been read anew."""
    options = config._config_options
    read, theme = _kept.get(section, (None, None))
    if read is None or read is not options:
        theme = CustomThemeConfig()
        by_streamlit(theme, section)
        theme = theme if theme.ListFields() else None  # nothing is set: not even an empty message is to be told
        _kept[section] = (options, theme)
    if theme is not None:
        msg.MergeFrom(theme)
