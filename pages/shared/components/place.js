/**
 * A piece of a page whose words, numbers and marks follow a hand: a template, and what stands in its slots.
 *
 * An element says by `data-live` what follows: `text:loss` its words, `--w:share` a property of its style,
 * `class:row` any attribute. The stage of the same name (stage.js) fills the slots while a knob is moved.
 *
 * @typedef {object} Data
 * @property {string} stage  the stage it belongs to
 * @property {string} template  HTML, constants only
 * @property {Object<string, string>} own  slots that no knob moves
 */

const PROPERTY = /^--/;

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const root = parentElement.querySelector(".place");
  if (root.template !== data.template) {
    root.template = data.template;
    root.innerHTML = data.template;
    root.slots = slotsOf(root);
    root.shown = new Map();
  }
  fill(root, data.own);
  root.dataset.stage = data.stage;
  root.fill = (values) => fill(root, values);
  const stage = globalThis.sotaStage(data.stage);
  stage.places.add(root);
  stage.fill?.(root);
  return globalThis.sotaEndBy(parentElement, () => stage.places.delete(root));
}

/** slot → every [element, what of it] that follows it */
function slotsOf(root) {
  const slots = new Map();
  for (const element of root.querySelectorAll("[data-live]")) {
    for (const pair of element.dataset.live.split(" ")) {
      const [what, slot] = pair.split(":");
      if (!slots.has(slot)) slots.set(slot, []);
      slots.get(slot).push([element, what]);
    }
  }
  return slots;
}

function fill({ slots, shown }, values) {
  for (const slot in values) {
    if (shown.get(slot) === values[slot]) continue;
    shown.set(slot, values[slot]);
    for (const [element, what] of slots.get(slot) ?? []) set(element, what, values[slot]);
  }
}

function set(element, what, value) {
  if (what === "text") element.textContent = value;
  else if (PROPERTY.test(what)) element.style.setProperty(what, value);
  else element.setAttribute(what, value);
}
