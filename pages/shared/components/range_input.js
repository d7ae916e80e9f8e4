/**
 * A range input that moves a knob of a stage (hand.js, stage.js): what depends on the knob follows in the same frame,
 * without a message; one is sent when the hand rests.
 *
 * @typedef {object} Data
 * @property {string} label
 * @property {string[]} words  what each of the knob's values is called
 * @property {string} stage  the name of the stage
 * @property {string} knob  the name of one of its knobs
 * @property {string} type  what a press on the value does
 */

/** @type {WeakMap<ParentNode, object>} the hands, kept from one run of the page to the next */
const hands = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const stage = globalThis.sotaStage(data.stage);
  if (!hands.has(parentElement)) hands.set(parentElement, new globalThis.sotaHand(stage, data.knob));
  const hand = hands.get(parentElement);
  const [input, button] = ["input", "button"].map((tag) => parentElement.querySelector(tag));
  input.max = data.words.length - 1;
  input.setAttribute("aria-label", data.label);
  button.title = data.type;
  hand.listen(input, button);
  const show = () => {
    input.value = hand.step;
    button.textContent = data.words[hand.step];
    input.setAttribute("aria-valuetext", data.words[hand.step]);
  };
  const end = hand.attach(show, input);
  return globalThis.sotaEndBy(parentElement, end, () => hand.leave());
}
