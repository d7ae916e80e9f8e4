"""slider: releasing a slider → the new picture in the browser, against a bare Streamlit page with one slider and one
image of the same size. Real Chromium, taking turns; the app's page is Progressive resizing, whose `min_scale` draws
the presizing boxes anew.
"""

import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.rows import row
from benchmarks.site import browsing, serving, visit

BUDGET = 1.5
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
        address = ours.url + "/resizing"
        visit(page, address)
        width, height = _size(page)
        script = Path(folder) / "bare.py"
        script.write_text(_BARE.format(width=width, height=height))
        with serving(script) as bare:
            visit(page, bare.url)
            in_bare = _releases(page, n)
            visit(page, address)
            in_ours = _releases(page, n)
            visit(page, bare.url)
            in_bare += _releases(page, n)
    usual = sorted(in_bare)[len(in_bare) // 2]
    return [
        row(
            "slider",
            [took / usual for took in in_ours],
            unit="ratio",
            budget=BUDGET,
            device=device,
            note=f"a bare page {1e3 * usual:.0f} ms; picture of {width} × {height} px; Chromium on the same cores",
        )
    ]


def _releases(page: Any, n: int) -> list[float]:
    """Seconds from a key that moves the slider to another picture in the page; the first two are not counted."""
    picture = page.locator("[data-testid=stImage] img").last
    thumb = page.locator("[data-testid=stSlider]", has_text="min_scale").get_by_role("slider")
    if not thumb.count():
        thumb = page.get_by_role("slider").first
    took = []
    for i in range(n + 2):
        before = picture.get_attribute("src")
        start = time.perf_counter()
        thumb.press("ArrowLeft" if i % 2 else "ArrowRight")
        page.wait_for_function(
            """([before]) => { const found = [...document.querySelectorAll("[data-testid=stImage] img")].at(-1);
                 return found.getAttribute("src") !== before && found.complete && found.naturalWidth > 0 }""",
            arg=[before],
        )
        took.append(time.perf_counter() - start)
        time.sleep(0.2)  # the hand rests
    return took[2:]


def _size(page: Any) -> tuple[int, int]:
    found = page.locator("[data-testid=stImage] img").last
    return tuple(found.evaluate("e => [e.naturalWidth, e.naturalHeight]"))


if __name__ == "__main__":
    for found in measure(quick=True):
        print(found)
