/**
 * Pictures of a batch side by side, each with its target as bars and a few lines of numbers.
 *
 * @typedef {object} Card
 * @property {string} picture  a data URI
 * @property {string} alt
 * @property {number} lam  the share of the first class, 0 to 1
 * @property {[side: "a" | "b", name: string, weight: number, written: string][]} bars
 * @property {string[]} lines
 *
 * @typedef {object} Data
 * @property {Card[]} cards
 */

const make = globalThis.sotaMake;

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  const list = parentElement.querySelector(".strip");
  list.replaceChildren(...data.cards.map(item));
}

function item(card) {
  const node = make("li");
  node.append(frame(card), bars(card), ...card.lines.map((line) => make("p", "", line)));
  return node;
}

function frame(card) {
  const node = make("div", "frame");
  const image = make("img");
  node.style.setProperty("--lam", card.lam);
  image.src = card.picture;
  image.alt = card.alt;
  node.append(image);
  return node;
}

function bars(card) {
  const node = make("div", "bars");
  for (const [side, name, weight, written] of card.bars) {
    node.append(make("span", `name ${side}`, name), track(side, weight), make("span", "weight", written));
  }
  return node;
}

function track(side, weight) {
  const node = make("span", `track ${side}`);
  const fill = make("i");
  fill.style.width = `${100 * weight}%`;
  node.append(fill);
  return node;
}
