/**
 * A fuller name for a control whose label others on its page have too, for whoever hears names one by one and does not
 * see what stands around them. Streamlit takes no name for a button, a link or a fold besides its label.
 *
 * A control that is not found, or whose label is another one by now, keeps the name it has by itself.
 *
 * @typedef {object} Named
 * @property {string} within  class of an element that holds the control
 * @property {string} label  what is seen on the control
 * @property {string} name  begins with the label, so that a voice control can be told what is seen
 */

/** What each of these components has to name. */
globalThis.sotaNames ??= new Map();
/** Each control that was given a name, and the aria-label it had before. */
globalThis.sotaNamed ??= new Map();

function labelOf(control) {
  if (control.matches("input")) return globalThis.sotaNamed.get(control) ?? control.getAttribute("aria-label");
  return control.querySelector("[data-testid=stMarkdownContainer]")?.textContent.trim();
}

/** Each control to be named, and its name. */
function wanted() {
  const named = [...globalThis.sotaNames.values()].flat();
  return new Map(named.flatMap(({ within, label, name }) => controlsOf(within, label).map((one) => [one, name])));
}

function controlsOf(within, label) {
  const found = [...document.querySelectorAll(`.${within} :is(button, a, summary, input)`)];
  return found.filter((control) => labelOf(control) === label);
}

function give() {
  const now = wanted();
  for (const [control, before] of globalThis.sotaNamed) if (!now.has(control)) takeBack(control, before);
  for (const [control, name] of now) {
    if (!globalThis.sotaNamed.has(control)) globalThis.sotaNamed.set(control, control.getAttribute("aria-label"));
    control.setAttribute("aria-label", name);
  }
}

/** React may use an element again for another control. */
function takeBack(control, before) {
  if (before === null) control.removeAttribute("aria-label");
  else control.setAttribute("aria-label", before);
  globalThis.sotaNamed.delete(control);
}

/** @param {{ data: { named: Named[] }, parentElement: ParentNode }} component */
export default function ({ data, parentElement }) {
  globalThis.sotaEnd(parentElement);
  globalThis.sotaNames.set(parentElement, data.named);
  give();
  return globalThis.sotaEndBy(parentElement, globalThis.sotaWhenSettled(give, { characterData: true }), () => {
    globalThis.sotaNames.delete(parentElement);
    give();
  });
}
