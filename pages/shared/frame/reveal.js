/**
 * Brings into view what a button shows, in the browser and at once, so that one sees the server's change happen. It
 * also shows a page from its top once the page is about something else.
 *
 * @typedef {object} Data
 * @property {Object<string, string>} shown  class of a button → class of what it shows
 * @property {string} [of]  what the page is about
 */

const SETTLED_MS = 450; // a fold takes its height in steps, and what the server sends may move what stands above
const MOST_LOOKS = 10; // on a slow machine it takes longer; until then a page is too short to be scrolled so far
const HANDS = ["wheel", "touchstart", "keydown", "pointerdown"]; // whoever scrolls on is not taken back

/** @param {{ data: Data, parentElement: ParentNode & { of?: string } }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  if (data.of !== parentElement.of) document.querySelector("[data-testid=stMain]").scrollTop = 0;
  parentElement.of = data.of;
  const watch = new AbortController();
  const press = ({ target }) => {
    for (const [button, what] of Object.entries(data.shown))
      if (target.closest?.(`.${button}`)) show(what, watch.signal);
  };
  document.addEventListener("click", press, { signal: watch.signal });
  return globalThis.sotaEndBy(parentElement, () => watch.abort());
}

function show(what, signal) {
  const element = document.querySelector(`.${what}`);
  if (!element) return;
  const folded = element.closest("details:not([open])");
  folded?.querySelector("summary").click();
  bringIntoView(element);
  const done = new AbortController();
  let looks = 0;
  const again = setInterval(() => {
    if (bringIntoView(document.querySelector(`.${what}`)) || ++looks === MOST_LOOKS) done.abort();
  }, SETTLED_MS);
  done.signal.addEventListener("abort", () => clearInterval(again));
  signal.addEventListener("abort", () => done.abort(), { signal: done.signal });
  for (const hand of HANDS) addEventListener(hand, () => done.abort(), { signal: done.signal, passive: true });
}

/**
 * What is seen whole stays where it is; what is taller than the screen begins at its top.
 *
 * @returns {boolean} whether it is where it should be
 */
function bringIntoView(element) {
  if (!element) return false;
  const { top, bottom, height } = element.getBoundingClientRect();
  const head = document.querySelector("[data-testid=stHeader]")?.getBoundingClientRect().bottom ?? 0;
  const isTall = height > innerHeight - head;
  if (isTall ? Math.abs(top - head) < 2 : top >= head && bottom <= innerHeight) return true;
  element.style.scrollMarginTop = `${head}px`;
  const isCalm = globalThis.sotaIsStill();
  element.scrollIntoView({ block: isTall ? "start" : "center", behavior: isCalm ? "auto" : "smooth" });
  return false;
}
