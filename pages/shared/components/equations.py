"""Equations one can touch: every symbol lights up wherever it stands, and says what it is; its number is below it.

In the browser, without a message to the server. Only constants enter html, css and js: pieces and numbers travel
as data and are set as text. Symbols are buttons, so the keyboard reaches them.
"""

from collections.abc import Mapping, Sequence

from streamlit.components import v2

from sota_core.learn.equations import PARTS, Equation

_HTML = """
<div class="all"></div>
<div class="told" aria-live="polite"><strong></strong><em></em><span></span></div>
"""

_CSS = """
.all { font-family: var(--st-font); color: var(--st-text-color); display: grid; gap: .55rem; }
figure { margin: 0; display: grid; grid-template-columns: 6.2rem 1fr; align-items: start; gap: .4rem; }
figcaption { opacity: .62; padding-top: .5rem; font-size: .92rem; }
.line { display: flex; flex-wrap: wrap; align-items: start; row-gap: .5rem; }
.piece { display: grid; justify-items: center; border: 0; background: none; color: inherit; padding: .22rem .3rem;
  font: inherit; border-radius: var(--st-base-radius); border-bottom: 2px solid transparent; }
button.piece { cursor: pointer; }
.sign { font-family: var(--st-heading-font), serif; font-size: 1.4rem; line-height: 1.5; white-space: nowrap; }
button .sign { font-style: italic; }
.number { font-size: .84rem; line-height: 1.5; font-variant-numeric: tabular-nums; opacity: .78; min-height: 1.3em;
  white-space: nowrap; }
button.piece:hover, button.piece.lit { background: color-mix(in srgb, var(--st-primary-color) 14%, transparent);
  border-bottom-color: var(--st-primary-color); }
button.piece.lit .sign { color: var(--st-primary-color); font-weight: 600; }
button.piece:focus-visible { outline: 2px solid var(--st-primary-color); outline-offset: 1px; }
.rows { display: grid; padding: .22rem .6rem .22rem 0; font-size: .84rem; opacity: .62; line-height: 1.5; }
.rows i { font-style: normal; min-height: 1.3em; white-space: nowrap; }
.rows i:first-child { font-size: 1.4rem; line-height: 1.5; visibility: hidden; }
.told { font-family: var(--st-font); color: var(--st-text-color); margin-top: .9rem; padding: .7rem .9rem;
  min-height: 4.6em; border-left: 3px solid var(--st-primary-color);
  background: var(--st-secondary-background-color); border-radius: 0 var(--st-base-radius) var(--st-base-radius) 0;
  line-height: 1.5; box-sizing: border-box; }
.told strong { font-family: var(--st-heading-font), serif; font-size: 1.2rem; margin-right: .6rem; }
.told em { opacity: .7; margin-right: .8rem; }
@media (max-width: 560px) { figure { grid-template-columns: 1fr; gap: 0; } .sign { font-size: 1.2rem; }
  .piece { padding: .2rem .16rem; } }
"""

_JS = """
const lit = new WeakMap();

export default function ({ data, parentElement }) {
  const all = parentElement.querySelector(".all"), told = parentElement.querySelector(".told");
  const make = (tag, name, text) => {
    const node = document.createElement(tag);
    if (name) node.className = name;
    if (text) node.textContent = text;
    return node;
  };
  const show = (part) => {
    lit.set(parentElement, part);
    for (const node of all.querySelectorAll("button.piece")) {
      node.classList.toggle("lit", node.dataset.part === part);
      node.setAttribute("aria-pressed", node.dataset.part === part);
    }
    const [title, say, text] = data.parts[part];
    told.querySelector("strong").textContent = title;
    told.querySelector("em").textContent = `say: ${say}`;
    told.querySelector("span").textContent = text;
  };
  all.replaceChildren(...data.equations.map((equation) => {
    const figure = make("figure"), line = make("div", "line");
    figure.append(make("figcaption", "", equation.name), line);
    line.setAttribute("role", "group");
    line.setAttribute("aria-label", equation.spoken);
    if (equation.rows.length > 1) {
      const rows = make("div", "rows");
      rows.append(make("i", "", "x"), ...equation.rows.map((row) => make("i", "", row)));
      line.append(rows);
    }
    for (const { text, part, values } of equation.pieces) {
      const node = make(part ? "button" : "span", "piece");
      node.append(make("span", "sign", text));
      for (let i = 0; i < equation.rows.length; i++)
        node.append(make("span", "number", values.length ? values[i] : part ? "" : text));
      if (part) {
        node.type = "button";
        node.dataset.part = part;
        node.onmouseenter = node.onfocus = node.onclick = () => show(part);
      }
      line.append(node);
    }
    return figure;
  }));
  const before = lit.get(parentElement);
  show(before in data.parts ? before : data.first);
}
"""

_touch = v2.component("sota_equations", html=_HTML, css=_CSS, js=_JS)


def equations(of: Sequence[Equation], *, key: str, first: str) -> None:
    """Draw the equations; `first` is the part that is explained before anything is touched."""
    parts = {piece.part: PARTS[piece.part] for equation in of for piece in equation.pieces if piece.part}
    _touch(key=key, data={"equations": [_data(e) for e in of], "parts": parts, "first": first})


def _data(equation: Equation) -> Mapping[str, object]:
    return {
        "name": equation.name,
        "spoken": equation.spoken,
        "rows": equation.rows,
        "pieces": [{"text": p.text, "part": p.part, "values": p.values} for p in equation.pieces],
    }
