/**
 * When something was last pressed, as performance.now() counts, and whether by a key. What asks the server by itself
 * waits a moment after that: of two messages at once Streamlit may hear one, and a press comes first.
 */
globalThis.sotaPresses ??= (() => {
  const QUIET_MS = 400;
  const presses = { at: Number.NEGATIVE_INFINITY, isByKey: false, QUIET_MS, isRecent };
  function isRecent() {
    return performance.now() - presses.at < QUIET_MS;
  }
  const note = ({ type }) => Object.assign(presses, { at: performance.now(), isByKey: type === "keydown" });
  for (const kind of ["pointerdown", "pointerup", "keydown"]) addEventListener(kind, note, { capture: true });
  return presses;
})();
