/**
 * Two pictures and λ, blended in the browser: no message while a hand is on it, one when it rests.
 *
 * @typedef {object} Data
 * @property {string} a  picture A, a data address
 * @property {string} b  picture B
 * @property {string} name_a
 * @property {string} name_b
 * @property {number} lam  the λ the page asks for, 0 to 1
 * @property {number} turn  how often the page has asked: the same λ may be asked for again
 * @property {boolean} invites  glide into the mix on arrival
 */

const REST_MS = 250; // arrow keys come in rows: the last one is told
const GLIDE_MS = 1400;

/** What stays of a blend from one run of the page to the next. */
const blends = new WeakMap();

/** @param {{ data: Data, setStateValue: (name: string, value: number) => void, parentElement: ParentNode }} component */
export default function ({ data, setStateValue, parentElement }) {
  const blend = blendOf(parentElement, data.lam);
  blend.data = data;
  blend.view = viewOf(parentElement);
  blend.tell = (lam) => setStateValue("lam", lam);
  heed(blend);
  parentElement.querySelector(".name.a").textContent = data.name_a;
  parentElement.querySelector(".name.b").textContent = data.name_b;
  listen(blend);
  load(blend);
  return () => stop(blend);
}

function blendOf(parentElement, lam) {
  if (!blends.has(parentElement)) blends.set(parentElement, { loaded: "", lam, told: lam, touched: false });
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

/** Go where the page asks: a link, an address. The visitor's own λ comes back as well, and moves nothing. */
function heed(blend) {
  const { lam, turn } = blend.data;
  if (blend.asked === lam && blend.turn === turn) return;
  blend.asked = lam;
  blend.turn = turn;
  if (blend.told === lam) return;
  blend.lam = lam;
  blend.told = lam;
  blend.touched = true;
}

function listen(blend) {
  const { canvas, range } = blend.view;
  range.oninput = () => {
    move(blend, range.value / 100);
    clearTimeout(blend.timer);
  };
  range.onchange = () => rest(blend, REST_MS);
  canvas.onpointerdown = (event) => {
    canvas.setPointerCapture(event.pointerId);
    move(blend, across(canvas, event));
  };
  canvas.onpointermove = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) move(blend, across(canvas, event));
  };
  canvas.onpointerup = () => rest(blend, 0);
  canvas.onpointercancel = canvas.onpointerup;
}

/** Where the pointer is, as a share of the canvas's width. */
function across(canvas, event) {
  const box = canvas.getBoundingClientRect();
  return (event.clientX - box.left) / box.width;
}

function move(blend, lam) {
  blend.touched = true;
  blend.lam = Math.min(1, Math.max(0, Math.round(lam * 100) / 100));
  show(blend);
}

function rest(blend, wait) {
  clearTimeout(blend.timer);
  blend.timer = setTimeout(() => {
    if (blend.told === blend.lam) return;
    blend.told = blend.lam;
    blend.tell(blend.lam);
  }, wait);
}

async function load(blend) {
  const { a, b } = blend.data;
  const id = `${a.length} ${a.slice(-64)} ${b.slice(-64)}`;
  if (blend.loaded === id) return show(blend);
  blend.loaded = id;
  const { canvas, pen } = blend.view;
  const [pixelsA, pixelsB] = [await pixels(blend.view, a), await pixels(blend.view, b)];
  Object.assign(blend, { a: pixelsA, b: pixelsB, sum: pen.createImageData(canvas.width, canvas.height) });
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  if (blend.data.invites && !blend.touched && !isStill) glide(blend);
  else show(blend);
}

async function pixels({ canvas, pen }, address) {
  const image = new Image();
  image.src = address;
  await image.decode();
  pen.drawImage(image, 0, 0, canvas.width, canvas.height);
  return pen.getImageData(0, 0, canvas.width, canvas.height).data;
}

/** From picture A into the mix, so that one sees what the slider will do; a hand ends it. */
function glide(blend) {
  const end = blend.lam;
  const begin = performance.now();
  const step = (now) => {
    if (blend.touched) return;
    const t = Math.min(1, Math.max(0, (now - begin) / GLIDE_MS));
    blend.lam = t < 1 ? 1 + (end - 1) * (1 - (1 - t) ** 3) : end;
    paint(blend);
    if (t < 1) requestAnimationFrame(step);
  };
  requestAnimationFrame(step);
}

function show(blend) {
  blend.due ||= requestAnimationFrame(() => paint(blend));
}

function paint(blend) {
  blend.due = 0;
  say(blend);
  const { a, b, lam, sum } = blend;
  if (!a || !b) return;
  const out = sum.data;
  for (let i = 0; i < out.length; i++) out[i] = lam * a[i] + (1 - lam) * b[i]; // clamped arrays round to nearest
  blend.view.pen.putImageData(sum, 0, 0);
}

/** λ in words and numbers, for the eye and for a screen reader. */
function say({ data, lam, view }) {
  const percent = Math.round(lam * 100);
  const words = `${percent} % ${data.name_a}, ${100 - percent} % ${data.name_b}`;
  view.figure.style.setProperty("--lam", lam);
  view.range.value = percent;
  view.range.setAttribute("aria-valuetext", `λ = ${lam.toFixed(2)}: ${words}`);
  view.canvas.setAttribute("aria-label", `Two pictures laid over one another: ${words}`);
  view.lam.textContent = `λ = ${lam.toFixed(2)}`;
  view.shareA.textContent = `${percent} %`;
  view.shareB.textContent = `${100 - percent} %`;
}

function stop(blend) {
  clearTimeout(blend.timer);
  cancelAnimationFrame(blend.due);
  blend.due = 0;
}
