"""Prints use the light theme's colours, exactly those of the theme file."""

import re
import tomllib

from pages.shared.components import files
from pages.shared.frame import paper
from sota_core import paths

THEME = tomllib.loads((paths.ROOT / ".streamlit/config.toml").read_text(encoding="utf-8"))["theme"]
SCRIPT = files.read(files.script(paper.__file__))


def test_every_colour_of_the_dark_theme_has_the_light_one_of_its_name() -> None:
    table = SCRIPT.partition("LIGHT_OF")[2].partition("}")[0]
    pairs = dict(re.findall(r'"(#[0-9a-f]{6})": "(#[0-9a-f]{6})"', table))
    named = {name: colour.lower() for name, colour in THEME["dark"].items() if name.endswith("Color")}
    assert pairs == {colour: THEME["light"][name].lower() for name, colour in named.items()}
