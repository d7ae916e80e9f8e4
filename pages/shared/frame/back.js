/**
 * Make going to another page one step of the browser's history, and the choice of a language or a picture of one's own none.
 *
 * Where a page's address holds parameters that Streamlit 1.67 has bound to widgets, it first takes them out of the
 * present address, as a step of its own, and then goes to the other page: the back button would come to a page that
 * shows its defaults. That step is taken back here: the other page stands in its place. So does it where the tab has been to
 * that page before: then its parameters are first written to the present page. And once there, those that say a default are
 * taken out again: no step either, as long as no hand has done anything.
 *
 * A language is chosen for all pages: back leads to where one was, and not into the other language. So an address that
 * only says another one stands in the place of the present one. The same holds for a picture of the visitor's own, which
 * no address brings back.
 */

const AT_ONCE_MS = 1000; // both steps come of messages sent together; a busy machine is slow to read them

/** @param {{ data: { lang: string, stepless: string[] } }} component  stepless: how such parameters end */
export default function ({ data }) {
  document.documentElement.lang = data.lang;
  if (window.hasOneStepBack) return;
  window.hasOneStepBack = true;
  const push = window.history.pushState.bind(window.history);
  /** The last step: where it led, when, and whether it only lost parameters. */
  let last = { href: "", at: 0, hasLost: false };
  let hasJustArrived = true; // by a link from elsewhere too
  for (const touch of ["pointerdown", "keydown"])
    window.addEventListener(touch, () => (hasJustArrived = false), { capture: true });

  window.history.pushState = (state, unused, url) => {
    const from = new URL(window.location.href);
    const to = new URL(url ?? from, from);
    const now = performance.now();
    const isOtherPage = from.pathname !== to.pathname;
    const isSameStep = isOtherPage ? isSecondHalf(last, from, to, now) : hasJustArrived && hasLost(from, to);
    if (isSameStep || differsOnlyIn(from, to, data.stepless)) {
      window.history.replaceState(state, unused, url);
    } else {
      push(state, unused, url);
    }
    last = { href: to.href, at: now, hasLost: hasLost(from, to) };
    hasJustArrived ||= isOtherPage;
  };
}

/** Does going to this page end what the last step, a moment ago, has begun?
 * @param {{ href: string, at: number, hasLost: boolean }} last
 * @param {URL} from
 * @param {URL} to
 * @param {number} now
 */
function isSecondHalf(last, from, to, now) {
  const isAtOnce = last.href === from.href && now - last.at < AT_ONCE_MS;
  return isAtOnce && (last.hasLost || from.search === to.search);
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
