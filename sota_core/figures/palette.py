"""Which colour means what: the one place that says so.

A figure never names a colour. It names a role, and the browser looks the role up in the theme's list of
categorical colours, whose order is that of ROLES: so a figure follows a switch between light and dark by
itself. `.streamlit/config.toml` carries the same values; tests/figures/test_palette.py keeps them equal.
Colour never stands alone: each role has a dash, a marker and a word as well.
"""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Role:
    """One meaning. `marker` is a Vega shape, `dash` a line pattern, `markdown` Streamlit's colour name."""

    name: str
    light: str
    dark: str
    marker: str = "circle"
    dash: tuple[int, ...] = ()
    markdown: str = "primary"
    glyph: str = "●"


_ALL = (
    Role("train", "#0072B2", "#56B4E9", "circle", (), "blue", "●"),
    Role("valid", "#A36100", "#F0A63A", "diamond", (), "orange", "◆"),
    Role("tta", "#00805D", "#2FC49A", "triangle-up", (), "green", "▲"),
    Role("published", "#716C66", "#9A968F", "square", (5, 4), "gray", "■"),
    Role("picture_a", "#A8447F", "#E08FBD", "circle", (), "violet", "●"),
    Role("picture_b", "#007A8A", "#7FC4F0", "square", (), "yellow", "■"),
    Role("wrong", "#C44E00", "#F2773A", "cross", (), "red", "✕"),
    Role("right", "#00805D", "#2FC49A", "circle", (), "green", "✓"),
    Role("accent", "#4F46B8", "#9B93F5"),
)

ROLES: dict[str, Role] = {role.name: role for role in _ALL}

# The roles of several lines of one kind, in order: their hues differ, also for most people who see no red or no green.
# Green is TTA's and grey the printed tables', everywhere.
LINES = ("valid", "train", "picture_a", "accent", "picture_b")

# The page's background in the light theme and in the dark one: drawn around letters that stand over marks.
GROUND = "light-dark(#FDFCFA, #17171B)"

# For the lines of printed tables, which are all grey: a pattern each.
DASHES = ([5, 4], [1, 3], [9, 3], [9, 3, 2, 3], [3, 3, 9, 3], [14, 4], [2, 5], [6, 2, 2, 2], [12, 3, 3, 3], [4, 2])

# The domain every colour scale shares: position i is the theme's categorical colour i.
DOMAIN = tuple(ROLES)


def colour_scale() -> dict[str, Any]:
    """The scale of an Altair colour channel: our roles, the theme's colours."""
    return {"domain": list(DOMAIN)}


def key(role: str, words: str) -> str:
    """A piece of a figure's legend in Streamlit's markdown: marker and words in the role's colour.

    >>> key("train", "training")
    ':blue[● training]'
    """
    return f":{ROLES[role].markdown}[{ROLES[role].glyph} {words}]"
