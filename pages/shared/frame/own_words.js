/**
 * Streamlit's own words, in the language of the page: names for whoever does not see the screen, hints in empty fields,
 * and what is seen in few places. Streamlit speaks English, and cannot be told another language.
 *
 * Words are found by what they say. In what is seen, where names of classes stand too, only the places are looked at that
 * hold nobody else's. React writes a word again only when it has changed for React, and a text keeps its node.
 */

const ATTRIBUTES = ["aria-label", "title", "placeholder"];
const NAMED = ATTRIBUTES.map((name) => `[${name}]`).join();
/** Where Streamlit's words are seen, and nobody else's. */
const SEEN = [
  "[data-testid=stSkipToContent]",
  "[data-testid=stFileUploaderDropzone]",
  "[data-testid=stCameraInput]",
].join();

/** Each element's or text's words: what they were, and what they are now, by attribute ("" for a text). */
globalThis.sotaOwnWords ??= new Map();
let words = [];

/** @param {Record<string, string>} data  what Streamlit says → what is said; {x} stands for a name or a number */
function compiled(data) {
  return Object.entries(data).map(([said, ours]) => {
    const pattern = said.replace(/[.*+?^$()[\]\\|]/g, "\\$&").replace("{x}", "(.+)");
    return [new RegExp(`^${pattern}$`), ours];
  });
}

function translated(text) {
  for (const [pattern, ours] of words) {
    const match = pattern.exec(text.trim());
    if (match) return ours.replace("{x}", () => match[1] ?? "");
  }
  return null;
}

/** Where words may stand: an element and the attribute, or a text and "". */
function places() {
  const elements = [...document.querySelectorAll(NAMED)];
  const named = elements.flatMap((one) =>
    ATTRIBUTES.filter((name) => one.hasAttribute(name)).map((name) => [one, name]),
  );
  return [...named, ...[...document.querySelectorAll(SEEN)].flatMap(textsOf)];
}

function textsOf(place) {
  const walker = document.createTreeWalker(place, NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) found.push([walker.currentNode, ""]);
  return found;
}

function read(node, name) {
  return name ? node.getAttribute(name) : node.nodeValue;
}

function write(node, name, text) {
  if (name) node.setAttribute(name, text);
  else node.nodeValue = text;
}

function give() {
  for (const [node, said] of globalThis.sotaOwnWords) {
    if (!node.isConnected) globalThis.sotaOwnWords.delete(node);
    else if (!words.length) takeBack(node, said);
  }
  if (words.length) for (const [node, name] of places()) put(node, name);
}

function put(node, name) {
  const before = read(node, name);
  const now = translated(before);
  if (now === null || now === before) return;
  globalThis.sotaOwnWords.set(node, { ...globalThis.sotaOwnWords.get(node), [name]: [before, now] });
  write(node, name, now);
}

function takeBack(node, said) {
  for (const [name, [before, now]] of Object.entries(said)) if (read(node, name) === now) write(node, name, before);
  globalThis.sotaOwnWords.delete(node);
}

/** @param {{ data: Record<string, string>, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  words = compiled(data ?? {});
  give();
  const changes = { attributeFilter: ATTRIBUTES, characterData: true };
  const end = words.length ? globalThis.sotaWhenSettled(give, changes) : () => {};
  return globalThis.sotaEndBy(parentElement, end, () => {
    words = [];
    give();
  });
}
