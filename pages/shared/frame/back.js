/**
 * Make going to another page one step of the browser's history.
 *
 * Where a page's address holds parameters that Streamlit 1.67 has bound to widgets, it first takes them out of the
 * present address, as a step of its own, and then goes to the other page: the back button would come to a page that
 * shows its defaults. That step is taken back here: the other page stands in its place.
 */

const AT_ONCE_MS = 1000; // both steps come of messages sent together; a busy machine is slow to read them

/** @param {{ data: { lang: string } }} component */
export default function ({ data }) {
  document.documentElement.lang = data.lang;
  if (window.hasOneStepBack) return;
  window.hasOneStepBack = true;
  const push = window.history.pushState.bind(window.history);
  /** The address that has just lost parameters, and when it did. */
  let lost = { href: "", at: 0 };

  window.history.pushState = (state, unused, url) => {
    const from = new URL(window.location.href);
    const to = new URL(url ?? from, from);
    const now = performance.now();
    if (from.pathname !== to.pathname && lost.href === from.href && now - lost.at < AT_ONCE_MS) {
      window.history.replaceState(state, unused, url);
    } else {
      push(state, unused, url);
    }
    lost = hasLost(from, to) ? { href: to.href, at: now } : { href: "", at: 0 };
  };
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
