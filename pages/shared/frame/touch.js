/**
 * A finger that scrolls the page past one of Streamlit's sliders does not move it: a press on a track counts only once
 * it is let go, or has moved sideways. By Streamlit alone it would count at once, in any direction, and hold the page.
 */

/** The press that waits for its direction. */
let held;

function trackOf(target) {
  if (!(target instanceof Element) || target.closest("[data-testid=stSliderThumbValue]")) return undefined;
  const track = target.closest("[data-testid=stMain] [role=group]");
  return track?.querySelector("input[type=range]") && track;
}

function hold(event) {
  if (event.pointerType !== "touch" || !event.isTrusted || !trackOf(event.target)) return;
  event.stopImmediatePropagation();
  held = event;
}

function goOn(event) {
  if (held?.pointerId !== event.pointerId) return;
  const [x, y] = [event.clientX - held.clientX, event.clientY - held.clientY].map(Math.abs);
  if (event.type === "pointermove" && y >= x) return;
  const { target, pointerId, pointerType, isPrimary, clientX, clientY } = held;
  const where = { pointerId, pointerType, isPrimary, clientX, clientY };
  held = undefined;
  target.dispatchEvent(new PointerEvent("pointerdown", { ...where, bubbles: true, cancelable: true, composed: true }));
}

export default function () {
  if (globalThis.sotaTouch) return;
  globalThis.sotaTouch = true;
  const first = { capture: true };
  addEventListener("pointerdown", hold, first);
  for (const kind of ["pointermove", "pointerup"]) addEventListener(kind, goOn, first);
  addEventListener("pointercancel", () => (held = undefined), first);
  addEventListener("touchstart", (event) => trackOf(event.target) && event.stopImmediatePropagation(), {
    ...first,
    passive: true,
  });
}
