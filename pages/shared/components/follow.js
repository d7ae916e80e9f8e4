/**
 * Has a section redrawn that depends on the knobs of a stage (stage.js): once they have come to rest elsewhere than
 * when it was drawn, and as soon as it is near the screen. Nobody waits for what nobody sees.
 *
 * @typedef {object} Data
 * @property {string} stage
 * @property {Object<string, number | string | boolean>} at  where the knobs stood, as steps, and what else it says
 */

// What is observed stands at the section's head: it counts as near up to 1200 px above the screen, since a section is
// long, and 300 px below it. The root is what scrolls: if it were the window, what scrolls would cut the margins off.
const SCROLLS = "[data-testid=stMain]";
const NEAR = "1200px 0px 300px 0px";

const PATIENCE_MS = 1500; // then ask again: of two sections that ask at once Streamlit may hear only one
const MOST_TRIES = 5;

/** @param {{ data: Data, setTriggerValue: (name: string, value: object) => void, parentElement: ParentNode }} component */
export default function ({ data, setTriggerValue, parentElement }) {
  globalThis.sotaEnd(parentElement);
  const stage = globalThis.sotaStage(data.stage);
  let isNear = false;
  let again = 0;
  const tries = new WeakMap(); // how often this has asked, for each answer of the stage's
  const look = () => {
    if (!isNear || !stage.data || isUpToDate(data, stage.data)) return;
    clearTimeout(again);
    if (isBusy()) {
      again = setTimeout(look, globalThis.sotaPresses.QUIET_MS);
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

/** Was there a press a moment ago, or is a run under way? Of two messages at once Streamlit may hear one. */
function isBusy() {
  const app = document.querySelector("[data-testid=stApp]");
  return globalThis.sotaPresses.isRecent() || app?.dataset.testScriptState === "running";
}
