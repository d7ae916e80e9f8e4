/**
 * Make each action of a visitor one step of the browser's history, whatever Streamlit makes of it; the choice of a
 * language, or of a picture of one's own, makes none.
 *
 * Where Streamlit 1.67 by itself changes a parameter bound to a widget, that is a step of its own, also where nobody
 * asked for it. On the way to another page such parameters are first taken out of the current address, and the back
 * button would lead to a page that shows its defaults; or, where the tab has been on that page before, that page's are
 * written into the current address. On arrival, those that say a default are taken out again. A reset writes several.
 * So here the first step after an action is one, and each that follows by itself replaces it.
 *
 * A language is chosen for all pages: back leads to where one was, not into the other language. So an address that
 * differs in the language only replaces the current one. The same holds for a picture of the visitor's own, which no
 * address brings back.
 */

const HANDS = ["pointerdown", "keydown", "click", "input", "drop"]; // a click alone: voice control, a screen reader

mend(document.currentScript.dataset);

/** @param {DOMStringMap} data  lang: the page's language; stepless: how parameters end that make no step, spaced */
function mend({ lang, stepless }) {
  document.documentElement.lang = lang;
  if (window.hasOneStepBack) return;
  window.hasOneStepBack = true;
  const push = window.history.pushState.bind(window.history);
  const isTakenBack = takeBackWhatCameBefore();
  let isTouched = isPressed() && (isTakenBack || steps() === 0); // since the last step
  for (const hand of HANDS) window.addEventListener(hand, () => (isTouched = true), { capture: true });
  window.addEventListener("popstate", () => (isTouched = false), { capture: true }); // a key may have led there

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

/** Has the visitor been quicker than this script? On a busy machine it may come a second late. */
function isPressed() {
  return HANDS.some((hand) => performance.eventCounts?.get(hand) > 0); // Safari counts since version 26.2
}

/** Steps of the tab's history from where this document began to here; 0 too where the browser cannot say. */
function steps() {
  const { activation, currentEntry } = window.navigation ?? {}; // browsers of before 2026 may have neither
  return activation?.entry ? currentEntry.index - activation.entry.index : 0;
}

/**
 * Where the address lost its defaults before this script was there: let the emptied address replace the first one.
 * Call it before anything else listens for popstate: the event that this causes is for nobody else.
 */
function takeBackWhatCameBefore() {
  const now = window.history.state;
  const { href } = window.location;
  const [load] = performance.getEntriesByType("navigation");
  if (isBackAlready() || !hasLost(new URL(load.name), new URL(href))) return false;
  const replace = (/** @type {PopStateEvent} */ event) => {
    event.stopImmediatePropagation(); // Streamlit has listened first and heard it: it asks for the page once more
    window.history.replaceState(now, "", href);
  };
  window.addEventListener("popstate", replace, { capture: true, once: true });
  window.history.back();
  return true;
}

/** Was the visitor quicker than this script: a page was reloaded, and left by the back button before it was there? */
function isBackAlready() {
  return steps() < 0;
}

/** Is it the same page with some parameters fewer, and no other change?
 * @param {URL} from
 * @param {URL} to
 */
function hasLost(from, to) {
  const [before, after] = [[...from.searchParams], [...to.searchParams]];
  if (from.pathname !== to.pathname || before.length <= after.length) return false;
  return after.every(([name, value]) => from.searchParams.getAll(name).includes(value));
}

/** Is it the same page with the same parameters, apart from those whose names end in one of `ends`?
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
