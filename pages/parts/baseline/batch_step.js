/**
 * The pictures of one batch, each with what it is trained towards and what the net says before and after the step.
 *
 * @typedef {object} Row
 * @property {string} name  a class
 * @property {boolean} own  the picture's own class, or its mixup partner's
 * @property {number} target  its weight in the target, 0 to 1
 * @property {number} before  its probability in the step's own forward pass
 * @property {number} after  with the new weights
 * @property {string} change  `before` and `after` as text
 *
 * @typedef {object} Card
 * @property {string} picture  a data URI
 * @property {string} alt  the whole card in words
 * @property {Row[]} rows
 * @property {string} loss
 *
 * @typedef {object} Data
 * @property {Card[]} cards
 * @property {string} said  what is new, for a screen reader; "" while steps are played
 */

const make = globalThis.sotaMake;

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  parentElement.querySelector(".batch").replaceChildren(...data.cards.map(item));
  const said = parentElement.querySelector(".said");
  if (said.textContent !== data.said) said.textContent = data.said;
}

function item(card) {
  const node = make("li");
  const image = make("img");
  image.src = card.picture;
  image.alt = card.alt;
  const rows = make("div", "classes");
  rows.setAttribute("aria-hidden", "true"); // the picture's alt text says the same
  for (const row of card.rows) rows.append(name(row), track(row));
  node.append(image, rows, make("p", "", card.loss));
  return node;
}

function name(row) {
  const node = make("div", row.own ? "name is-target" : "name");
  node.append(make("span", "", row.name), make("span", "", row.change));
  return node;
}

function track(row) {
  const node = make("div", "track");
  for (const which of ["before", "after"]) {
    const bar = make("i", which);
    bar.style.width = `${100 * row[which]}%`;
    node.append(bar);
  }
  const mark = make("i", "target");
  mark.style.left = `calc(${100 * row.target}% - ${2 * row.target}px)`;
  node.append(mark);
  return node;
}
