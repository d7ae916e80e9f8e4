"""first_visit: from navigation to the page's figure on the screen, in a real Chromium, on a server that is warm.

Every round opens each page in a new tab: a new session, so nothing of an earlier visit is in it. Warm are the server,
walked through once as `serve` does, and the browser, which has fetched Streamlit's own script with the first page it
opened. The sample is what the server has, or the real Imagenette where it lies beside the checkout.
"""

import json
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.pictures import pictures_224
from benchmarks.rows import row
from benchmarks.site import browsing, serving
from sota_core import paths

BUDGET_S = 1.0
# address → what one comes for: a canvas of ours, a chart that Vega has drawn, pictures, what is pressed first. The
# tables and texts around it come earlier. A selector of what is in a component names nothing outside it, since it does
# not reach across the edge of a shadow tree.
FIGURES = {
    "": "figure canvas",
    "baseline": "ul.row img",
    "normalization": "path.hill[d]",
    "resizing": ".sized canvas.now",
    "tta": ".views img",
    "mixup": "figure canvas",
    "label_smoothing": ".plot path[d]",
    "train": ".st-key-lab-start button",
    "compare": ".st-key-compare-curves .vega-embed :is(canvas, svg)",
    "data": "[data-testid=stImage] img",
    "room": ".st-key-room-new button",
    "questionnaire": ".st-key-questionnaire-next button",
    "papers": "button.piece",
}

# The browser's own clock tells when: a driver asks now and then, up to half a second late. Seen means that it has an
# extent, that a picture is decoded, that a canvas holds something; painted is the second frame after.
WATCH = """
window.sotaWatch = (selector, begin) => {
  const find = (root) => [...root.querySelectorAll(selector)].concat(
    ...[...root.querySelectorAll("*")].filter((node) => node.shadowRoot).map((node) => find(node.shadowRoot)));
  const small = new OffscreenCanvas(8, 8).getContext("2d", { willReadFrequently: true });
  const holds = (canvas) => {
    small.clearRect(0, 0, 8, 8);
    small.drawImage(canvas, 0, 0, 8, 8);
    return small.getImageData(0, 0, 8, 8).data.some((byte) => byte);
  };
  const seen = (node) => node.checkVisibility() && node.getBoundingClientRect().width > 0
    && (!(node instanceof HTMLImageElement) || (node.complete && node.naturalWidth > 0))
    && (!(node instanceof HTMLCanvasElement) || (node.width > 0 && holds(node)));
  const look = () => {
    if (!document.documentElement || !find(document).some(seen)) return;
    clearInterval(timer);
    requestAnimationFrame(() => requestAnimationFrame((now) => { window.sotaPainted = now - begin; }));
  };
  const timer = setInterval(look, 10);
};
"""


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    rounds = 3 if quick else 6
    times: dict[str, list[float]] = {address: [] for address in FIGURES}
    clicked: dict[str, list[float]] = {address: [] for address in FIGURES}
    with _server() as (url, pictures), _bare() as bare, browsing() as page:
        context = page.context
        for address in (url, bare):
            _opened(context, address, "", "h1")  # Streamlit's script is in the browser's store now
        nothing = []
        for _ in range(rounds):
            nothing.append(_opened(context, bare, "", "h1"))
            for address, found in times.items():
                found.append(_opened(context, url, address, FIGURES[address]))
                clicked[address].append(_clicked(context, url, address))
    for address, found in times.items():
        print(
            f"  /{address:16} median {statistics.median(found):.2f} s, worst {max(found):.2f} s; reached by a click "
            f"from another page {statistics.median(clicked[address]):.2f} s",
            file=sys.stderr,
        )
    worst = max(times, key=lambda address: statistics.median(times[address]))
    slowest = max(clicked, key=lambda address: statistics.median(clicked[address]))
    note = f"a new tab, worst page /{worst} of {len(times)}, to its figure; {pictures}; Chromium on the same cores; "
    note += f"a Streamlit page with nothing but a title {statistics.median(nothing):.2f} s"
    return [
        row("first_visit", times[worst], unit="s", budget=BUDGET_S, device=device, note=note),
        row(
            "first_visit_by_click",
            clicked[slowest],
            unit="s",
            budget=BUDGET_S,
            device=device,
            note=f"from another page of the app, worst page /{slowest}",
        ),
    ]


def _opened(context: Any, url: str, address: str, figure: str) -> float:
    """Seconds from navigation until the figure of a page has been painted, in a tab of its own."""
    page = context.new_page()
    page.add_init_script(WATCH)
    page.add_init_script(f"sotaWatch({json.dumps(figure)}, 0)")
    page.goto(f"{url}/{address}", wait_until="commit")
    seconds = _painted(page, address, figure)
    page.close()
    return seconds


def _clicked(context: Any, url: str, address: str) -> float:
    """The same from an open page of the app, by its navigation: the session is new, the browser's app is running."""
    page = context.new_page()
    page.add_init_script(WATCH)
    start = "tta" if address == "label_smoothing" else "label_smoothing"
    page.goto(f"{url}/{start}")
    page.locator(FIGURES[start]).first.wait_for(state="visible", timeout=60_000)
    page.wait_for_selector("[data-testid=stApp][data-test-script-state=notRunning]")
    link = page.locator(f"[data-testid=stSidebarNav] a[href$='/{address}']").first
    link.wait_for(state="visible")
    watch = f"event => sotaWatch({json.dumps(FIGURES[address])}, event.timeStamp)"
    link.evaluate(f"link => link.addEventListener('click', {watch}, {{ capture: true, once: true }})")
    link.click()
    seconds = _painted(page, address, FIGURES[address])
    page.close()
    return seconds


def _painted(page: Any, address: str, figure: str) -> float:
    from playwright.sync_api import TimeoutError as Late

    try:
        page.wait_for_function("window.sotaPainted", timeout=60_000)
    except Late as late:
        raise RuntimeError(f"the page /{address} must show {figure!r} within 60 s, and has not") from late
    return page.evaluate("window.sotaPainted") / 1000


@contextmanager
def _bare() -> Iterator[str]:
    """What Streamlit itself needs: a page with a title and nothing else."""
    with tempfile.TemporaryDirectory() as folder:
        script = Path(folder) / "bare.py"
        script.write_text('import streamlit as st\nst.title("Bare")\n')
        with serving(script) as site:
            yield site.url


@contextmanager
def _server() -> Iterator[tuple[str, str]]:
    """A server with a home of its own, warm; its address, and which pictures it has."""
    listing, what = pictures_224()
    with tempfile.TemporaryDirectory() as data:
        if what == "Imagenette":
            (Path(data) / "imagenette2-320").symlink_to(listing.root)  # the name by which the app knows such a set
        with serving(data=Path(data)) as site:
            walk = [sys.executable, "-m", "pages.shared.server.warm", site.url]
            subprocess.run(walk, cwd=paths.ROOT, check=True, stdout=sys.stderr)
            yield site.url, "Imagenette, 224 px" if what == "Imagenette" else "the sample"


if __name__ == "__main__":
    for found in measure(quick="--quick" in sys.argv):
        print(found)
