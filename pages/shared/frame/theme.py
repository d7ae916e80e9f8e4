"""The message on the theme that Streamlit 1.67 sends at the head of every run, a fragment's too: put together once.

Streamlit reads some three hundred options for it each time, an eighth of all that a page of one slider costs when a
knob is let go. The message stays the same, so here it is copied.
"""

from streamlit import config
from streamlit.proto.NewSession_pb2 import CustomThemeConfig
from streamlit.runtime import app_session

_by_streamlit = app_session._populate_theme_msg
_kept: dict[str, tuple[object, CustomThemeConfig | None]] = {}


def put_together_once() -> None:
    """From now on, for every session of this process; again after the settings have been read again."""
    app_session._populate_theme_msg = _populate


def _populate(msg: CustomThemeConfig, section: str = "theme") -> None:
    options = config._config_options
    read, theme = _kept.get(section, (None, None))
    if read is None or read is not options:
        theme = CustomThemeConfig()
        _by_streamlit(theme, section)
        theme = theme if theme.ListFields() else None  # nothing is set: not even an empty message is to be told
        _kept[section] = (options, theme)
    if theme is not None:
        msg.MergeFrom(theme)
