"""Pictures in a row, each with what the net says of it, in the browser: as many side by side as there is room for.

A tile can be a button that names its picture to the page. Only constants enter html, css and js: class names and
numbers travel as data and are set as text.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.shared.components.data_uri import encoded
from sota_core.figures.palette import ROLES

_HTML = '<div class="room"><ul class="row"></ul></div>'

_CSS = """
.room { container-type: inline-size; font-family: var(--st-font); color: var(--st-text-color); }
.row { display: grid; grid-template-columns: repeat(var(--n), minmax(0, var(--most))); gap: .9rem .7rem;
  list-style: none; margin: 0; padding: 2px; min-height: var(--height, 0); align-content: start;
  font-size: .82rem; line-height: 1.32; font-variant-numeric: tabular-nums; }
@container (max-width: 560px) {
  .row { grid-template-columns: repeat(auto-fill, minmax(6rem, 1fr)); min-height: 0; }
}
li > * { display: block; width: 100%; padding: 0; border: 0; background: none; color: inherit; font: inherit;
  text-align: left; }
button { cursor: pointer; border-radius: var(--st-base-radius); }
button:hover img { filter: brightness(1.07); }
button:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 3px; }
img { display: block; width: 100%; border-radius: var(--st-base-radius); aspect-ratio: var(--shape, 1);
  object-fit: contain; }
.is-whole img { background: var(--st-secondary-background-color); }
.head { display: block; border-top: 3px solid var(--role, transparent); margin-bottom: .3rem; padding-top: .18rem;
  color: var(--role, inherit); font-weight: 600; white-space: nowrap; overflow: hidden; text-overflow: ellipsis; }
.is-narrow { font-size: .74rem; column-gap: .5rem; }
.is-dashed .head { border-top-style: dashed; }
.said { display: block; margin-top: .32rem; overflow-wrap: anywhere; }
.more { display: block; opacity: .68; }
.right::before { content: "✓ "; color: var(--st-green-color); font-weight: 700; }
.wrong::before { content: "✕ "; color: var(--st-red-color); font-weight: 700; }
"""

_JS = """
export default function ({ data, setTriggerValue, parentElement }) {
  const row = parentElement.querySelector(".row");
  row.style.setProperty("--n", data.columns);
  row.classList.toggle("is-narrow", data.columns > 6);
  row.style.setProperty("--most", data.most);
  row.style.setProperty("--height", data.height);
  row.classList.toggle("is-whole", data.whole);
  row.style.setProperty("--shape", data.whole ? "4 / 3" : "1");
  row.setAttribute("aria-label", data.label);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const items = data.tiles.map((tile) => {
    const item = make("li"), box = make(tile.pick === null ? "div" : "button"), image = make("img");
    if (tile.colour) item.style.setProperty("--role", `var(--st-${tile.colour}-color)`);
    item.classList.toggle("is-dashed", tile.dashed);
    image.src = tile.picture;
    image.alt = tile.alt;
    if (tile.head) box.append(make("span", "head", tile.head));
    box.append(image, make("span", `said ${tile.verdict}`, tile.said));
    if (tile.more) box.append(make("span", "more", tile.more));
    if (tile.pick !== null) {
      box.type = "button";
      box.title = data.invite;
      box.onclick = () => setTriggerValue("picked", tile.pick);
    }
    item.append(box);
    return item;
  });
  row.replaceChildren(...items);
}
"""

_component = st.components.v2.component("sota_gallery", html=_HTML, css=_CSS, js=_JS)


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
    height: str = "0",
    is_whole: bool = False,
    is_exact: bool = False,
    invite: str = "",
    on_pick: Callable[[int], None] | None = None,
) -> None:
    """Show the tiles. `height` keeps the row's place while their number changes; `most` is a tile's largest width.

    `is_whole`: pictures of any shape, none cut off; else squares. `is_exact`: each pixel as it is, where pixels are
    what is shown. `on_pick` gets a clicked tile's number before the page runs again.
    """
    _component(
        key=key,
        data={
            "tiles": [_data(tile, is_exact) for tile in tiles],
            "columns": columns or max(len(tiles), 1),
            "most": most,
            "height": height,
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


def _data(tile: Tile, is_exact: bool) -> dict:
    role = ROLES[tile.role] if tile.role else None
    verdict = {None: "", True: "right", False: "wrong"}[tile.is_right]
    judged = {None: "", True: ", right", False: ", wrong"}[tile.is_right]
    return {
        "picture": encoded(tile.picture, is_exact=is_exact),
        "alt": f"{tile.head + ': ' if tile.head else ''}{tile.said}{judged}",
        "head": f"{role.glyph} {tile.head}" if role and tile.head else tile.head,
        "colour": role.markdown if role else "",
        "said": tile.said,
        "more": tile.more,
        "verdict": verdict,
        "dashed": tile.is_dashed,
        "pick": tile.pick,
    }
