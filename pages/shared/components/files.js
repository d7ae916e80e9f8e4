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

/** What follows slots in a template: by `data-live="text:loss --w:share class:row"` text, a style and an attribute. */
globalThis.sotaLive ??= {
  /** slots: slot → every [element, what of it] that follows it; shown: slot → its value now */
  of(root) {
    const slots = new Map();
    for (const element of root.querySelectorAll("[data-live]")) {
      for (const pair of element.dataset.live.split(" ")) {
        const [what, slot] = pair.split(":");
        if (!slots.has(slot)) slots.set(slot, []);
        slots.get(slot).push([element, what]);
      }
    }
    return { slots, shown: new Map() };
  },
  fill({ slots, shown }, values) {
    for (const slot in values) {
      if (shown.get(slot) === values[slot]) continue;
      shown.set(slot, values[slot]);
      for (const [element, what] of slots.get(slot) ?? []) globalThis.sotaLive.set(element, what, values[slot]);
    }
  },
  set(element, what, value) {
    if (what === "text") element.textContent = value;
    else if (what.startsWith("--")) element.style.setProperty(what, value);
    else element.setAttribute(what, value);
  },
};

/** A number as the language of the page writes it, which Python has put there (shared/frame/back.py). */
globalThis.sotaNumber ??= (value, digits) =>
  value.toLocaleString(document.documentElement.lang || "en", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });

/**
 * Is what a page reads from a canvas what it has drawn there? A browser that guards against fingerprinting gives noise
 * (Tor's, and Firefox where a setting asks for it). Others change a byte by one here and there, which nobody sees.
 */
globalThis.sotaReadsPixels ??= () => {
  const MOST = 16; // of 255
  const drawn = [
    [200, 40, 120],
    [30, 220, 90],
  ];
  const canvas = Object.assign(document.createElement("canvas"), { width: drawn.length, height: 1 });
  const pen = canvas.getContext("2d", { willReadFrequently: true });
  for (const [x, colour] of drawn.entries()) {
    pen.fillStyle = `rgb(${colour})`;
    pen.fillRect(x, 0, 1, 1);
  }
  const read = pen.getImageData(0, 0, drawn.length, 1).data;
  return drawn.every((colour, x) => colour.every((value, c) => Math.abs(value - read[4 * x + c]) <= MOST));
};

/** Is a key pressed with Alt, Ctrl or Meta? Then it is the browser's own, such as Alt and an arrow for the way back. */
globalThis.sotaIsShortcut ??= ({ altKey, ctrlKey, metaKey }) => altKey || ctrlKey || metaKey;

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
