"""The two pictures that Mixup's page mixes at first, and reading the mix from the canvas."""

import base64
import io

import numpy as np
from PIL import Image
from playwright.sync_api import Page

from pages.shared.components.blend import SIDE
from sota_core.data.sample import sample
from sota_core.figures.pictures import centre_square
from tests.e2e.knobs import LOOK_MS

A, B = (centre_square(sample.draw(name, "train", number), SIDE) for name, number in (("balloon", 3), ("lighthouse", 1)))

READ = """canvas => canvas.toDataURL("image/png").split(",")[1]"""
IS_MIXED = """middle => [...document.querySelectorAll("*")].some(({ shadowRoot }) => {
  const pen = shadowRoot?.querySelector("canvas")?.getContext("2d");
  if (!pen) return false;
  const [x, y] = [pen.canvas.width / 2, pen.canvas.height / 2];
  const shown = pen.getImageData(x, y, 1, 1).data;
  return middle.every((value, i) => Math.abs(value - shown[i]) <= 1);
})"""


def mixed(lam: float) -> np.ndarray:
    """λ·A + (1−λ)·B, (SIDE, SIDE, 3), whole numbers from 0 to 255."""
    return np.rint(lam * A.astype(float) + (1 - lam) * B.astype(float))


def pixels(page: Page) -> np.ndarray:
    """What the canvas shows: (SIDE, SIDE, 3) uint8."""
    png = base64.b64decode(page.locator("canvas[role=img]").first.evaluate(READ))
    return np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))


def wait_for_mix(page: Page, lam: float) -> None:
    """Wait until the pixel in the middle is that of this λ, which for 0 < λ < 1 neither picture alone has."""
    middle = mixed(lam)[SIDE // 2, SIDE // 2]
    assert lam in (0, 1) or min(np.abs(middle - picture[SIDE // 2, SIDE // 2]).max() for picture in (A, B)) > 10
    page.wait_for_function(IS_MIXED, arg=middle.tolist(), polling=LOOK_MS)
