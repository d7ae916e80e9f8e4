/**
 * Whoever uses the keyboard keeps their place: where a press has taken its own button away, the focus goes to what
 * stands there now; where the page has become another one, to its heading. And Tab comes to tables that are wider than
 * their place, so that arrows scroll them: Streamlit draws these, and takes no attribute for them.
 * It also has folds stay as they are (folds.js).
 */

const FOCUSABLE = "button:not(:disabled), a[href], input:not(:disabled), textarea, [tabindex='0']";
const MOST_ABOVE = 12; // levels: beyond them nothing stands in its place

/** What had the focus last; and what it stood in, nearest first, each with its index among the focusable in there. */
let held = { element: undefined, above: [] };

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
  const { isByKey } = globalThis.sotaPresses;
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

function reachWideTables() {
  for (const table of document.querySelectorAll("[data-testid=stMarkdownContainer] table")) {
    if (table.scrollWidth > table.clientWidth) table.setAttribute("tabindex", "0");
    else table.removeAttribute("tabindex");
  }
}

export default function () {
  if (globalThis.sotaFocus) return;
  globalThis.sotaFocus = true;
  addEventListener("focusin", holdOn);
  new MutationObserver(goOn).observe(document.body, { childList: true, subtree: true });
  addEventListener("resize", reachWideTables);
  globalThis.sotaWhenSettled(reachWideTables);
  globalThis.sotaKeepFolds();
}
