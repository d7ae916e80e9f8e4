/**
 * Streamlit 1.67 calls a component again whenever there are new data, but its cleanup only when it leaves the page. So
 * a component begins with `sotaEnd`, which ends what its last call at this place has begun, and passes what ends this
 * call to `sotaEndBy`; else timers, observers and listeners of every earlier call would go on. What a hand has not told
 * yet outlives a call, but not the page: `leave` ends it, since a stage of the same name may be there a moment later.
 */
globalThis.sotaEnds ??= new WeakMap();
globalThis.sotaEnd ??= (parentElement) => {
  globalThis.sotaEnds.get(parentElement)?.();
  globalThis.sotaEnds.delete(parentElement);
};
globalThis.sotaEndBy ??= (parentElement, end, leave) => {
  globalThis.sotaEnds.set(parentElement, end);
  return () => {
    globalThis.sotaEnd(parentElement);
    leave?.();
  };
};
