/** Where a page's stages, places and followers find each other, whichever of them is drawn first. */
globalThis.sotaStages ??= new Map();
globalThis.sotaStage ??= (name) => {
  const stages = globalThis.sotaStages;
  if (!stages.has(name)) stages.set(name, { places: new Set(), followers: new Set() });
  return stages.get(name);
};
