"""drag: while a knob is dragged, time of a paint (p95) and messages to the server. Real Chromium.

A paint is a frame's work for one new value: blend every pixel, set words, bars and curves, lay out and draw. It is
timed inside the page from the start of the frame until the main thread is free again. λ of the mixup page has rows of
its own, for it blends a picture; then every knob of every stage, as the page comes: of its folds only the one in which
the knob is stands open.
"""

import statistics
from typing import Any

from benchmarks.browser.hand import SCRIPT, STAGED, quiet
from benchmarks.rows import p95, row
from benchmarks.site import browsing, serving, visit

FRAME_MS = 16.7
_WATCH = """() => {
  window.sent = 0; window.paints = [];
  const send = WebSocket.prototype.send;
  WebSocket.prototype.send = function (...a) { window.sent++; return send.apply(this, a); };
  const range = [...document.querySelectorAll("*")].map(e => e.shadowRoot?.querySelector("input[type=range]"))
    .find(Boolean);
  window.range = range;
  // A frame's callbacks run in the order in which they were asked for: ours, the component's paint, and after the frame
  // has been drawn the message.
  window.painted = (move) => new Promise((done) => {
    let start = 0;
    requestAnimationFrame(() => {
      start = performance.now();
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { window.paints.push(performance.now() - start); done(); };
      channel.port2.postMessage(0);
    });
    move();
  });
}"""
_MOVE = """([value]) => window.painted(() => {
  window.range.value = value;
  window.range.dispatchEvent(new Event("input", {bubbles: true, composed: true}));
})"""
_KNOBS = """() => [...globalThis.sotaStages].flatMap(([stage, { data }]) =>
  Object.entries(data?.knobs ?? {}).map(([knob, { control, values }]) => [stage, knob, control, values.length]))"""
_IS_SEEN = """([stage, , control]) => {
  const places = globalThis.sotaStages.get(stage).places;
  const hand = control && document.querySelector(`.${control} input`);
  const node = hand ?? [...places][0];
  if (!node || hand?.type === "checkbox") return false;
  for (let at = node; at; at = at.parentElement ?? at.getRootNode().host)
    if (at.tagName === "DETAILS" && !at.open) at.querySelector("summary").click();
  node.scrollIntoView({ block: "center" });
  return true;
}"""
# Through Streamlit's slider where there is one, so its own drawing is timed too; a component of ours moves the stage.
_STEP = """([[stage, knob, control], step]) => window.painted(() => {
  const { move, knobs } = globalThis.sotaStages.get(stage);
  const value = knobs[knob].values[step];
  const range = control && document.querySelector(`.${control} input[type=range]`);
  if (!range) return move(knob, value);
  Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value").set.call(range, value);
  range.dispatchEvent(new Event("input", { bubbles: true }));
})"""


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n = 60 if quick else 300
    with serving() as site, browsing() as page:
        visit(page, site.url + "/mixup?lam=0.60")
        page.wait_for_function(
            """() => [...document.querySelectorAll("*")].some(e => e.shadowRoot?.querySelector("canvas")
                 ?.getContext("2d").getImageData(128, 128, 1, 1).data[3] === 255)"""
        )
        page.evaluate(_WATCH)
        for i in range(n):
            page.evaluate(_MOVE, [20 + i % 60])
        paints, sent = page.evaluate("window.paints"), page.evaluate("window.sent")
        of_knobs, told = _of_knobs(page, site.url, 20 if quick else 60)
    note = f"p95 of {n}; median {statistics.median(paints):.1f} ms"
    worst = sorted(((p95(found), knob) for knob, found in of_knobs.items()), reverse=True)
    last = ", ".join(f"{knob} {ms:.1f}" for ms, knob in worst[:5])
    every = [ms for found in of_knobs.values() for ms in found]
    notes = f"the worst of {len(worst)} knobs: {last}; median of all paints {statistics.median(every):.1f} ms"
    return [
        row("drag_paint_p95", [p95(paints)], unit="ms", budget=FRAME_MS, device=device, note=note),
        row("drag_messages", [sent], unit="messages", budget=0, device=device, note=f"{n} moves"),
        row("knob_paint_p95", [worst[0][0]], unit="ms", budget=FRAME_MS, device=device, note=notes),
        row("knob_messages", [told], unit="messages", budget=0, device=device, note=f"{len(every)} moves"),
    ]


def _of_knobs(page: Any, url: str, n: int) -> tuple[dict[str, list[float]], int]:
    """Milliseconds of each paint by knob, and the messages sent while knobs were moved."""
    found: dict[str, list[float]] = {}
    messages = 0
    for address in STAGED:
        visit(page, f"{url}/{address}")
        page.evaluate(SCRIPT)
        page.evaluate(_WATCH)
        quiet(page)
        page.wait_for_function("globalThis.sotaStages?.size && keyboard.areThere()", timeout=60_000)
        for stage, knob, control, n_values in page.evaluate(_KNOBS):
            if not page.evaluate(_IS_SEEN, [stage, knob, control]):
                continue
            quiet(page)  # what comes into view may ask for itself
            page.evaluate("Object.assign(window, { sent: 0, paints: [] })")
            for i in range(n):
                page.evaluate(_STEP, [[stage, knob, control], i * max(1, n_values // n) % n_values])
            paints, sent = page.evaluate("[window.paints, window.sent]")
            found[f"{stage} {knob}"] = paints
            messages += sent
            quiet(page)
    return found, messages


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
