/**
 * A piece of a page whose words, numbers and marks follow a hand: a template, and what stands in its slots.
 *
 * An element says by `data-live` what follows: `text:loss` its words, `--w:share` a property of its style,
 * `class:row` any attribute. The stage of the same name (stage.js) fills the slots while a knob is moved.
 *
 * An element with `data-hand` is a handle. Dragged along the box it stands in, it moves the knob of that name to the
 * step at which the slot named by `data-at` puts the handle under the pointer. The slider of that knob goes with it;
 * when it rests, the stage sends its one message.
 *
 * @typedef {object} Data
 * @property {string} stage  the stage it belongs to
 * @property {string} template  HTML, constants only
 * @property {Object<string, string>} own  slots that no knob moves
 */

const SOON_MS = 50; // until the next try, while the stage is being redrawn
const { ON_A_LINE, REST_MS, STRIDE, isShortcut } = globalThis.sotaKeys;
const ENDS = { Home: 0, End: Number.POSITIVE_INFINITY };

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const root = parentElement.querySelector(".place");
  const stage = globalThis.sotaStage(data.stage);
  if (root.template !== data.template) {
    letGo(stage, root);
    root.template = data.template;
    root.innerHTML = data.template;
    root.live = globalThis.sotaLive.of(root);
  }
  const fill = (values) => globalThis.sotaLive.fill(root.live, values);
  fill(data.own);
  root.dataset.stage = data.stage;
  root.fill = fill;
  stage.places.add(root);
  stage.fill?.(root);
  const handles = root.querySelectorAll("[data-hand]");
  for (const handle of handles) listen(stage, handle);
  const back = () => {
    for (const handle of handles) drop(stage, handle);
  };
  // A press elsewhere may move the knob too: what waits is told before it, since told later it would replace it.
  const leads = (event) => {
    for (const handle of handles) if (handle.timer && !event.composedPath().includes(handle)) tell(stage, handle);
  };
  const watch = new AbortController();
  addEventListener("popstate", back, { signal: watch.signal });
  addEventListener("pointerdown", leads, { signal: watch.signal, capture: true });
  const end = () => {
    stage.places.delete(root);
    watch.abort();
  };
  return globalThis.sotaEndBy(parentElement, end, () => letGo(stage, root));
}

/** The handles go, because the page is left or the template has changed. What they have not told yet is dropped. */
function letGo(stage, root) {
  for (const handle of root.querySelectorAll("[data-hand]")) {
    clearTimeout(handle.timer);
    if (stage.held?.[0] === handle.dataset.hand) stage.held = undefined;
  }
}

/** The back button overrides a step that was not told yet. */
function drop(stage, handle) {
  if (!handle.timer) return;
  clearTimeout(handle.timer);
  handle.timer = 0;
  if (stage.data) go(stage, handle.dataset.hand, stage.data.at[handle.dataset.hand]); // the slider went with the handle
  stage.held = undefined;
}

function listen(stage, handle) {
  const name = handle.dataset.hand;
  handle.onpointerdown = (event) => {
    if (event.button !== 0 || !stage.data?.along[name]) return;
    handle.setPointerCapture(event.pointerId);
    handle.focus();
    handle.grip = across(handle, event) - Number(columnOf(stage, handle)[stage.shown[name]]);
    handle.before = stage.shown[name];
  };
  handle.onpointermove = (event) => {
    if (!handle.hasPointerCapture(event.pointerId) || !stage.data?.along[name]) return;
    go(stage, name, nearest(columnOf(stage, handle), across(handle, event) - handle.grip));
  };
  handle.onpointerup = () => {
    handle.before = undefined; // a press that nothing came of, cancelled later, must not find it
    rest(stage, handle, 0);
  };
  handle.onpointercancel = () => {
    if (handle.before === undefined) return;
    go(stage, name, handle.before); // a finger that scrolls the page meant nothing
    handle.before = undefined;
    rest(stage, handle, 0);
  };
  handle.ondblclick = () => stage.data?.knobs[name]?.home != null && stage.ask(name, stage.data.knobs[name].home);
  handle.onkeydown = (event) => isShortcut(event) || key(stage, handle, event);
}

function key(stage, handle, event) {
  const name = handle.dataset.hand;
  if (!stage.knobs?.[name]) return;
  const way = ON_A_LINE[event.key];
  if (way === undefined && ENDS[event.key] === undefined) {
    if (stage.held) rest(stage, handle, 0); // told now: told later, it would replace what is typed
    return stage.begins(name, event);
  }
  event.preventDefault();
  go(stage, name, ENDS[event.key] ?? stage.shown[name] + way * (event.shiftKey ? STRIDE : 1));
  rest(stage, handle, REST_MS);
}

/** Where the pointer is, as a share of the box's width. */
function across(handle, event) {
  const box = handle.closest(".box").getBoundingClientRect();
  return (event.clientX - box.left) / box.width;
}

/** Where the handle stands at each step of its knob. */
function columnOf(stage, handle) {
  const { hand, at } = handle.dataset;
  return stage.data.along[hand].find((columns) => at in columns)[at];
}

function nearest(column, share) {
  const off = column.map((at) => Math.abs(at - share));
  return off.indexOf(Math.min(...off));
}

/**
 * Move the slider with the handle, as if it had been moved itself; what depends on the knob hears of it from there.
 * Nothing is done where another choice has just taken the knob away.
 */
function go(stage, name, step) {
  const knob = stage.knobs?.[name]; // these stay while an answer is unpacked, so that a key is heeded then too
  const slider = knob && document.querySelector(`.${knob.control} input[type=range]`);
  if (!slider) return;
  const value = knob.values[Math.min(knob.values.length - 1, Math.max(0, step))];
  stage.held = [name, value];
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(slider, value);
  slider.dispatchEvent(new Event("input", { bubbles: true }));
}

function rest(stage, handle, wait) {
  clearTimeout(handle.timer);
  handle.timer = setTimeout(() => tell(stage, handle), wait);
}

function tell(stage, handle) {
  clearTimeout(handle.timer);
  handle.timer = 0;
  if (!handle.isConnected) return;
  if (!stage.data) return rest(stage, handle, SOON_MS);
  const [name] = stage.held ?? [];
  stage.held = undefined;
  if (name && stage.shown[name] !== stage.data.at[name]) stage.ask(name, stage.shown[name]);
}
