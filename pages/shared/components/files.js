/**
 * Where a page's stages, places and followers find each other, whichever of them is drawn first. A component is a
 * module by itself and can import none of ours: files.component puts this before those that need it.
 */
globalThis.sotaStages ??= new Map();
globalThis.sotaStage ??= (name) => {
  const stages = globalThis.sotaStages;
  if (!stages.has(name)) stages.set(name, { places: new Set(), followers: new Set() });
  return stages.get(name);
};

/**
 * Streamlit 1.67 calls a component anew with all new data, but its cleanup only when it leaves the page. So a component
 * begins with `sotaEnd`, which ends what its earlier call at this place has begun, and gives what ends this one to
 * `sotaEndBy`; else timers, observers and listeners of every earlier call go on.
 */
globalThis.sotaEnds ??= new WeakMap();
globalThis.sotaEnd ??= (parentElement) => {
  globalThis.sotaEnds.get(parentElement)?.();
  globalThis.sotaEnds.delete(parentElement);
};
globalThis.sotaEndBy ??= (parentElement, end) => {
  globalThis.sotaEnds.set(parentElement, end);
  return () => globalThis.sotaEnd(parentElement);
};
