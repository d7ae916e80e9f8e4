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
const STEPS = 100; // of λ from 0 to 1, here as in blend.py and blend.html
const INVITE_MS = 1400;
const ASKED_MS = 300; // of a glide to where a link, a reset, a double click or the browser's back button leads

/** What stays of a blend from one run of the page to the next. */
const blends = new WeakMap();

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const blend = blendOf(parentElement, data.stage);
  const { hand } = blend;
  blend.data = data;
  blend.view = viewOf(parentElement);
  const { canvas, range, lam } = blend.view;
  parentElement.querySelector(".name.a").textContent = data.name_a;
  parentElement.querySelector(".name.b").textContent = data.name_b;
  lam.title = data.type;
  hand.listen(range, lam);
  listen(blend);
  const end = hand.attach(() => arrive(blend), canvas, range);
  load(blend);
  const over = () => {
    end();
    cancelAnimationFrame(blend.due);
    blend.due = 0;
  };
  return globalThis.sotaEndBy(parentElement, over, () => hand.leave());
}

function blendOf(parentElement, stage) {
  if (!blends.has(parentElement)) {
    const hand = new globalThis.sotaHand(globalThis.sotaStage(stage), KNOB);
    blends.set(parentElement, { hand, loaded: "", touched: false });
  }
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

/** λ stands elsewhere, or is said once more. A hand is there already; to where the page asks for, the picture glides. */
function arrive(blend) {
  const { hand, lam: from } = blend;
  const lam = hand.step / STEPS;
  blend.lam = lam;
  if (from === lam && !hand.isDown) return;
  blend.touched ||= hand.isDown || from !== undefined;
  const glides = blend.a && from !== undefined && !hand.isDown && !globalThis.sotaIsStill();
  if (glides) glide(blend, from, ASKED_MS, () => blend.lam === lam);
  else appear(blend);
}

function listen(blend) {
  const { hand, view } = blend;
  const { canvas } = view;
  const take = (event) => hand.take(across(canvas, event));
  const isHeld = (event) => canvas.hasPointerCapture(event.pointerId); // else the press began elsewhere
  canvas.onpointerdown = (event) => {
    if (event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    hand.hold();
    blend.waits = event.pointerType === "touch" && event; // a finger may be about to scroll the page
    if (!blend.waits) take(event);
  };
  canvas.onpointermove = (event) => {
    if (!isHeld(event) || isUpright(blend.waits, event)) return;
    blend.waits = undefined;
    take(event);
  };
  canvas.onpointerup = (event) => {
    if (!isHeld(event)) return;
    take(event);
    hand.rest(0);
  };
  canvas.ondblclick = () => hand.goHome();
}

/** Has a finger that waits for its direction gone up or down? */
function isUpright(from, { clientX, clientY }) {
  return from && Math.abs(clientY - from.clientY) >= Math.abs(clientX - from.clientX);
}

/** The step under the pointer. */
function across(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return Math.min(STEPS, Math.max(0, Math.round((STEPS * (event.clientX - box.left)) / box.width)));
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

/** At first from picture A into the mix, so that one sees what the slider will do; a hand ends it. */
function appear(blend) {
  const invites = blend.a && blend.lam !== undefined && blend.data.invites && !blend.touched;
  if (invites && !globalThis.sotaIsStill()) glide(blend, 1, INVITE_MS, () => !blend.touched);
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
  view.range.setAttribute("aria-valuetext", `λ = ${written(lam)}: ${words}`);
  view.canvas.setAttribute("aria-label", data.laid.replace("{shares}", words));
  view.lam.textContent = `λ = ${written(lam)}`;
  view.lam.setAttribute("aria-label", `${view.lam.textContent}: ${data.type}`); // a link on the page may set this λ
  view.shareA.textContent = `${percent}\u00a0%`;
  view.shareB.textContent = `${100 - percent}\u00a0%`;
}

/** As the language of the page writes it, which Python has put there (shared/frame/back.py). */
function written(lam) {
  const digits = { minimumFractionDigits: 2, maximumFractionDigits: 2 };
  return lam.toLocaleString(document.documentElement.lang || "en", digits);
}
