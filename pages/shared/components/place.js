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

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".place");
  if (root.template !== data.template) {
    root.template = data.template;
    root.innerHTML = data.template;
    root.live = globalThis.sotaLive.of(root);
  }
  const fill = (values) => globalThis.sotaLive.fill(root.live, values);
  fill(data.own);
  root.dataset.stage = data.stage;
  root.fill = fill;
  const stage = globalThis.sotaStage(data.stage);
  stage.places.add(root);
  stage.fill?.(root);
  return () => stage.places.delete(root);
}
