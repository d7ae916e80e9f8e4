/** Does the visitor want no motion? */
globalThis.sotaIsStill ??= () => matchMedia("(prefers-reduced-motion: reduce)").matches;
