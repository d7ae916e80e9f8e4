"""slider: releasing a slider → the answer in the browser, against a bare Streamlit page with one slider and one image
of the same size. Real Chromium, taking turns; the app's page is Mixup, its slider α of CutMix, whose pictures the
browser cuts by itself while it moves. Answered means that the frames of the new value are in the page: until then
another knob would be drawn by old ones. No slider that moves a figure waits for a picture of Python's any more
(drag.py, load/knob.py); the note says after how long the pictures have moved.
"""

import statistics
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit

BUDGET = 1.5
# The address opens the slider's fold; with this seed every step of α has another box.
ADDRESS, LABEL = "/mixup?mixup.cut_alpha=0.55&mixup.seed=98", "α of CutMix"
STAGE, KNOB = "mixup.cut_alpha", "cut_alpha"
OURS, BARE = ".st-key-mixup-cut", "[data-testid=stImage]"
# The pictures, wherever they stand: Streamlit's own, or in a component's shadow.
FIND = """(where) => {
  const hosts = [...document.querySelectorAll(where), ...document.querySelectorAll(`${where} *`)];
  return hosts.flatMap((node) => [...(node.shadowRoot ?? node).querySelectorAll("img")]);
}"""
SIZE = f"""where => {{
  const found = ({FIND})(where);
  return [found.reduce((sum, image) => sum + image.naturalWidth, 0), found[0].naturalHeight];
}}"""
# What stands there now: the bare page's picture, the box of ours and the step that is answered.
IN_BARE = f"(where) => ({FIND})(where).map((image) => image.src).join()"
MOVED = """(where) => {
  const hosts = [...document.querySelectorAll(`${where} *`)];
  const [list] = hosts.flatMap((node) => [...(node.shadowRoot?.querySelectorAll("ul") ?? [])]);
  return list?.getAttribute("style");
}"""
ANSWERED = f"() => window.sotaStages?.get({STAGE!r})?.data?.at.{KNOB}"
OTHER = """([was]) => {
  const now = (%s)(%s);
  return now !== undefined && now !== was;
}"""
DECODED = f"(where) => ({FIND})(where).every((image) => image.complete && image.naturalWidth)"
_BARE = """
import io
import numpy as np
import streamlit as st
from PIL import Image
st.title("Bare")
value = st.slider("v", 0.08, 1.0, 0.75, 0.01)
rng = np.random.default_rng(0)
picture = (rng.random(({height}, {width}, 3)) * 40 + 200 * value).clip(0, 255).astype("uint8")
file = io.BytesIO()
Image.fromarray(picture).save(file, "PNG", compress_level=1)
st.image(file.getvalue())
"""


def measure(device: str = "cpu", quick: bool = False) -> list[dict[str, Any]]:
    n = 5 if quick else 15
    moved: list[float] = []
    with tempfile.TemporaryDirectory() as folder, serving() as ours, browsing() as page:
        _open(page, ours.url + ADDRESS, OURS)
        page.wait_for_function(f"() => ({ANSWERED})() !== undefined")
        width, height = page.evaluate(SIZE, OURS)
        script = Path(folder) / "bare.py"
        script.write_text(_BARE.format(width=width, height=height))
        with serving(script) as bare:
            _open(page, bare.url, BARE)
            in_bare = _releases(page, n)
            _open(page, ours.url + ADDRESS, OURS)
            page.wait_for_function(f"() => ({ANSWERED})() !== undefined")
            in_ours = _releases(page, n, moved)
            _open(page, bare.url, BARE)
            in_bare += _releases(page, n)
    usual = statistics.median(in_bare)
    return [
        row(
            "slider",
            [took / usual for took in in_ours],
            unit="ratio",
            budget=BUDGET,
            device=device,
            note=f"a bare page {1e3 * usual:.0f} ms; ours has moved its pictures after "
            f"{1e3 * statistics.median(moved):.0f} ms; {width} × {height} px of pictures; Chromium on the same cores",
        )
    ]


def _open(page: Any, address: str, where: str) -> None:
    visit(page, address)
    page.wait_for_function(f"where => ({FIND})(where).length > 0", arg=where)


def _releases(page: Any, n: int, moved: list[float] | None = None) -> list[float]:
    """Seconds from a key that moves the slider to the answer in the page; the first two are not counted.

    moved  on the app's page: gets the seconds after which its pictures had moved
    """
    thumb = page.locator("[data-testid=stSlider]", has_text="v" if moved is None else LABEL).get_by_role("slider")
    what, where = (IN_BARE, f"{BARE!r}") if moved is None else (ANSWERED, "")
    took, seen = [], []
    for i in range(n + 2):
        was, stood = page.evaluate(f"() => ({what})({where})"), page.evaluate(MOVED, OURS)
        thumb.focus()
        start = time.perf_counter()
        thumb.press("ArrowLeft" if i % 2 else "ArrowRight")
        if moved is not None:
            page.wait_for_function(OTHER % (MOVED, repr(OURS)), arg=[stood])
            seen.append(time.perf_counter() - start)
        page.wait_for_function(OTHER % (what, where), arg=[was])
        if moved is None:
            page.wait_for_function(DECODED, arg=BARE)
        took.append(time.perf_counter() - start)
        time.sleep(0.2)  # the hand rests
    if moved is not None:
        moved += seen[2:]
    return took[2:]


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
