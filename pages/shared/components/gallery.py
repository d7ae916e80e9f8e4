"""Pictures in a row, each with what the net says of it, in the browser: as many side by side as there is room for.

A tile can be a button that names its picture to the page. Only constants enter html, css and js: class names and
numbers travel as data and are set as text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.shared.components import files
from pages.shared.components.data_uri import encoded
from sota_core.figures.palette import ROLES
from sota_core.language import tr

_component = files.component("sota_gallery", __file__)


@dataclass(frozen=True, slots=True, eq=False)
class Tile:
    """A picture and a few words. `is_right`: None where it is not judged; `pick`: what a click on it names.

    Shapes
        picture  (H, W, 3)  uint8
    """

    picture: np.ndarray
    said: str
    head: str = ""
    role: str | None = None
    more: str = ""
    is_right: bool | None = None
    is_dashed: bool = False
    pick: int | None = None


def gallery(
    tiles: Sequence[Tile],
    *,
    key: str,
    label: str,
    columns: int | None = None,
    most: str = "9.4rem",
    is_whole: bool = False,
    invite: str = "",
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Show the tiles. `most` is a tile's largest width.

    `is_whole`: pictures of any shape, none cut off; else squares. `on_pick` gets a clicked tile's number before the
    page runs again.
    """
    _component(
        key=key,
        data={
            "tiles": [_data(tile) for tile in tiles],
            "columns": columns or max(len(tiles), 1),
            "most": most,
            "whole": is_whole,
            "label": label,
            "invite": invite,
        },
        on_picked_change=lambda: _picked(key, on_pick),
    )


def _picked(key: str, on_pick: Callable[[int], None] | None) -> None:
    number = (st.session_state.get(key) or {}).get("picked")
    # what a browser sends is not to be trusted
    if on_pick is not None and isinstance(number, int) and not isinstance(number, bool):
        on_pick(number)


def _data(tile: Tile) -> dict:
    role = ROLES[tile.role] if tile.role else None
    verdict = {None: "", True: "right", False: "wrong"}[tile.is_right]
    alt = f"{tile.head + ': ' if tile.head else ''}{tile.said}"
    if tile.is_right is not None:
        alt = tr("{picture}, right", picture=alt) if tile.is_right else tr("{picture}, wrong", picture=alt)
    return {
        "picture": encoded(tile.picture, is_exact=False),
        "alt": alt,
        "head": f"{role.glyph} {tile.head}" if role and tile.head else tile.head,
        "colour": role.markdown if role else "",
        "said": tile.said,
        "more": tile.more,
        "verdict": verdict,
        "dashed": tile.is_dashed,
        "pick": tile.pick,
    }
