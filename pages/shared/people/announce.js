/**
 * Tells a screen reader what has changed while nobody touched anything, each thing once.
 *
 * The live region stands in the page's body and stays: one that is drawn anew together with its words is not read.
 *
 * @typedef {object} Data
 * @property {string} of  what it is about
 * @property {string} words  "" while there is nothing to tell
 */

const ID = "sota-told";
const UNSEEN = "position:absolute;width:1px;height:1px;overflow:hidden;clip-path:inset(50%);white-space:nowrap";

/** What it is about → the words that were told of it last. */
globalThis.sotaTold ??= new Map();

/** @param {{ data: Data }} component */
export default function ({ data }) {
  const region = document.getElementById(ID) ?? makeRegion(); // there before its first words
  if (!data.words || globalThis.sotaTold.get(data.of) === data.words) return;
  globalThis.sotaTold.set(data.of, data.words);
  region.textContent = data.words;
}

function makeRegion() {
  const region = document.createElement("p");
  region.id = ID;
  region.style.cssText = UNSEEN;
  region.setAttribute("role", "status");
  region.setAttribute("aria-live", "polite");
  document.body.append(region);
  return region;
}
