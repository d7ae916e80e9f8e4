/**
 * Paper is white: what is printed from the dark theme has the light one's colours.
 *
 * Streamlit would draw the page anew for another theme, too late for the printer. So, while a print is made, each colour
 * of the dark theme stands aside for the light one's of the same name, in the elements themselves; what neither theme
 * names is turned from dark to light. A test holds the table against .streamlit/config.toml.
 */

const LIGHT_OF = {
  "#9b93f5": "#4f46b8",
  "#17171b": "#fdfcfa",
  "#222228": "#f4f2ed",
  "#e9e7e1": "#24221e",
  "#35353d": "#e3dfd6",
  "#aba4fa": "#4f46b8",
  "#d6d3cc": "#3b3833",
  "#1d1d22": "#f8f6f2",
  "#56b4e9": "#0072b2",
  "#f0a63a": "#a36100",
  "#2fc49a": "#00805d",
  "#9a968f": "#716c66",
  "#e08fbd": "#a8447f",
  "#f2773a": "#c44e00",
  "#7fc4f0": "#007a8a",
};
const LIGHT_GRID_OF = { "#31333f": "#e6eaf1" }; // of charts, in Streamlit's own two themes
const GROUND = "background-color";
const COLOURS = [
  ...["color", GROUND, "fill", "stroke"],
  ...["top", "right", "bottom", "left"].map((side) => `border-${side}-color`),
];
// What a component takes from the theme: its gradients and what stands before its words too.
const VARIABLES = [
  ...["primary", "background", "secondary-background", "text", "border", "link"],
  ...["blue", "orange", "green", "gray", "violet", "red", "yellow"],
].map((name) => `--st-${name}-color`);

const MOST_LIGHT = 0.17; // of words: 4.5 : 1 against white, and a little more

/** [element, its style attribute] of all that is changed for a print. The whole attribute, because no colour can be
 * read of a `background` by a variable, and nothing is left of it once a colour is written and taken out again. */
let asides = [];

function toLight() {
  if (asides.length || !isDark()) return;
  const changed = changes();
  asides = [...new Set(changed.map(([element]) => element))].map((element) => [element, element.getAttribute("style")]);
  for (const [{ style }, property, colour] of changed) style.setProperty(property, colour, "important");
}

function fromLight() {
  for (const [element, style] of asides) {
    if (style === null) element.removeAttribute("style");
    else element.setAttribute("style", style);
  }
  asides = [];
}

function isDark() {
  const app = document.querySelector("[data-testid=stApp]");
  const ground = app && partsOf(getComputedStyle(app).backgroundColor);
  return Boolean(ground) && isDim(ground.slice(0, 3));
}

const isDim = (rgb) => Math.max(...rgb) < 128;

/** [element, property, colour]: all read before any is written, because colours are inherited. */
function changes() {
  return elementsOf(document).flatMap((element) => {
    const style = getComputedStyle(element);
    return (element.shadowRoot ? [...COLOURS, ...VARIABLES] : COLOURS)
      .map((property) => [element, property, onPaper(style.getPropertyValue(property), property === GROUND)])
      .filter(([, , colour]) => colour);
  });
}

function elementsOf(root) {
  const found = [...root.querySelectorAll("*")];
  return found.concat(...found.filter((one) => one.shadowRoot).map((one) => elementsOf(one.shadowRoot)));
}

/** The colour to print instead; undefined for what is no colour, is transparent, or suits paper as it is. */
function onPaper(text, isGround) {
  const found = partsOf(text.trim());
  if (!found || found[3] === 0) return undefined;
  const rgb = found.slice(0, 3);
  const name = `#${rgb.map((one) => Math.round(one).toString(16).padStart(2, "0")).join("")}`;
  const named = LIGHT_OF[name] ?? LIGHT_GRID_OF[name];
  if (!named && isGround !== isDim(rgb)) return undefined;
  const [r, g, b] = named ? partsOf(named) : isGround ? turned(rgb) : legible(turned(rgb));
  return `rgba(${r}, ${g}, ${b}, ${found[3]})`;
}

/** Red, green, blue and opacity of `rgb(…)` or `#…`. */
function partsOf(text) {
  if (/^#[0-9a-f]{6}$/i.test(text)) return [...[1, 3, 5].map((i) => Number.parseInt(text.slice(i, i + 2), 16)), 1];
  if (!text.startsWith("rgb")) return undefined;
  const [r, g, b, a = 1] = text.match(/[\d.]+/g).map(Number);
  return [r, g, b, a];
}

/** As dark as it was light, in its own hue: the brightest and the darkest part change places about the middle. */
function turned(rgb) {
  const shift = 255 - Math.max(...rgb) - Math.min(...rgb);
  return rgb.map((one) => one + shift);
}

/** Darker until it can be read on white: a bright yellow stays bright when it is turned. */
function legible(rgb) {
  const [r, g, b] = rgb.map((one) => (one / 255) ** 2.2);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b <= MOST_LIGHT ? rgb : legible(rgb.map((one) => 0.9 * one));
}

export default function () {
  if (globalThis.sotaPaper) return;
  globalThis.sotaPaper = true;
  addEventListener("beforeprint", toLight);
  addEventListener("afterprint", fromLight);
}
