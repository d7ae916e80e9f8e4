/**
 * Tells a screen reader what has changed while nobody touched anything. What is there when one arrives is not news.
 *
 * @typedef {object} Data
 * @property {string} of  what it is about: of something else nothing has been heard yet
 * @property {string} words  "" while there is nothing to tell
 */

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  const said = parentElement.querySelector(".said");
  const isNews = said.of === data.of && said.words !== data.words;
  if (isNews) said.textContent = data.words;
  else if (said.of !== data.of) said.textContent = "";
  Object.assign(said, data);
}
