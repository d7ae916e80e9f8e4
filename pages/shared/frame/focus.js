/**
 * Whoever uses the keyboard keeps their place: where a press has taken its own button away, the focus goes to what
 * stands there now; where the page has become another one, to its heading. And Tab comes to tables that are wider than
 * their place, so that arrows scroll them: Streamlit draws these, and takes no attribute for them.
 *
 * It also notes when something was last pressed (globalThis.sotaPressedAt, as performance.now() counts). What asks the
 * server by itself waits a moment after that: of two messages at once Streamlit may hear one, and a press comes first.
 *
 * And it keeps folds as they are when somebody chooses the other language: Streamlit 1.67 puts an expander whose title
 * changes back to how it was drawn. Nor does a fold fall shut for a moment after it has opened.
 */

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex='0']";
const MOST_ABOVE = 12; // levels: beyond them nothing stands in its place

/** What had the focus last; and what it stood in, nearest first, each with its index among the focusable in there. */
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
  if (!next) return; // another page's heading comes later
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

/** Each fold on the page when the other language was chosen, and whether it was open; none once something else is done. */
let folds = new Map();

function noteFolds({ target, isTrusted }) {
  if (!isTrusted) return; // our own, below
  const isLanguage = target instanceof Element && target.closest(".st-key-languages button");
  const there = isLanguage ? document.querySelectorAll("[data-testid=stExpander] > details") : [];
  folds = new Map([...there].map((fold) => [fold, fold.open]));
}

function holdFolds(changes) {
  for (const { target } of changes)
    if (folds.has(target) && folds.get(target) !== target.open) target.querySelector("summary").click();
}

/**
 * Streamlit lets a fold grow for half a second from its height before, and takes that height away when it hears that
 * the growth has ended. Between the two, which on a busy machine is several frames, the fold had its height from before
 * again: a button in it was not under the mouse any more, and a press on it was lost. Here the last height holds until
 * then. Nothing grows for whoever wants no motion.
 */
function growToTheEnd(frames, options) {
  const isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const growth = Element.prototype.animate.call(this, frames, {
    ...options,
    fill: "forwards",
    duration: isStill ? 0 : options.duration,
  });
  growth.addEventListener("finish", () => growth.cancel(), { once: true }); // Streamlit's own listener comes next
  return growth;
}

export default function () {
  if (globalThis.sotaFocus) return;
  globalThis.sotaFocus = true;
  HTMLDetailsElement.prototype.animate = growToTheEnd;
  addEventListener("focusin", holdOn);
  globalThis.sotaPressedAt = Number.NEGATIVE_INFINITY;
  for (const kind of ["pointerdown", "pointerup", "keydown"]) addEventListener(kind, notePress, { capture: true });
  addEventListener("resize", reachWideTables);
  new MutationObserver(changed).observe(document.body, { childList: true, subtree: true });
  addEventListener("click", noteFolds, { capture: true });
  addEventListener("popstate", noteFolds, { capture: true });
  new MutationObserver(holdFolds).observe(document.body, { attributeFilter: ["open"], subtree: true });
}
