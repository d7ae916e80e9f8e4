"""slider: releasing a slider → the new picture in the browser, against a bare Streamlit page with one slider and one
image of the same size. Real Chromium, taking turns; the app's page is Mixup, where Python cuts the pictures of a batch
anew for another α of CutMix. Most other knobs need no new picture and ask for none (drag.py, load/knob.py).
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit

BUDGET = 1.5
ADDRESS, LABEL = "/mixup?mixup.cut_alpha=0.55", "α of CutMix"  # it opens its fold; a step further the box is another
# The pictures, wherever they stand: Streamlit's own, or in a component's shadow.
FIND = """(where) => {
  const hosts = [...document.querySelectorAll(where), ...document.querySelectorAll(`${where} *`)];
  return hosts.flatMap((node) => [...(node.shadowRoot ?? node).querySelectorAll("img")]);
}"""
OURS, BARE = ".st-key-mixup-cut", "[data-testid=stImage]"
SOURCES = f"where => ({FIND})(where).map((image) => image.src).join()"
SIZE = f"""where => {{
  const found = ({FIND})(where);
  return [found.reduce((sum, image) => sum + image.naturalWidth, 0), found[0].naturalHeight];
}}"""
OTHERS = f"""([where, before]) => {{
  const found = ({FIND})(where);
  return found.length && found.map((image) => image.src).join() !== before
    && found.every((image) => image.complete && image.naturalWidth);
}}"""
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
    with tempfile.TemporaryDirectory() as folder, serving() as ours, browsing() as page:
        _open(page, ours.url + ADDRESS, OURS)
        width, height = page.evaluate(SIZE, OURS)
        script = Path(folder) / "bare.py"
        script.write_text(_BARE.format(width=width, height=height))
        with serving(script) as bare:
            _open(page, bare.url, BARE)
            in_bare = _releases(page, BARE, n)
            _open(page, ours.url + ADDRESS, OURS)
            in_ours = _releases(page, OURS, n)
            _open(page, bare.url, BARE)
            in_bare += _releases(page, BARE, n)
    usual = sorted(in_bare)[len(in_bare) // 2]
    return [
        row(
            "slider",
            [took / usual for took in in_ours],
            unit="ratio",
            budget=BUDGET,
            device=device,
            note=f"a bare page {1e3 * usual:.0f} ms; {width} × {height} px of pictures; Chromium on the same cores",
        )
    ]


def _open(page: Any, address: str, where: str) -> None:
    visit(page, address)
    page.wait_for_function(f"where => ({FIND})(where).length > 0", arg=where)


def _releases(page: Any, where: str, n: int) -> list[float]:
    """Seconds from a key that moves the slider to other pictures in the page; the first two are not counted."""
    slider = page.locator("[data-testid=stSlider]", has_text=LABEL if where == OURS else "v")
    thumb = slider.get_by_role("slider")
    took = []
    for i in range(n + 2):
        before = page.evaluate(SOURCES, where)
        thumb.focus()
        start = time.perf_counter()
        thumb.press("ArrowLeft" if i % 2 else "ArrowRight")
        page.wait_for_function(OTHERS, arg=[where, before])
        took.append(time.perf_counter() - start)
        time.sleep(0.2)  # the hand rests
    return took[2:]


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
