/**
 * A picture with a box of another in it, drawn about by hand: the stage (stage.js) has what every place of it leaves.
 *
 * @typedef {object} Data
 * @property {string} a  picture A, a data address
 * @property {string} b  picture B
 * @property {string} stage  the stage whose knob `centre` this is
 * @property {number} columns  how many places stand in a row; as many rows
 * @property {{ label: string, a: string, b: string, place: string }} said  names of the hand and of both pictures; where
 *   the centre is, {across} and {down} to be filled in
 */

const KNOB = "centre";
const REST_MS = 250; // arrow keys come in rows: the last one is told
const SOON_MS = 50; // the stage is being drawn anew
const LOST_MS = 10_000; // a server that has not heard by now will not: what it says counts
const STRIDE = 10; // of an arrow key with shift
const WAYS = { ArrowRight: [1, 0], ArrowLeft: [-1, 0], ArrowDown: [0, 1], ArrowUp: [0, -1] };

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const root = parentElement.querySelector(".pad");
  const stage = globalThis.sotaStage(data.stage);
  root.hand ??= { isDown: false, timer: 0, step: 0 };
  for (const of of ["a", "b"]) Object.assign(root.querySelector(`.${of}`), { src: data[of], alt: data.said[of] });
  root.dataset.stage = data.stage;
  root.live ??= globalThis.sotaLive.of(root);
  root.fill = (values) => globalThis.sotaLive.fill(root.live, values);
  const { columns, said } = data;
  const pad = { root, stage, columns, said, frame: root.querySelector(".frame"), hand: root.hand };
  pad.frame.setAttribute("aria-label", said.label);
  const look = () => heed(pad);
  stage.places.add(root);
  stage.followers.add(look);
  stage.fill?.(root);
  listen(pad);
  look();
  return globalThis.sotaEndBy(parentElement, () => {
    stage.places.delete(root);
    stage.followers.delete(look);
  });
}

/** Python has said anew where the centre stands. A hand that has not been heard yet knows better. */
function heed(pad) {
  const { stage, hand } = pad;
  if (!stage.data) return;
  if (hand.isDown || hand.timer || hand.from === stage.data.at[KNOB]) return stage.move(KNOB, hand.step);
  hand.from = undefined;
  clearTimeout(hand.lost);
  hand.step = stage.data.at[KNOB];
  say(pad);
}

function listen(pad) {
  const { frame, hand, stage } = pad;
  frame.onpointerdown = (event) => {
    frame.setPointerCapture(event.pointerId);
    hand.isDown = true;
    hand.before = hand.step;
    if (event.pointerType !== "touch") move(pad, ...place(pad, event)); // a finger may be about to scroll the page
  };
  frame.onpointermove = (event) => {
    if (frame.hasPointerCapture(event.pointerId)) move(pad, ...place(pad, event));
  };
  frame.onpointerup = (event) => {
    move(pad, ...place(pad, event));
    rest(pad, 0);
  };
  frame.onpointercancel = () => {
    move(pad, hand.before % pad.columns, Math.floor(hand.before / pad.columns)); // it has scrolled the page
    rest(pad, 0);
  };
  frame.onkeydown = (event) => {
    const way = WAYS[event.key];
    if (!way) return;
    event.preventDefault();
    const steps = event.shiftKey ? STRIDE : 1;
    move(pad, (hand.step % pad.columns) + way[0] * steps, Math.floor(hand.step / pad.columns) + way[1] * steps);
    rest(pad, REST_MS);
  };
  frame.ondblclick = () => {
    const home = stage.data?.knobs[KNOB].home;
    if (home !== undefined) move(pad, home % pad.columns, Math.floor(home / pad.columns));
    rest(pad, 0);
  };
}

/** Column and row under the pointer. */
function place({ frame, columns }, event) {
  const box = frame.getBoundingClientRect();
  const at = (share) => Math.round(share * columns);
  return [at((event.clientX - box.left) / box.width), at((event.clientY - box.top) / box.height)];
}

function move(pad, column, row) {
  const inside = (i) => Math.min(pad.columns - 1, Math.max(0, i));
  pad.hand.step = inside(row) * pad.columns + inside(column);
  pad.stage.move?.(KNOB, pad.hand.step);
  say(pad);
}

function rest(pad, wait) {
  const { hand, frame } = pad;
  hand.isDown = false;
  clearTimeout(hand.timer);
  hand.timer = setTimeout(() => {
    hand.timer = 0;
    if (frame.isConnected) tell(pad);
  }, wait);
}

function tell(pad) {
  const { hand, stage } = pad;
  if (!stage.data) return rest(pad, SOON_MS);
  const from = stage.data.at[KNOB];
  if (from === hand.step && hand.from === undefined) return;
  hand.from = from === hand.step ? undefined : from;
  clearTimeout(hand.lost);
  hand.lost = setTimeout(() => {
    hand.from = undefined;
    heed(pad);
  }, LOST_MS);
  stage.ask(KNOB, hand.step);
}

function say({ frame, hand, columns, said }) {
  const [column, row] = [hand.step % columns, Math.floor(hand.step / columns)];
  frame.setAttribute("aria-valuemax", columns * columns - 1);
  frame.setAttribute("aria-valuenow", hand.step);
  const share = (i) => `${Math.round((100 * i) / columns)}\u00a0%`;
  const where = said.place.replace("{across}", share(column)).replace("{down}", share(row));
  frame.setAttribute("aria-valuetext", where);
}
