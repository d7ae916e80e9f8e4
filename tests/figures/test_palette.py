"""Each colour has one meaning: the theme file and the palette agree."""

import tomllib

import pytest

from sota_core import paths
from sota_core.figures import palette

THEME = tomllib.loads((paths.ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_the_theme_s_categorical_colours_are_the_roles_in_their_order(mode: str) -> None:
    assert THEME[mode]["chartCategoricalColors"] == [getattr(role, mode) for role in palette.ROLES.values()]


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("role", palette.ROLES.values(), ids=lambda role: role.name)
def test_words_are_coloured_as_figures_are(role: palette.Role, mode: str) -> None:
    assert THEME[mode][f"{role.markdown}Color"] == getattr(role, mode)


def _luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [p / 12.92 if p <= 0.03928 else ((p + 0.055) / 1.055) ** 2.4 for p in parts]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(a: str, b: str) -> float:
    """The contrast ratio of WCAG 2."""
    bright, dark = sorted((_luminance(a), _luminance(b)), reverse=True)
    return (bright + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("mode", ["light", "dark"])
def test_marks_stand_out_from_the_ground_and_text_reads_well(mode: str) -> None:
    ground = THEME[mode]["backgroundColor"]
    # WCAG 2 requires 4.5 for text, and words appear in every role's colour
    assert all(contrast(getattr(role, mode), ground) >= 4.5 for role in palette.ROLES.values())
    assert contrast(THEME[mode]["textColor"], ground) >= 7
    assert contrast(THEME[mode]["linkColor"], ground) >= 4.5


def test_roles_that_share_a_figure_differ_in_marker_or_dash_as_well() -> None:
    together = [palette.ROLES[name] for name in ("train", "valid", "tta", "published")]
    assert len({role.marker for role in together}) == len(together)
    assert len({role.glyph for role in together}) == len(together)


def test_letters_over_marks_have_the_page_s_ground_around_them() -> None:
    assert f"light-dark({THEME['light']['backgroundColor']}, {THEME['dark']['backgroundColor']})" == palette.GROUND
