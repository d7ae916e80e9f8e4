/**
 * Moves what depends on a knob while a hand is on it: no message to the server, no formula. Python has sent what every
 * place (place.js) shows at each value of each knob; this picks the frame for where the knob stands.
 *
 * The knobs are Streamlit's own sliders and number fields, found by the class of their key: the value, the keyboard,
 * the address and the one message when the hand rests stay theirs.
 *
 * @typedef {object} Knob
 * @property {string | null} control  the class of its widget; null where a component calls `move` (blend.js)
 * @property {number[]} values  what the widget's input says at each step
 * @property {number | null} home  the step a double click goes to
 * @property {string[]} [words]  of a choice: what a hand may type for each step
 * @property {string} grid  what can be typed, in words
 *
 * @typedef {object} Data
 * @property {string} stage
 * @property {Object<string, Knob>} knobs
 * @property {{ ways: string, set: string, refused: string, empty: string }} says  words over a slider on what a hand
 *   can do there, and words of the field for an exact value
 * @property {Object<string, number | string | boolean>} at  the state that `now` shows; of knobs, their steps
 * @property {Object<string, string>} now
 * @property {Object<string, Array<Object<string, Array<string>>>>} along  knob → of each view, slot → its words at each step
 */

const SAY_MS = 700; // a screen reader is told where a hand has stopped, not every step on the way
const GLIDE_MS = 300;
const TOUCH_MS = 300; // for so long after a key or a press, a widget's move counts as the hand's
const MOVES = ["value", "data-selected"]; // attributes by which Streamlit's sliders and switches tell a hand's move
const VALUE = "[data-testid=stSliderThumbValue]";
// The number over a thumb: Streamlit lets the pointer through it. Made pressable, and as large as a finger needs it.
const PRESSABLE =
  "pointer-events:auto;cursor:text;text-decoration-line:underline;text-decoration-style:dotted;" +
  "padding:4px 7px;margin:-4px -7px;touch-action:manipulation";
const OF_A_VISIT = ["heard", "held", "isDown", "touchedAt", "knobs", "ask", "begins", "type", "box"];
const BEGINS = /^[\p{L}\d.,−–-]$/u; // a key that begins a value

/** @param {{ data: Uint8Array, setTriggerValue: (name: string, value: object) => void, parentElement: ParentNode }} component */
export default function ({ data, setTriggerValue, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const watch = new AbortController();
  unpacked(data).then((unpacked) => {
    if (!watch.signal.aborted) begin(unpacked, setTriggerValue, parentElement, watch.signal);
  });
  const leave = () => forget(parentElement.querySelector(".said"));
  return globalThis.sotaEndBy(parentElement, () => watch.abort(), leave);
}

/** The page is left: forget the visit's state. No hand is on it any more, and coming back to it is not to be told. */
function forget(said) {
  const stage = [...globalThis.sotaStages.values()].find((one) => one.said === said);
  stage?.box?.remove();
  for (const part of OF_A_VISIT) delete stage?.[part];
}

/** @returns {Promise<Data>} */
async function unpacked(data) {
  const stream = new Blob([data]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).json();
}

/** @param {Data} data */
function begin(data, setTriggerValue, parentElement, signal) {
  const stage = globalThis.sotaStage(data.stage);
  if (stage.shown && !isSame(stage.shown, data.at)) glide(stage);
  stage.data = data;
  stage.knobs = data.knobs; // these stay while the next answer is unpacked: a key pressed just then is heeded
  stage.says = data.says;
  stage.shown = { ...data.at };
  stage.said = parentElement.querySelector(".said");
  stage.ask = (knob, step) => {
    stage.touchedAt = undefined; // what comes back glides
    setTriggerValue("asked", { knob, step });
  };
  stage.move = (knob, value) => {
    stage.touchedAt = performance.now();
    moveTo(stage, knob, value);
  };
  stage.begins = (knob, event) => begins(stage, knob, event);
  stage.type = (knob, beside) => typeValue(stage, knob, beside, "");
  stage.fill = (place) => place.fill(data.now);
  for (const place of stage.places) place.fill(data.now);
  addEventListener("popstate", () => stage.box?.remove(), { signal }); // what was typed for another address
  if (stage.held) moveTo(stage, ...stage.held); // an older answer moves nothing under a hand
  for (const look of stage.followers) look();
  stage.heard ??= data.now.said; // on arrival nothing has happened that is to be told, however soon a hand comes
  say(stage, data.now.said);
  for (const name of Object.keys(data.knobs)) if (data.knobs[name].control) follow(stage, name, signal);
  signal.addEventListener("abort", () => {
    cancelAnimationFrame(stage.due);
    clearTimeout(stage.saying);
    stage.due = 0;
    stage.data = stage.move = undefined; // a page that is left and come back to must not get the old values
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
  // Streamlit draws a slider's number after the slider, and redraws it at times.
  const offers = () => {
    for (const value of element.querySelectorAll(VALUE)) if (!value.onclick) offer(stage, name, value);
  };
  const observer = new MutationObserver(() => {
    offers();
    if (element.querySelector("input")) move();
  });
  observer.observe(element, { subtree: true, childList: true, attributes: true, attributeFilter: MOVES });
  signal.addEventListener("abort", () => observer.disconnect());
  watchHand(stage, element, signal);
  element.addEventListener("input", move, { signal });
  const { home } = stage.knobs[name];
  element.addEventListener("dblclick", () => home !== null && stage.ask(name, home), { signal });
  element.addEventListener("keydown", (event) => stride(stage, name, event), { signal, capture: true });
  element.addEventListener("keydown", (event) => begins(stage, name, event), { signal, capture: true });
  offers();
  if (element.querySelector("input[type=range]")) element.title = stage.says.ways;
}

/** Note when a hand is on a widget: else the widget moves because Python has redrawn it. */
function watchHand(stage, element, signal) {
  const touch = () => (stage.touchedAt = performance.now());
  const letGo = () => (stage.isDown = false);
  element.addEventListener("pointerdown", () => (stage.isDown = true), { signal, capture: true });
  for (const kind of ["pointerup", "pointercancel"]) addEventListener(kind, letGo, { signal, capture: true });
  for (const kind of ["keydown", "input", "click"]) element.addEventListener(kind, touch, { signal, capture: true });
}

const isUnderHand = (stage) => stage.isDown || performance.now() - stage.touchedAt < TOUCH_MS;

/** Pressing the number over a slider's thumb opens a field for another: a finger's only way to an exact value. */
function offer(stage, name, value) {
  value.style.cssText += `;${PRESSABLE}`;
  for (const kind of ["pointerdown", "mousedown", "touchstart"])
    value[`on${kind}`] = (event) => event.stopPropagation();
  value.onclick = (event) => {
    event.stopPropagation();
    typeValue(stage, name, value.parentElement.querySelector("input"), "");
  };
}

/** What a knob's input says; a switch says 0 or 1. */
function said(input) {
  return input?.type === "checkbox" ? Number(input.checked) : input?.value;
}

/** Shift and an arrow: ten steps, told to Python like any other move. */
function stride(stage, name, event) {
  const { ON_A_LINE, STRIDE } = globalThis.sotaKeys;
  const way = ON_A_LINE[event.key];
  if (!event.shiftKey || !way || event.target.type !== "range") return;
  event.preventDefault();
  event.stopPropagation();
  const last = stage.knobs[name].values.length - 1;
  stage.ask(name, Math.min(last, Math.max(0, stage.shown[name] + way * STRIDE)));
}

/** The first key of a value, pressed on a slider or on a mark with that role, opens a field for the value. */
function begins(stage, name, event) {
  const isHand = event.target.type === "range" || event.target.getAttribute("role") === "slider";
  if (globalThis.sotaKeys.isShortcut(event) || !isHand || !BEGINS.test(event.key)) return;
  event.preventDefault();
  event.stopPropagation();
  typeValue(stage, name, event.target, event.key);
}

/** A field over the slider: Enter or its button sets what was typed, Escape or leaving it does not. */
function typeValue(stage, name, slider, first) {
  const { words, values, grid } = stage.knobs[name];
  const { box, field, button, refusal } = fieldOver(slider, first, grid, stage.says.set);
  const close = () => {
    slider.focus();
    box.remove(); // also where the slider has been drawn anew meanwhile, and takes no focus
  };
  stage.box = box;
  const set = () => {
    const step = stepOf(words ?? values.map(String), field.value);
    field.setAttribute("aria-invalid", String(step < 0));
    if (step < 0) {
      const { refused, empty } = stage.says;
      refusal.textContent = (field.value ? refused : empty).replace("{typed}", field.value).replace("{grid}", grid);
      return field.focus();
    }
    stage.ask(name, step);
    close();
  };
  field.inputMode = words || values.some((value) => value < 0) ? "text" : "decimal"; // a phone's digits have no minus
  button.onmousedown = (event) => event.preventDefault(); // Safari would take the focus from the field, to nowhere
  button.onclick = set;
  box.addEventListener("keydown", (event) => {
    event.stopPropagation();
    if (event.key === "Escape") close();
    if (event.key === "Enter" && event.target === field) set();
  });
  box.addEventListener("focusout", (event) => box.isConnected && !box.contains(event.relatedTarget) && box.remove());
  field.focus();
}

/** The field stands in the page's body: what Streamlit has drawn belongs to React. */
function fieldOver(slider, first, grid, set) {
  const [box, row, field, button, refusal] = ["div", "div", "input", "button", "div"].map((tag) =>
    document.createElement(tag),
  );
  const { left, top } = slider.getBoundingClientRect();
  const { backgroundColor, color } = getComputedStyle(document.querySelector("[data-testid=stApp]"));
  box.className = "sota-typed";
  box.style.cssText =
    "position:fixed;z-index:1000;width:260px;padding:6px 8px;border:1px solid;border-radius:6px;font-size:16px";
  box.style.left = `${Math.max(8, Math.min(left, innerWidth - 284))}px`;
  box.style.top = `${Math.max(8, top - 56)}px`;
  box.style.color = color;
  box.style.background = backgroundColor;
  row.style.cssText = "display:flex;gap:8px";
  field.style.cssText = "flex:1;min-width:0;font:inherit;color:inherit;background:inherit;border:0";
  button.style.cssText =
    "min-width:44px;min-height:32px;font:inherit;color:inherit;background:none;border:1px solid;border-radius:4px";
  field.value = first;
  field.placeholder = grid;
  field.enterKeyHint = "done";
  field.setAttribute("aria-label", `${slider.getAttribute("aria-label") ?? ""}: ${grid}`);
  button.type = "button";
  button.textContent = set;
  refusal.setAttribute("role", "alert");
  row.append(field, button);
  box.append(row, refusal);
  document.body.append(box);
  return { box, field, button, refusal };
}

/** The step whose value was typed, or -1. A comma is a point, and 0.50 is 0.5. */
function stepOf(words, typed) {
  const text = typed.trim().toLowerCase().replace(/[−–]/, "-").replace(",", ".");
  const value = Number(text);
  return words.findIndex((word) => word.toLowerCase() === text || (text !== "" && Number(word) === value));
}

function moveTo(stage, name, text) {
  const knob = stage.data.knobs[name]; // another choice may have taken it away
  const value = Number.parseFloat(text);
  if (!knob || Number.isNaN(value)) return;
  const step = nearest(knob.values, value);
  if (stage.shown[name] === step) return;
  if (!isUnderHand(stage)) glide(stage);
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
  const frame = {};
  for (const columns of stage.data.along[stage.hand]) for (const slot in columns) frame[slot] = columns[slot][step];
  for (const place of stage.places) place.fill(frame);
}

/** Tell a screen reader where a hand has stopped, once it rests: not every step on the way. */
function say(stage, words) {
  clearTimeout(stage.saying);
  stage.saying = setTimeout(() => {
    if (isUnderHand(stage)) return say(stage, words); // it is moved again already
    if (stage.heard === words) return;
    stage.heard = stage.said.textContent = words;
  }, SAY_MS);
}

/** Marks move to where a link, a reset or the browser's back button has put the knobs. */
function glide(stage) {
  if (globalThis.sotaIsStill()) return;
  for (const place of stage.places) {
    place.classList.add("gliding");
    setTimeout(() => place.classList.remove("gliding"), GLIDE_MS + 50);
  }
}
