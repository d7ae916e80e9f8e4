/**
 * Whoever uses the keyboard stays where they are: what takes the place of a button that its own press has taken away has
 * the focus next; of a page that has become another one, its heading. And they come to a table of a text that is wider than
 * its place, where arrows push it aside: Streamlit draws it, and can be told no attribute.
 *
 * It also notes when somebody last pressed something (globalThis.sotaPressedAt, as performance.now() counts): what asks
 * the server by itself waits a moment then, for of two messages at once Streamlit may hear one, and a press comes first.
 */

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex='0']";
const MOST_ABOVE = 12; // levels: beyond them nothing stands in its place

/** What had the focus last, what it stood in, nearest first, and which of those that can be focused there it was. */
let held = { element: undefined, above: [] };
let isByKey = false;

function notePress({ type }) {
  isByKey = type === "keydown";
  globalThis.sotaPressedAt = performance.now();
}

function holdOn({ target }) {
  if (!(target instanceof Element)) return;
  const above = [];
  const main = target.closest("[data-testid=stMain]");
  for (let at = target.parentElement; at && at !== main && above.length < MOST_ABOVE; at = at.parentElement)
    above.push([at, focusable(at).indexOf(target)]);
  held = { element: target, above: main ? above : [] };
}

function focusable(root) {
  return [...root.querySelectorAll(FOCUSABLE)];
}

function goOn() {
  const { element, above } = held;
  if (!isByKey || !above.length || element.isConnected || document.activeElement !== document.body) return;
  const next = above.map(([root, at]) => inPlace(root, at)).find(Boolean) ?? heading();
  if (!next) return; // of another page the heading comes later
  held = { element: undefined, above: [] };
  next.focus({ preventScroll: true });
  const { top, bottom } = next.getBoundingClientRect();
  if (bottom > innerHeight || top < 0) next.scrollIntoView({ block: "nearest" });
}

function inPlace(root, at) {
  if (!root.isConnected || root.matches("[data-testid=stMainBlockContainer]")) return undefined;
  const there = focusable(root).filter((one) => one.checkVisibility());
  return there[Math.min(Math.max(at, 0), there.length - 1)];
}

function heading() {
  const found = document.querySelector("[data-testid=stMain] h1");
  found?.setAttribute("tabindex", "-1");
  return found;
}

const SETTLED_MS = 200; // a page is drawn in many small steps
let settling;

function reachWideTables() {
  for (const table of document.querySelectorAll("[data-testid=stMarkdownContainer] table")) {
    if (table.scrollWidth > table.clientWidth) table.setAttribute("tabindex", "0");
    else table.removeAttribute("tabindex");
  }
}

function changed() {
  goOn();
  clearTimeout(settling);
  settling = setTimeout(reachWideTables, SETTLED_MS);
}

export default function () {
  if (globalThis.sotaFocus) return;
  globalThis.sotaFocus = true;
  addEventListener("focusin", holdOn);
  globalThis.sotaPressedAt = Number.NEGATIVE_INFINITY;
  for (const kind of ["pointerdown", "pointerup", "keydown"]) addEventListener(kind, notePress, { capture: true });
  addEventListener("resize", reachWideTables);
  new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
}
