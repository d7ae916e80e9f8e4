/**
 * Moves what hangs on a knob while a hand is on it: no message to the server, no formula. Python has sent what every
 * place (place.js) shows at each value of each knob; this picks the frame for where the knob stands.
 *
 * The knobs are Streamlit's own sliders and number fields, found by the class of their key: the value, the keyboard,
 * the address and the one message when the hand rests stay theirs.
 *
 * @typedef {object} Knob
 * @property {string | null} control  the class of its widget; null where a component calls `move` (blend.js)
 * @property {number[]} values  what the widget's input says at each step
 * @property {number | null} home  the step a double click goes to
 *
 * @typedef {object} Data
 * @property {string} stage
 * @property {Object<string, Knob>} knobs
 * @property {Object<string, number | string | boolean>} at  where the frames of `now` stand: of knobs the steps
 * @property {Object<string, string>} now
 * @property {Object<string, Object<string, Array<string>>>} along
 */

const SAY_MS = 700; // a reader is told what a hand has left, not every step on the way
const GLIDE_MS = 300;
const MOVES = ["value", "data-selected"]; // attributes by which Streamlit's sliders and switches tell a hand's move
const STRIDE = 10; // steps of an arrow key with shift

/** @param {{ data: Uint8Array, setTriggerValue: (name: string, value: object) => void, parentElement: ParentNode }} component */
export default function ({ data, setTriggerValue, parentElement }) {
  const watch = new AbortController();
  unpacked(data).then((unpacked) => {
    if (!watch.signal.aborted) begin(unpacked, setTriggerValue, parentElement, watch.signal);
  });
  return () => watch.abort();
}

/** @returns {Promise<Data>} */
async function unpacked(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

/** @param {Data} data */
function begin(data, setTriggerValue, parentElement, signal) {
  const stage = globalThis.sotaStage(data.stage);
  if (stage.shown && !isSame(stage.shown, data.at)) glide(stage);
  stage.data = data;
  stage.shown = { ...data.at };
  stage.said = parentElement.querySelector(".said");
  stage.ask = (knob, step) => setTriggerValue("asked", { knob, step });
  stage.move = (knob, value) => moveTo(stage, knob, value);
  stage.fill = (place) => place.fill(data.now);
  for (const place of stage.places) place.fill(data.now);
  for (const look of stage.followers) look();
  say(stage, data.now.said);
  for (const name of Object.keys(data.knobs)) if (data.knobs[name].control) follow(stage, name, signal);
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(stage.due);
    clearTimeout(stage.saying);
    stage.due = 0;
    stage.data = stage.move = undefined; // a page left and come back to must not be told what stood here
  });
}

const isSame = (shown, at) => Object.keys(at).every((name) => shown[name] === at[name]);

/** A knob's widget may be drawn after the stage: then it is looked for whenever the page changes. */
function follow(stage, name, signal) {
  const { control } = stage.data.knobs[name];
  const attach = () => {
    const found = document.querySelector(`.${control}`);
    if (found) watchKnob(stage, name, found, signal);
    return found;
  };
  if (attach()) return;
  const waiting = new MutationObserver(() => attach() && waiting.disconnect());
  waiting.observe(document.body, { childList: true, subtree: true });
  signal.addEventListener("abort", () => waiting.disconnect());
}

function watchKnob(stage, name, element, signal) {
  const move = () => moveTo(stage, name, said(element.querySelector("input")));
  const observer = new MutationObserver(move);
  observer.observe(element, { subtree: true, attributes: true, attributeFilter: MOVES });
  signal.addEventListener("abort", () => observer.disconnect());
  element.addEventListener("input", move, { signal });
  const { home } = stage.data.knobs[name];
  element.addEventListener("dblclick", () => home !== null && stage.ask(name, home), { signal });
  element.addEventListener("keydown", (event) => stride(stage, name, event), { signal, capture: true });
}

/** What a knob's input says; a switch says 0 or 1. */
function said(input) {
  return input?.type === "checkbox" ? Number(input.checked) : input?.value;
}

/** Shift and an arrow: ten steps, told to Python like any other move. */
function stride(stage, name, event) {
  const way = { ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }[event.key];
  if (!event.shiftKey || !way || event.target.type !== "range") return;
  event.preventDefault();
  event.stopPropagation();
  const last = stage.data.knobs[name].values.length - 1;
  stage.ask(name, Math.min(last, Math.max(0, stage.shown[name] + way * STRIDE)));
}

function moveTo(stage, name, text) {
  const value = Number.parseFloat(text);
  if (Number.isNaN(value)) return;
  const step = nearest(stage.data.knobs[name].values, value);
  if (stage.shown[name] === step) return;
  stage.shown[name] = step;
  stage.hand = name;
  stage.due ||= requestAnimationFrame(() => paint(stage));
}

function nearest(values, value) {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (Math.abs(values[i] - value) < Math.abs(values[best] - value)) best = i;
  return best;
}

function paint(stage) {
  stage.due = 0;
  const step = stage.shown[stage.hand];
  const columns = stage.data.along[stage.hand];
  const frame = {};
  for (const slot in columns) frame[slot] = columns[slot][step];
  for (const place of stage.places) place.fill(frame);
}

/** What a hand has left, once it rests: not every step on the way. */
function say(stage, words) {
  clearTimeout(stage.saying);
  stage.saying = setTimeout(() => {
    if (stage.heard !== undefined && stage.heard !== words) stage.said.textContent = words;
    stage.heard = words;
  }, SAY_MS);
}

/** Marks move to where a link, a reset or the browser's back button has put the knobs. */
function glide(stage) {
  if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
  for (const place of stage.places) {
    place.classList.add("gliding");
    setTimeout(() => place.classList.remove("gliding"), GLIDE_MS + 50);
  }
}
