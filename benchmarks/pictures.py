"""224 px pictures to measure on: the real Imagenette where it lies beside the checkout, else generated ones."""

import os
import tarfile
import tempfile
from pathlib import Path

import numpy as np
from PIL import Image

from sota_core import paths
from sota_core.data.pictures.listing import Listing, list_pictures

ARCHIVE = paths.ROOT.parent / "shared" / "data" / "imagenette2-224.tar"
N_GENERATED = 1280


def pictures_224() -> tuple[Listing, str]:
    """The listing, and what it is of in words. Unpacked or generated once per machine, in the temporary folder."""
    place = Path(tempfile.gettempdir()) / f"sota-lab-benchmarks-{os.getuid()}"
    place.mkdir(exist_ok=True)
    real = ARCHIVE.exists()
    folder = place / ("imagenette2-224" if real else "generated-224")
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=place) as partial:
            made = Path(partial) / folder.name
            if real:
                with tarfile.open(ARCHIVE) as archive:
                    archive.extractall(partial, filter="data")
            else:
                _generate(made)
            made.rename(folder)
    return list_pictures(folder), "Imagenette" if real else "generated pictures"


def _generate(root: Path) -> None:
    """Coloured noise of several scales: JPEGs about as large, and as dear to decode, as photographs."""
    rng = np.random.default_rng(0)
    for i in range(N_GENERATED):
        path = root / ("val" if i % 5 == 0 else "train") / f"class{i % 10}" / f"{i:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        total = np.zeros((224, 224, 3), np.float32)
        for side in (4, 16, 56, 224):
            coarse = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
            total += np.asarray(coarse.resize((224, 224), Image.Resampling.BICUBIC), np.float32) / side**0.5
        total *= 255 / total.max()
        Image.fromarray(total.astype(np.uint8)).save(path, quality=90)
