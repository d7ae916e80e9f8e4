/**
 * Make what a hand does one step of the browser's history, whatever Streamlit makes of it, and the choice of a language
 * or a picture of one's own none.
 *
 * Streamlit 1.67 writes each parameter that it has bound to a widget as a step of its own, and without being asked too.
 * Where one goes to another page it first takes them out of the present address, and the back button would come to a page
 * that shows its defaults; or, where the tab has been to that page before, writes that page's to the present one. Once
 * there, those that say a default are taken out again. A reset writes several. So the first step after a hand has done
 * something is one, and what follows by itself stands in its place.
 *
 * A language is chosen for all pages: back leads to where one was, and not into the other language. So an address that
 * only says another one stands in the place of the present one. The same holds for a picture of the visitor's own, which
 * no address brings back.
 */

const HANDS = ["pointerdown", "keydown", "click", "input", "drop"]; // a click alone: by voice, or a screen reader

mend(document.currentScript.dataset);

/** @param {DOMStringMap} data  lang: the page's language; stepless: how such parameters end, a blank between two */
function mend({ lang, stepless }) {
  document.documentElement.lang = lang;
  if (window.hasOneStepBack) return;
  window.hasOneStepBack = true;
  const push = window.history.pushState.bind(window.history);
  const isTakenBack = takeBackWhatCameBefore();
  let isTouched = isPressed() && (isTakenBack || steps() === 0); // since the last step
  for (const hand of HANDS) window.addEventListener(hand, () => (isTouched = true), { capture: true });
  window.addEventListener("popstate", () => (isTouched = false), { capture: true }); // there by a key

  window.history.pushState = (state, unused, url) => {
    const from = new URL(window.location.href);
    const to = new URL(url ?? from, from);
    if (!isTouched || differsOnlyIn(from, to, stepless.split(" "))) {
      window.history.replaceState(state, unused, url);
    } else {
      push(state, unused, url);
      isTouched = false;
    }
  };
}

/** Has a hand been quicker than this script? On a busy machine it may come a second late. */
function isPressed() {
  return HANDS.some((hand) => performance.eventCounts?.get(hand) > 0); // Safari counts since version 26.2
}

/** Steps of the tab's history from where this document began to here; 0 too where the browser cannot say. */
function steps() {
  const { activation, currentEntry } = window.navigation ?? {}; // browsers of before 2026 may have neither
  return activation?.entry ? currentEntry.index - activation.entry.index : 0;
}

/**
 * Where the address lost its defaults before this script was there: the emptied one takes the place of the first.
 * Call it before anything else listens for popstate: the one that this brings about is nobody's.
 */
function takeBackWhatCameBefore() {
  const now = window.history.state;
  const { href } = window.location;
  const [load] = performance.getEntriesByType("navigation");
  if (isBackAlready() || !hasLost(new URL(load.name), new URL(href))) return false;
  const replace = (/** @type {PopStateEvent} */ event) => {
    event.stopImmediatePropagation(); // Streamlit listens longer and has heard it: it asks for the page once more
    window.history.replaceState(now, "", href);
  };
  window.addEventListener("popstate", replace, { capture: true, once: true });
  window.history.back();
  return true;
}

/** A hand was quicker than this script: a page loaded anew, and left by the back button before it was there. */
function isBackAlready() {
  return steps() < 0;
}

/** Is it the same page with some parameters less, and nothing else?
 * @param {URL} from
 * @param {URL} to
 */
function hasLost(from, to) {
  const [before, after] = [[...from.searchParams], [...to.searchParams]];
  if (from.pathname !== to.pathname || before.length <= after.length) return false;
  return after.every(([name, value]) => from.searchParams.getAll(name).includes(value));
}

/** Is it the same page with the same parameters, those apart that end so?
 * @param {URL} from
 * @param {URL} to
 * @param {string[]} ends
 */
function differsOnlyIn(from, to, ends) {
  const [before, after] = [from, to].map(({ pathname, searchParams }) => {
    const others = [...searchParams].filter(([name]) => !ends.some((end) => name.endsWith(end)));
    return `${pathname}?${new URLSearchParams(others.sort())}`;
  });
  return before === after && from.search !== to.search;
}
