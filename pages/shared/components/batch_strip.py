"""Pictures of a batch side by side, each with its target as bars and a few lines of numbers, in the browser.

A row of Streamlit columns would stack on a phone; here as many stand side by side as there is room for. Only
constants enter html, css and js: names and numbers travel as data and are set as text.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from pages.shared.components.data_uri import encoded
from sota_core.functional.boxes import Box

_HTML = '<ul class="strip"></ul>'

_CSS = """
.strip { display: grid; grid-template-columns: repeat(auto-fill, minmax(var(--least, 9.5rem), 1fr)); gap: 1.3rem 1rem;
  list-style: none; margin: 0; padding: 0; font-family: var(--st-font); color: var(--st-text-color);
  --a: var(--st-violet-color); --b: var(--st-yellow-color); font-size: .82rem; line-height: 1.35;
  font-variant-numeric: tabular-nums; }
.frame { position: relative; border-radius: var(--st-base-radius); padding: 3px; line-height: 0;
  background: linear-gradient(90deg, var(--a) calc(var(--lam) * 100%), var(--b) 0); }
img { width: 100%; aspect-ratio: 1; border-radius: calc(var(--st-base-radius) - 2px); }
.box { position: absolute; inset: 3px; pointer-events: none; }
.box i { position: absolute; border: 2px dashed var(--b); box-sizing: border-box; }
.bars { display: grid; grid-template-columns: minmax(0, max-content) 1fr 2.2em; gap: .1rem .5rem; align-items: center;
  align-content: start; min-height: 2.9em; margin: .45rem 0 .3rem; }
.track { height: 6px; border-radius: 3px; background: var(--st-secondary-background-color); overflow: hidden; }
.track i { display: block; height: 100%; background: var(--a); }
.name { overflow: hidden; text-overflow: ellipsis; white-space: nowrap; }
.name::before { content: "● "; color: var(--a); }
.b.name::before { content: "■ "; color: var(--b); }
.b.track i { background: var(--b); }
.weight { text-align: right; }
p { margin: 0; opacity: .78; }
"""

_JS = """
export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".strip");
  list.style.setProperty("--least", data.least);
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const items = data.cards.map((card) => {
    const item = make("li"), frame = make("div", "frame"), image = make("img");
    frame.style.setProperty("--lam", card.lam);
    image.src = card.picture;
    image.alt = card.alt;
    frame.append(image);
    if (card.box) {
      const ground = make("div", "box"), edge = make("i");
      const [x, y, w, h] = card.box.map((share) => `${100 * share}%`);
      Object.assign(edge.style, { left: x, top: y, width: w, height: h });
      ground.append(edge);
      frame.append(ground);
    }
    const bars = make("div", "bars");
    for (const [side, name, weight] of card.bars) {
      const track = make("span", `track ${side}`), fill = make("i");
      fill.style.width = `${100 * weight}%`;
      track.append(fill);
      bars.append(make("span", `name ${side}`, name), track, make("span", "weight", weight.toFixed(2)));
    }
    item.append(frame, bars, ...card.lines.map((line) => make("p", "", line)));
    return item;
  });
  list.replaceChildren(...items);
}
"""

_component = st.components.v2.component("sota_batch_strip", html=_HTML, css=_CSS, js=_JS)


@dataclass(frozen=True, slots=True)
class Card:
    """One picture and the shares of its two classes; `box` is where the partner's part stands, in pixels of it."""

    picture: np.ndarray
    names: tuple[str, str]
    lam: float
    lines: tuple[str, ...] = ()
    box: Box | None = None


def batch_strip(cards: Sequence[Card], *, key: str, least: str = "9.5rem") -> None:
    """Show the cards in rows; `least` is how narrow one may become before fewer stand in a row."""
    _component(key=key, data={"cards": [_data(card) for card in cards], "least": least})


def _data(card: Card) -> dict:
    height, width = card.picture.shape[:2]
    (a, b), box = card.names, card.box
    edges = (box.x1 / width, box.y1 / height, box.width / width, box.height / height) if box else None
    return {
        "picture": encoded(card.picture, is_exact=False),
        "alt": f"{100 * card.lam:.0f} % {a}, {100 - 100 * card.lam:.0f} % {b}",
        "lam": card.lam,
        # Partners of one class share one bar: the target does not know them apart.
        "bars": [["a", a, 1.0]] if a == b else [["a", a, card.lam], ["b", b, 1 - card.lam]],
        "lines": list(card.lines),
        "box": edges if box and box.area else None,
    }
