/**
 * Tells when what stands above has been painted: no part of it waits for its script, no chart for its drawing, and the
 * browser is idle. (Safari cannot tell the last.) After a press it waits, so as not to get in the way of that.
 */

const WAITING = "[data-testid=stSkeleton], [data-testid=stVegaLiteChart]:not(:has(canvas, svg))";
const LATEST_MS = 300; // for an idle browser: something on the page may move all the time
const SOON_MS = 50;

/** @param {{ setTriggerValue: (name: string, value: boolean) => void }} component */
export default function ({ setTriggerValue }) {
  let isGone = false;
  const whenIdle = globalThis.requestIdleCallback ?? ((then) => setTimeout(then, SOON_MS));
  const look = () => {
    if (isGone) return;
    const parts = document.querySelectorAll(`[data-testid=stMain] :is(${WAITING})`);
    if ([...parts].some((part) => part.checkVisibility())) requestAnimationFrame(look);
    else whenIdle(() => requestAnimationFrame(tell), { timeout: LATEST_MS });
  };
  const tell = () => {
    if (isGone) return;
    const presses = globalThis.sotaPresses;
    if (presses.isRecent()) setTimeout(look, presses.QUIET_MS);
    else setTriggerValue("painted", true);
  };
  requestAnimationFrame(look);
  return () => {
    isGone = true;
  };
}
