/**
 * Keeps folds as they are when somebody chooses the other language: Streamlit 1.67 puts an expander whose title changes
 * back to how it was drawn. Nor does a fold fall shut for a moment after it has opened.
 */
globalThis.sotaKeepFolds ??= () => {
  /** Each fold on the page when the other language was chosen, and whether it was open; none once something else is done. */
  let folds = new Map();

  function note({ target, isTrusted }) {
    if (!isTrusted) return; // our own, below
    const isLanguage = target instanceof Element && target.closest(".st-key-languages button");
    const there = isLanguage ? document.querySelectorAll("[data-testid=stExpander] > details") : [];
    folds = new Map([...there].map((fold) => [fold, fold.open]));
  }

  function hold(changes) {
    for (const { target } of changes)
      if (folds.has(target) && folds.get(target) !== target.open) target.querySelector("summary").click();
  }

  /**
   * Streamlit lets a fold grow for half a second from its height before, and takes that height away when it hears that
   * the growth has ended. Between the two, which on a busy machine is several frames, the fold had its height from before
   * again: a button in it was not under the mouse any more, and a press on it was lost. Here the last height holds until
   * then. Nothing grows for whoever wants no motion.
   */
  function growToTheEnd(frames, options) {
    const growth = Element.prototype.animate.call(this, frames, {
      ...options,
      fill: "forwards",
      duration: globalThis.sotaIsStill() ? 0 : options.duration,
    });
    growth.addEventListener("finish", () => growth.cancel(), { once: true }); // Streamlit's own listener comes next
    return growth;
  }

  HTMLDetailsElement.prototype.animate = growToTheEnd;
  addEventListener("click", note, { capture: true });
  addEventListener("popstate", note, { capture: true });
  new MutationObserver(hold).observe(document.body, { attributeFilter: ["open"], subtree: true });
};
