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
