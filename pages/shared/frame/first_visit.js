/**
 * Says once that what stands above has been painted: nothing of it waits for its script, no chart for its drawing, and
 * the browser has nothing else to do. (Safari cannot tell the last.)
 */

const WAITING = "[data-testid=stSkeleton], [data-testid=stVegaLiteChart]:not(:has(canvas, svg))";
const LATEST_MS = 300; // something on the page may move all the time
const SOON_MS = 50;

/** @param {{ setTriggerValue: (name: string, value: boolean) => void }} component */
export default function ({ setTriggerValue }) {
  let isGone = false;
  const whenIdle = globalThis.requestIdleCallback ?? ((then) => setTimeout(then, SOON_MS));
  const look = () => {
    if (isGone) return;
    const parts = document.querySelectorAll(`[data-testid=stMain] :is(${WAITING})`);
    if ([...parts].some((part) => part.checkVisibility())) requestAnimationFrame(look);
    else whenIdle(tell, { timeout: LATEST_MS });
  };
  const tell = () => isGone || requestAnimationFrame(() => setTriggerValue("painted", true));
  requestAnimationFrame(look);
  return () => {
    isGone = true;
  };
}
