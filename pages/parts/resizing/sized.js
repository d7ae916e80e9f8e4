/**
 * A picture at the size a stage's knob says (stage.js), and beside it at the largest: both are made here from one file,
 * by Pillow's bilinear filter in Pillow's integer arithmetic, so that every pixel is what Python would send. A test
 * compares every size with Pillow's.
 *
 * @typedef {object} Data
 * @property {string} picture  a square, the data URI of a lossless file
 * @property {string} stage  the stage whose slots `size` and `loupe` say what is shown
 * @property {number[]} sizes  every size, the largest last
 * @property {string} enlarged  the words after a size that is larger than the file's
 * @property {string} guarded  the words where the browser lets no page read pixels
 */

const MIDDLE = [0.5, 0.5]; // as shares of the side, from the left and from the top
const { ON_A_PICTURE, isShortcut } = globalThis.sotaKeys;
const STRIDE = 0.125; // of an arrow key, as a share of what is seen
const TAP_PX = 4; // a pointer that has moved less is a tap, which points at a place

const BITS = 22; // weights are whole numbers of 2⁻²², as Pillow has them for bytes
const CHANNELS = 4;
const GLIDE_MS = 300;

/** @param {{ data: Data, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  const root = parentElement.querySelector(".sized");
  const stage = globalThis.sotaStage(data.stage);
  root.live ??= globalThis.sotaLive.of(root);
  root.at ??= {};
  root.sizes = data.sizes;
  root.querySelector(".most").textContent = `${data.sizes.at(-1)} px`;
  for (const word of root.querySelectorAll(".enlarged")) word.textContent = data.enlarged;
  root.dataset.stage = data.stage;
  for (const canvas of root.querySelectorAll("canvas")) listen(root, canvas);
  root.fill = (values) => {
    globalThis.sotaLive.fill(root.live, values);
    take(root, values);
  };
  stage.places.add(root);
  stage.fill?.(root);
  root.querySelector(".guarded").textContent = data.guarded;
  load(root, data.picture);
  return () => stage.places.delete(root);
}

function take(root, values) {
  const from = root.at.size;
  for (const slot of ["size", "loupe"]) if (slot in values) root.at[slot] = Number(values[slot]);
  if (root.classList.contains("gliding") && from !== root.at.size) glide(root, from, root.at.size);
  else if (!root.isGliding) draw(root);
}

async function load(root, address) {
  const image = root.querySelector("img");
  if (image.src === address) return;
  image.src = address;
  await image.decode();
  if (image.src !== address) return; // another has been chosen while this was decoded
  const side = image.naturalWidth;
  const pen = new OffscreenCanvas(side, side).getContext("2d", { willReadFrequently: true });
  pen.drawImage(image, 0, 0);
  const isRead = globalThis.sotaReadsPixels();
  root.picture = { pixels: isRead && pen.getImageData(0, 0, side, side).data, drawn: pen.canvas, side };
  root.querySelector(".guarded").hidden = isRead;
  root.made = new Map();
  root.middle = MIDDLE;
  draw(root);
  makeReady(root, root.made);
}

/** Make the other sizes while the browser is idle, so that a drag finds every size ready. */
function makeReady(root, made) {
  const size = root.sizes.find((size) => !made.has(size));
  if (size === undefined || root.made !== made || !root.isConnected) return;
  soon(() => {
    resized(root, size);
    makeReady(root, made);
  });
}

const soon = globalThis.requestIdleCallback ?? setTimeout; // Safari has none

/** Go through the sizes in between, where a link, a reset or the browser's back button asks for another. */
function glide(root, from, to) {
  const steps = root.sizes.filter((size) => (size - from) * (to - size) >= 0);
  if (to < from) steps.reverse();
  const begin = performance.now();
  const step = (now) => {
    const t = Math.min(1, Math.max(0, (now - begin) / GLIDE_MS));
    root.isGliding = t < 1 && root.at.size === to;
    draw(root, root.at.size === to ? (steps[Math.floor(t * (steps.length - 1))] ?? to) : root.at.size);
    if (root.isGliding) requestAnimationFrame(step);
  };
  step(begin);
}

/** Both pictures show the same piece: dragged, pointed at or moved by the arrow keys. */
function listen(root, canvas) {
  canvas.onpointerdown = (event) => {
    if (root.at.loupe === 1 || event.button !== 0) return;
    canvas.setPointerCapture(event.pointerId);
    root.from = { at: [event.clientX, event.clientY], middle: root.middle };
  };
  canvas.onpointermove = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) moveTo(root, dragged(root, canvas, event));
  };
  canvas.onpointerup = (event) => {
    if (canvas.hasPointerCapture(event.pointerId) && isTap(root.from, event))
      moveTo(root, pointedAt(root, canvas, event));
  };
  canvas.onpointercancel = (event) => {
    if (canvas.hasPointerCapture(event.pointerId)) moveTo(root, root.from.middle); // a finger that scrolls the page
  };
  canvas.onkeydown = (event) => {
    const way = ON_A_PICTURE[event.key];
    if (!way || root.at.loupe === 1 || isShortcut(event)) return;
    event.preventDefault();
    moveTo(
      root,
      shifted(
        root,
        root.middle,
        way.map((step) => step * STRIDE),
      ),
    );
  };
}

const isTap = ({ at }, event) => Math.hypot(event.clientX - at[0], event.clientY - at[1]) < TAP_PX;

/** The new middle while the picture is dragged: it moves with the pointer. */
function dragged(root, canvas, event) {
  const { width } = canvas.getBoundingClientRect();
  const { at, middle } = root.from;
  return shifted(root, middle, [(at[0] - event.clientX) / width, (at[1] - event.clientY) / width]);
}

function pointedAt(root, canvas, event) {
  const { left, top, width } = canvas.getBoundingClientRect();
  return shifted(root, root.middle, [(event.clientX - left) / width - 0.5, (event.clientY - top) / width - 0.5]);
}

/** A middle, shifted by shares of what is seen. */
function shifted({ at }, middle, by) {
  return middle.map((share, i) => share + by[i] / at.loupe);
}

/** Set the middle, with all that is then seen inside the picture. */
function moveTo(root, middle) {
  const half = 0.5 / root.at.loupe;
  root.middle = middle.map((share) => Math.min(1 - half, Math.max(half, share)));
  draw(root);
}

function draw(root, size = root.at.size) {
  const { loupe } = root.at;
  if (!root.picture || !size || !loupe) return;
  for (const canvas of root.querySelectorAll("canvas")) canvas.classList.toggle("is-close", loupe > 1);
  show(root.querySelector(".now"), resized(root, size), loupe, root.middle);
  show(root.querySelector(".largest"), resized(root, root.sizes.at(-1)), loupe, root.middle);
}

/** A piece of an image, one loupe-th of its side, at whole pixels. */
function show(canvas, image, loupe, middle) {
  const side = image.width / loupe;
  const start = middle.map((share) =>
    Math.min(image.width - side, Math.max(0, Math.round(share * image.width - side / 2))),
  );
  const piece = `${side} ${start}`;
  if (canvas.shown === image && canvas.piece === piece) return;
  canvas.shown = image;
  canvas.piece = piece;
  canvas.width = canvas.height = side;
  const pen = canvas.getContext("2d");
  if (image instanceof ImageData) pen.putImageData(image, -start[0], -start[1]);
  else pen.drawImage(image, -start[0], -start[1]);
}

function resized({ picture, made }, size) {
  if (!made.has(size)) made.set(size, picture.pixels ? exact(picture, size) : alike(picture, size));
  return made.get(size);
}

function exact({ pixels, side }, size) {
  const wide = reduced(pixels, { from: side, to: size, step: CHANNELS, lines: side, line: side * CHANNELS });
  const both = reduced(wide, { from: side, to: size, step: size * CHANNELS, lines: size, line: CHANNELS });
  return new ImageData(both, size, size);
}

/** By the browser's own filter, where no pixel can be read: some look at four pixels only, so it halves at most. */
function alike(picture, size) {
  const pen = new OffscreenCanvas(size, size).getContext("2d");
  pen.imageSmoothingQuality = "high";
  pen.drawImage(2 * size < picture.side ? alike(picture, 2 * size) : picture.drawn, 0, 0, size, size);
  return pen.canvas;
}

/**
 * Resize along one side: `lines` lines lie `line` bytes apart, their pixels `step` bytes apart; each goes from `from`
 * pixels to `to`. The result is laid out like the input, with the new length.
 */
function reduced(pixels, { from, to, step, lines, line }) {
  const weights = weightsOf(from, to);
  const isAcross = step < line;
  const [outStep, outLine] = isAcross ? [step, to * step] : [step, line];
  const out = new Uint8ClampedArray(to * lines * CHANNELS);
  for (let l = 0; l < lines; l++) {
    for (let i = 0; i < to; i++) {
      const [first, shares] = weights[i];
      const begin = l * line + first * step;
      const end = l * outLine + i * outStep;
      for (let c = 0; c < CHANNELS - 1; c++) out[end + c] = mean(pixels, begin + c, step, shares);
      out[end + CHANNELS - 1] = 255;
    }
  }
  return out;
}

/** Rounded to the nearest whole number. */
function mean(pixels, begin, step, shares) {
  let sum = 1 << (BITS - 1);
  for (let k = 0; k < shares.length; k++) sum += pixels[begin + k * step] * shares[k];
  return sum >> BITS;
}

/**
 * For each new pixel: the first old pixel it is made of, and the weights from there on. They form a triangle as wide as
 * two pixels, of the larger of old and new ones.
 */
function weightsOf(from, to) {
  const scale = from / to;
  const reach = Math.max(1, scale);
  return Array.from({ length: to }, (_, i) => {
    const centre = (i + 0.5) * scale;
    const first = Math.max(0, Math.trunc(centre - reach + 0.5));
    const end = Math.min(from, Math.trunc(centre + reach + 0.5));
    const raw = Array.from({ length: end - first }, (_, k) =>
      Math.max(0, 1 - Math.abs((k + first - centre + 0.5) * (1 / reach))),
    );
    const all = raw.reduce((sum, share) => sum + share, 0);
    return [first, Int32Array.from(raw, (share) => 0.5 + (share / all) * 2 ** BITS)];
  });
}
