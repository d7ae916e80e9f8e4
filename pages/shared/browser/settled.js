/**
 * Calls `act` once the page has changed and settled: it is drawn in many small steps.
 *
 * @param {() => void} act
 * @param {MutationObserverInit} [also]  changes that count besides new and removed elements
 * @returns what ends it
 */
globalThis.sotaWhenSettled ??= (act, also) => {
  const SETTLED_MS = 200;
  let settling;
  const observer = new MutationObserver(() => {
    settling ??= setTimeout(() => {
      settling = undefined;
      act();
    }, SETTLED_MS);
  });
  observer.observe(document.body, { childList: true, subtree: true, ...also });
  return () => {
    observer.disconnect();
    clearTimeout(settling);
  };
};
