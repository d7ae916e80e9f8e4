/**
 * Two pictures and λ, blended in the browser: no message while a hand is on it, one when it rests.
 *
 * λ has one owner, the address. The stage (stage.js) says where λ stands. Through the stage a hand moves everything
 * else that depends on λ at once, and tells Python when it rests; so picture and numbers always agree.
 *
 * @typedef {object} Data
 * @property {string} a  picture A, a data URI
 * @property {string} b  picture B
 * @property {string} name_a
 * @property {string} name_b
 * @property {string} stage  the name of the stage whose knob `lam` this is
 * @property {boolean} invites  glide into the mix on arrival
 */

const KNOB = "lam";
const REST_MS = 250; // arrow keys come in quick succession: only the last is told
const SOON_MS = 50; // until the next try, while the stage is being redrawn
const LOST_MS = 10_000; // a server that has not heard by now will not: what it said last counts
const INVITE_MS = 1400;
const ASKED_MS = 300; // of a glide to where a link, a reset or the browser's back button leads
const STRIDE = 0.1; // of an arrow key with shift
const WAYS = new Map(Object.entries({ ArrowRight: 1, ArrowUp: 1, ArrowLeft: -1, ArrowDown: -1 }));

/** What stays of a blend from one run of the page to the next. */
const blends = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const blend = blendOf(parentElement);
  blend.data = data;
  blend.view = viewOf(parentElement);
  blend.stage = globalThis.sotaStage(data.stage);
  parentElement.querySelector(".name.a").textContent = data.name_a;
  parentElement.querySelector(".name.b").textContent = data.name_b;
  parentElement.querySelector(".lam").title = data.type;
  const look = () => heed(blend);
  // The back button overrides a λ that the server has not answered yet, and one that was not told yet.
  const back = () => {
    clearTimeout(blend.timer);
    Object.assign(blend, { timer: 0, untold: undefined, isDown: false });
    heed(blend);
  };
  const watch = new AbortController();
  blend.stage.followers.add(look);
  addEventListener("popstate", back, { signal: watch.signal });
  listen(blend, watch.signal);
  look();
  load(blend);
  const end = () => {
    blend.stage.followers.delete(look);
    watch.abort();
    cancelAnimationFrame(blend.due);
    blend.due = 0;
  };
  return globalThis.sotaEndBy(parentElement, end, () => leave(blend));
}

/** The page is left: forget what was not told yet, so that a later stage of the same name does not get it. */
function leave(blend) {
  clearTimeout(blend.timer);
  clearTimeout(blend.lost);
  Object.assign(blend, { timer: 0, isDown: false, untold: undefined });
}

function blendOf(parentElement) {
  if (!blends.has(parentElement)) blends.set(parentElement, { loaded: "", touched: false, isDown: false, timer: 0 });
  return blends.get(parentElement);
}

function viewOf(parentElement) {
  const find = (selector) => parentElement.querySelector(selector);
  const canvas = find("canvas");
  return {
    canvas,
    pen: canvas.getContext("2d", { willReadFrequently: true }),
    figure: find("figure"),
    range: find("input"),
    lam: find(".lam"),
    shareA: find("output.a"),
    shareB: find("output.b"),
  };
}

/** Where Python says that λ stands; undefined while the stage is being drawn. */
function asked({ stage }) {
  return stage.data?.knobs[KNOB].values[stage.data.at[KNOB]];
}

/** Go where the page asks (a link, an address, the back button); not while a hand is on it, or has no answer yet. */
function heed(blend) {
  const lam = asked(blend);
  if (lam === undefined) return;
  if (blend.isDown || blend.timer || blend.untold?.past.includes(lam)) {
    blend.stage.move(KNOB, blend.lam); // numbers just redrawn come back to the picture's λ
    return;
  }
  blend.untold = undefined;
  clearTimeout(blend.lost);
  if (blend.lam === lam) return;
  const from = blend.lam;
  blend.touched ||= from !== undefined;
  blend.lam = lam;
  blend.stage.move(KNOB, lam); // where an answer never came, the numbers still show the hand's λ
  if (blend.a && from !== undefined && !isStill()) glide(blend, from, ASKED_MS, () => blend.lam === lam);
  else appear(blend);
}

function listen(blend, signal) {
  const { canvas, range, lam } = blend.view;
  lam.onclick = () => blend.stage.type?.(KNOB, range);
  range.oninput = () => {
    hold(blend);
    move(blend, range.value / 100);
  };
  range.onchange = () => rest(blend, REST_MS);
  // No `change` comes where the range is let go at the value it was pressed at, or Escape has ended the drag.
  addEventListener("pointerup", () => blend.isDown && rest(blend, REST_MS), { signal, capture: true });
  addEventListener("pointercancel", () => callBack(blend), { signal, capture: true });
  addEventListener("pointerdown", (event) => leads(blend, event), { signal, capture: true });
  range.onkeydown = (event) => stride(blend, event);
  range.ondblclick = () => goHome(blend);
  canvas.ondblclick = range.ondblclick;
  const isHeld = (event) => canvas.hasPointerCapture(event.pointerId); // else the press began elsewhere
  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    hold(blend);
    blend.waits = event.pointerType === "touch" && event; // a finger may be about to scroll the page
    if (!blend.waits) move(blend, across(canvas, event));
  };
  canvas.onpointermove = (event) => {
    if (!isHeld(event) || isUpright(blend.waits, event)) return;
    blend.waits = undefined;
    move(blend, across(canvas, event));
  };
  canvas.onpointerup = (event) => {
    if (!isHeld(event)) return;
    move(blend, across(canvas, event));
    rest(blend, 0);
  };
}

/** Undo what a finger that scrolls the page has moved: it meant no λ, and no `change` event follows. */
function callBack(blend) {
  if (!blend.isDown) return;
  move(blend, blend.before);
  rest(blend, 0);
}

/** Has a finger that waits for its direction gone up or down? */
function isUpright(from, { clientX, clientY }) {
  return from && Math.abs(clientY - from.clientY) >= Math.abs(clientX - from.clientX);
}

/** A press elsewhere may move λ too: what waits is told before it, since told later it would replace it. */
function leads(blend, event) {
  const { range, canvas } = blend.view;
  const isOwn = event.composedPath().some((one) => one === range || one === canvas);
  if (blend.timer && !isOwn) tellNow(blend);
}

/** Where the pointer is, as a share of the canvas's width. */
function across(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return (event.clientX - box.left) / box.width;
}

function hold(blend) {
  clearTimeout(blend.timer);
  blend.timer = 0;
  if (!blend.isDown) blend.before = blend.lam;
  blend.isDown = true;
}

function move(blend, lam) {
  blend.touched = true;
  blend.lam = Math.min(1, Math.max(0, Math.round(lam * 100) / 100));
  blend.stage.move?.(KNOB, blend.lam);
  show(blend);
}

function rest(blend, wait) {
  blend.isDown = false;
  clearTimeout(blend.timer);
  blend.timer = setTimeout(() => tellNow(blend), wait);
}

function tellNow(blend) {
  clearTimeout(blend.timer);
  blend.timer = 0;
  if (blend.view.canvas.isConnected) tell(blend);
}

function tell(blend) {
  const { data, ask } = blend.stage;
  const from = asked(blend);
  if (from === undefined) return rest(blend, SOON_MS);
  if ((blend.untold?.to ?? from) === blend.lam) return;
  // if one was told before and is not answered yet, its answer is to move nothing either
  blend.untold = { past: [...(blend.untold?.past ?? []), blend.untold?.to ?? from], to: blend.lam };
  clearTimeout(blend.lost);
  blend.lost = setTimeout(() => {
    blend.untold = undefined;
    heed(blend);
  }, LOST_MS);
  ask(KNOB, Math.round(blend.lam * (data.knobs[KNOB].values.length - 1)));
}

/** Shift and an arrow go ten steps. The first key of a value opens a field for it. */
function stride(blend, event) {
  if (blend.timer && !WAYS.has(event.key)) rest(blend, 0); // told now: told later, it would replace what is typed
  blend.stage.begins?.(KNOB, event);
  const way = WAYS.get(event.key);
  if (!event.shiftKey || !way) return;
  event.preventDefault();
  move(blend, blend.lam + way * STRIDE);
  rest(blend, REST_MS);
}

function goHome(blend) {
  const { values, home } = blend.stage.data?.knobs[KNOB] ?? {};
  if (values === undefined) return;
  const from = blend.lam;
  move(blend, values[home]);
  if (from !== blend.lam && blend.a && !isStill()) glide(blend, from, ASKED_MS, () => blend.lam === values[home]);
  rest(blend, 0);
}

async function load(blend) {
  const { a, b } = blend.data;
  const id = `${a.length} ${a.slice(-64)} ${b.slice(-64)}`;
  if (blend.loaded === id) return show(blend);
  blend.loaded = id;
  const { canvas, pen } = blend.view;
  const pens = [await drawn(canvas, a), await drawn(canvas, b)];
  if (blend.loaded !== id) return; // others have been chosen while these were decoded
  const { width, height } = canvas;
  const isRead = globalThis.sotaReadsPixels();
  const [ofA, ofB] = pens.map((one) => (isRead ? one.getImageData(0, 0, width, height).data : one.canvas));
  Object.assign(blend, { a: ofA, b: ofB, sum: isRead && pen.createImageData(width, height) });
  appear(blend);
}

async function drawn({ width, height }, address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  const pen = new OffscreenCanvas(width, height).getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0, width, height);
  return pen;
}

const isStill = () => matchMedia("(prefers-reduced-motion: reduce)").matches;

/** At first from picture A into the mix, so that one sees what the slider will do; a hand ends it. */
function appear(blend) {
  const invites = blend.a && blend.lam !== undefined && blend.data.invites && !blend.touched;
  if (invites && !isStill()) glide(blend, 1, INVITE_MS, () => !blend.touched);
  else show(blend);
}

function glide(blend, from, ms, goesOn) {
  const begin = performance.now();
  const step = (now) => {
    if (!goesOn()) return;
    const t = Math.min(1, Math.max(0, (now - begin) / ms));
    paint(blend, t < 1 ? from + (blend.lam - from) * (1 - (1 - t) ** 3) : blend.lam);
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function show(blend) {
  blend.due ||= requestAnimationFrame(() => paint(blend, blend.lam));
}

function paint(blend, lam) {
  blend.due = 0;
  if (lam === undefined) return;
  say(blend, lam);
  const { a, b, sum } = blend;
  if (!a || !b) return;
  if (!sum) return lay(blend.view, a, b, lam);
  const out = sum.data;
  for (let i = 0; i < out.length; i++) out[i] = lam * a[i] + (1 - lam) * b[i]; // clamped arrays round to nearest
  blend.view.pen.putImageData(sum, 0, 0);
}

/** Where no pixel can be read, the browser blends: up to its rounding the same. */
function lay({ pen }, a, b, lam) {
  pen.globalAlpha = 1;
  pen.drawImage(b, 0, 0);
  pen.globalAlpha = lam;
  pen.drawImage(a, 0, 0);
}

/** λ in words and numbers, for the eye and for a screen reader. */
function say({ data, view }, lam) {
  const percent = Math.round(lam * 100);
  const words = `${percent}\u00a0% ${data.name_a}, ${100 - percent}\u00a0% ${data.name_b}`;
  view.figure.style.setProperty("--lam", lam);
  view.range.value = percent;
  view.range.setAttribute("aria-valuetext", `λ = ${globalThis.sotaNumber(lam, 2)}: ${words}`);
  view.canvas.setAttribute("aria-label", data.laid.replace("{shares}", words));
  view.lam.textContent = `λ = ${globalThis.sotaNumber(lam, 2)}`;
  view.lam.setAttribute("aria-label", `${view.lam.textContent}: ${data.type}`); // a link on the page may set this λ
  view.shareA.textContent = `${percent}\u00a0%`;
  view.shareB.textContent = `${100 - percent}\u00a0%`;
}
