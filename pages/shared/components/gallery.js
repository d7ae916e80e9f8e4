/**
 * Pictures in a row, each with what the net says of it; a tile can be a button that names its picture to the page.
 *
 * @typedef {object} Tile
 * @property {string} picture  a data URI
 * @property {string} alt
 * @property {string} head  "" for none
 * @property {string} colour  a colour of the theme for the head, "" for none
 * @property {string} said
 * @property {string} more  "" for none
 * @property {"" | "right" | "wrong"} verdict
 * @property {boolean} dashed
 * @property {number | null} pick  what a click names; null: not to be clicked
 *
 * @typedef {object} Data
 * @property {Tile[]} tiles
 * @property {number} columns
 * @property {string} most  a tile's largest width, a length of CSS
 * @property {boolean} whole  pictures of any shape, none cut off
 * @property {string} label
 * @property {string} invite  what a click does
 */

const make = globalThis.sotaMake;

/** @param {{ data: Data, setTriggerValue: (name: string, value: number) => void, parentElement: ParentNode }} component */
export default function ({ data, setTriggerValue, parentElement }) {
  const row = parentElement.querySelector(".row");
  layOut(row, data);
  row.pick = (number) => setTriggerValue("picked", number);
  data.tiles.forEach((tile, place) => {
    const [before, says] = [row.children[place], JSON.stringify([tile, data.invite])];
    if (before?.says === says) return; // it stays: it may have the focus, or a press on it is not let go yet
    const node = item(tile, data.invite, (number) => row.pick(number));
    node.says = says;
    if (before) before.replaceWith(node);
    else row.append(node);
  });
  while (row.children.length > data.tiles.length) row.lastElementChild.remove();
}

function layOut(row, data) {
  row.style.setProperty("--n", data.columns);
  row.style.setProperty("--most", data.most);
  row.style.setProperty("--shape", data.whole ? "4 / 3" : "1");
  row.classList.toggle("is-narrow", data.columns > 6);
  row.classList.toggle("is-whole", data.whole);
  row.setAttribute("aria-label", data.label);
}

function item(tile, invite, onPick) {
  const node = make("li");
  if (tile.colour) node.style.setProperty("--role", `var(--st-${tile.colour}-color)`);
  node.classList.toggle("is-dashed", tile.dashed);
  node.append(tile.pick === null ? box("div", tile) : button(tile, invite, onPick));
  return node;
}

function button(tile, invite, onPick) {
  const node = box("button", tile);
  node.type = "button";
  node.title = invite;
  node.onclick = () => onPick(tile.pick);
  return node;
}

function box(tag, tile) {
  const node = make(tag);
  const image = make("img");
  image.src = tile.picture;
  image.alt = tile.alt;
  if (tile.head) node.append(make("span", "head", tile.head));
  node.append(image, make("span", `said ${tile.verdict}`, tile.said));
  if (tile.more) node.append(make("span", "more", tile.more));
  return node;
}
