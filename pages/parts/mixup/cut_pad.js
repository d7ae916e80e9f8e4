/**
 * A picture with a box of another in it. A hand drags the box; the stage (stage.js) has the numbers for every place.
 *
 * @typedef {object} Data
 * @property {string} a  picture A, a data URI
 * @property {string} b  picture B
 * @property {string} stage  the stage whose knob `centre` this is
 * @property {number} columns  how many places a row has; there are as many rows
 * @property {{ label: string, a: string, b: string, place: string }} said  names of the control and of both pictures;
 *   where the centre is, with {across} and {down} to be filled in
 */

const KNOB = "centre";
const FAR = 1000; // past any edge
const ENDS = { Home: [-FAR, 0], End: [FAR, 0], PageUp: [0, -FAR], PageDown: [0, FAR] };
const { ON_A_PICTURE, REST_MS, STRIDE, isShortcut } = globalThis.sotaKeys;

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const root = parentElement.querySelector(".pad");
  const stage = globalThis.sotaStage(data.stage);
  root.hand ??= new globalThis.sotaHand(stage, KNOB);
  for (const of of ["a", "b"]) Object.assign(root.querySelector(`.${of}`), { src: data[of], alt: data.said[of] });
  root.dataset.stage = data.stage;
  root.live ??= globalThis.sotaLive.of(root);
  root.fill = (values) => globalThis.sotaLive.fill(root.live, values);
  const { columns, said } = data;
  const pad = { columns, said, frame: root.querySelector(".frame"), hand: root.hand };
  pad.frame.setAttribute("aria-label", said.label);
  stage.places.add(root);
  stage.fill?.(root);
  listen(pad);
  const end = root.hand.attach(() => say(pad), pad.frame);
  const over = () => {
    stage.places.delete(root);
    end();
  };
  return globalThis.sotaEndBy(parentElement, over, () => pad.hand.leave());
}

function listen(pad) {
  const { frame, hand } = pad;
  const isHeld = (event) => frame.hasPointerCapture(event.pointerId); // else the press began elsewhere
  frame.onpointerdown = (event) => {
    if (event.button !== 0) return;
    frame.setPointerCapture(event.pointerId);
    hand.hold();
    if (event.pointerType !== "touch") move(pad, ...place(pad, event)); // a finger may be about to scroll the page
  };
  frame.onpointermove = (event) => {
    if (isHeld(event)) move(pad, ...place(pad, event));
  };
  frame.onpointerup = (event) => {
    if (!isHeld(event)) return;
    move(pad, ...place(pad, event));
    hand.rest(0);
  };
  frame.onkeydown = (event) => key(pad, event);
  frame.ondblclick = () => hand.goHome();
}

/** An arrow goes one place, with shift ten; Home, End, PageUp and PageDown to the edge on the left, right, top, bottom. */
function key(pad, event) {
  const { hand, columns } = pad;
  const [right, down] = ON_A_PICTURE[event.key] ?? ENDS[event.key] ?? [];
  if (right === undefined || isShortcut(event)) return;
  event.preventDefault();
  const steps = event.shiftKey ? STRIDE : 1;
  move(pad, (hand.step % columns) + right * steps, Math.floor(hand.step / columns) + down * steps);
  hand.rest(REST_MS);
}

/** Column and row under the pointer. */
function place({ frame, columns }, event) {
  const box = frame.getBoundingClientRect();
  const at = (share) => Math.round(share * columns);
  return [at((event.clientX - box.left) / box.width), at((event.clientY - box.top) / box.height)];
}

function move({ columns, hand }, column, row) {
  const inside = (i) => Math.min(columns - 1, Math.max(0, i));
  hand.move(inside(row) * columns + inside(column));
}

function say({ frame, hand, columns, said }) {
  const [column, row] = [hand.step % columns, Math.floor(hand.step / columns)];
  frame.setAttribute("aria-valuemax", columns * columns - 1);
  frame.setAttribute("aria-valuenow", hand.step);
  const share = (i) => `${Math.round((100 * i) / columns)}\u00a0%`;
  const where = said.place.replace("{across}", share(column)).replace("{down}", share(row));
  frame.setAttribute("aria-valuetext", where);
}
