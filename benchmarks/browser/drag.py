"""drag: while λ is dragged on the mixup page, time of a paint (p95) and messages to the server. Real Chromium.

A paint is a frame's work for one new value: blend every pixel, set the bars, lay out and draw. It is timed inside the
page from the start of the frame until the main thread is free again.
"""

import statistics
from typing import Any

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
}"""
# A frame's callbacks run in the order in which they were asked for: ours, the component's paint, and after the frame
# has been drawn the message.
_MOVE = """([value]) => new Promise(done => {
  const range = window.range;
  let start = 0;
  requestAnimationFrame(() => {
    start = performance.now();
    const channel = new MessageChannel();
    channel.port1.onmessage = () => { window.paints.push(performance.now() - start); done(); };
    channel.port2.postMessage(0);
  });
  range.value = value;
  range.dispatchEvent(new Event("input", {bubbles: true, composed: true}));
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
    note = f"p95 of {n}; median {statistics.median(paints):.1f} ms"
    return [
        row("drag_paint_p95", [p95(paints)], unit="ms", budget=FRAME_MS, device=device, note=note),
        row("drag_messages", [sent], unit="messages", budget=0, device=device, note=f"{n} moves"),
    ]


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
