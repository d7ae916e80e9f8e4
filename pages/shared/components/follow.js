/**
 * Has a section drawn anew that says what the knobs of a stage (stage.js) said when it was drawn: once they rest
 * elsewhere, and as soon as the section is near the screen. Nobody waits for what nobody sees.
 *
 * @typedef {object} Data
 * @property {string} stage
 * @property {Object<string, number | string | boolean>} at  where its knobs stood, as steps, and what else it says
 */

// The mark stands at the section's head: a section this long above the screen, or this near below it, counts as seen.
// Told of what scrolls: of the window alone the browser would let it cut off all that lies outside, near or not.
const SCROLLS = "[data-testid=stMain]";
const NEAR = "1200px 0px 300px 0px";

const PATIENCE_MS = 1500; // of two sections that ask at once Streamlit may hear one
const MOST_TRIES = 5;
const QUIET_MS = 400;

/** @param {{ data: Data, setTriggerValue: (name: string, value: object) => void, parentElement: ParentNode }} component */
export default function ({ data, setTriggerValue, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const stage = globalThis.sotaStage(data.stage);
  let isNear = false;
  let again = 0;
  const tries = new WeakMap(); // for each answer of the stage's
  const look = () => {
    if (!isNear || !stage.data || isUpToDate(data, stage.data)) return;
    clearTimeout(again);
    if (isBusy()) {
      again = setTimeout(look, QUIET_MS);
      return;
    }
    const n = (tries.get(stage.data) ?? 0) + 1;
    tries.set(stage.data, n);
    if (n <= MOST_TRIES) again = setTimeout(look, PATIENCE_MS);
    setTriggerValue("behind", stage.data.at);
  };
  const observer = new IntersectionObserver(
    (entries) => {
      isNear = entries.at(-1).isIntersecting; // a busy browser tells of several changes at once, the latest last
      look();
    },
    { root: document.querySelector(SCROLLS), rootMargin: NEAR },
  );
  observer.observe(parentElement.querySelector("i"));
  stage.followers.add(look);
  return globalThis.sotaEndBy(parentElement, () => {
    clearTimeout(again);
    observer.disconnect();
    stage.followers.delete(look);
  });
}

const isUpToDate = ({ at }, now) => Object.keys(at).every((name) => now.at[name] === at[name]);

/** A press a moment ago (focus.js), or a run under way: of two messages at once Streamlit may hear one. */
function isBusy() {
  const app = document.querySelector("[data-testid=stApp]");
  return performance.now() - globalThis.sotaPressedAt < QUIET_MS || app?.dataset.testScriptState === "running";
}
