/**
 * Equations one can touch: a symbol lights up wherever it stands, and below the equations stands what it is.
 *
 * @typedef {object} Piece
 * @property {string} text
 * @property {string | null} part  the name of what can be touched; null: a sign between
 * @property {string[]} values  its number in each row; none: it has no numbers
 *
 * @typedef {object} Equation
 * @property {string} name
 * @property {string} spoken  the whole, as one says it
 * @property {string[]} rows  what the rows of numbers are of
 * @property {Piece[]} pieces
 *
 * @typedef {object} Data
 * @property {Equation[]} equations
 * @property {Record<string, [title: string, say: string, text: string]>} parts
 * @property {string} first  the part that is explained before anything is touched
 */

const make = globalThis.sotaMake;

/** Which part was touched last. */
const lit = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  const show = (part) => {
    lit.set(parentElement, part);
    light(parentElement.querySelector(".all"), part);
    tell(parentElement.querySelector(".told"), data.parts[part]);
  };
  parentElement.querySelector(".all").replaceChildren(...data.equations.map((equation) => figure(equation, show)));
  const before = lit.get(parentElement);
  show(before in data.parts ? before : data.first);
}

function light(all, part) {
  for (const node of all.querySelectorAll("button.piece")) {
    node.classList.toggle("lit", node.dataset.part === part);
    node.setAttribute("aria-pressed", node.dataset.part === part);
  }
}

/** Text that stays the same is left alone: a screen reader would read it again. */
function tell(told, words) {
  for (const [i, tag] of ["strong", "em", "span"].entries()) {
    const node = told.querySelector(tag);
    if (node.textContent !== words[i]) node.textContent = words[i];
  }
}

function figure(equation, show) {
  const node = make("figure");
  const line = make("div", "line");
  line.setAttribute("role", "group");
  line.setAttribute("aria-label", equation.spoken);
  if (equation.rows.length > 1) line.append(rowNames(equation.rows));
  line.append(...equation.pieces.map((piece) => pieceOf(piece, equation.rows.length, show)));
  node.append(make("figcaption", "", equation.name), line);
  return node;
}

/** The names in front of the rows of numbers; an invisible first one takes the height of the equation's own row. */
function rowNames(rows) {
  const node = make("div", "rows");
  node.append(make("i", "", "x"), ...rows.map((row) => make("i", "", row)));
  return node;
}

function pieceOf({ text, part, values }, nRows, show) {
  const node = make(part ? "button" : "span", "piece");
  node.append(make("span", "sign", text));
  const withoutValues = part ? "" : text;
  for (let i = 0; i < nRows; i++) node.append(make("span", "number", values.length ? values[i] : withoutValues));
  if (part) {
    node.type = "button";
    node.dataset.part = part;
    node.onclick = () => show(part);
    node.onfocus = node.onclick;
    node.onmouseenter = node.onclick;
  }
  return node;
}
