"""224 px pictures to measure on: the real Imagenette where it lies beside the checkout, else generated ones."""

import os
import tarfile
import tempfile
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image

from sota_core import paths
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.system.files import place_atomically
from sota_core.system.locks import held

ARCHIVE = paths.ROOT.parent / "shared" / "data" / "imagenette2-224.tar"
N_GENERATED = 1280


def pictures_224() -> tuple[Listing, str]:
    """The listing, and in words what pictures it is of. These are made once per machine, in the temporary folder."""
    if real := imagenette_224():
        return list_pictures(real), "Imagenette"
    return list_pictures(_made_once("generated-224-ten-classes", _generate)), "generated pictures"


def imagenette_224() -> Path | None:
    """The real Imagenette at 224 px, unpacked once per machine, in the temporary folder; None without the archive."""
    return _made_once("imagenette2-224", _unpack) if ARCHIVE.exists() else None


def _made_once(name: str, make: Callable[[Path], None]) -> Path:
    """A folder that all calls on this machine share: the first one makes it, or, if that was killed, the next."""
    place = Path(tempfile.gettempdir()) / f"sota-lab-benchmarks-{os.getuid()}"
    folder = place / name
    with held(place / f"{name}.lock"):
        if not folder.exists():
            with tempfile.TemporaryDirectory(dir=place) as partial:
                make(Path(partial) / name)
                place_atomically(Path(partial) / name, folder)
    return folder


def _unpack(folder: Path) -> None:
    with tarfile.open(ARCHIVE) as archive:
        archive.extractall(folder.parent, filter="data")


def _generate(root: Path, n: int = N_GENERATED) -> None:
    """Coloured noise of several scales: JPEGs about as large, and as expensive to decode, as photographs. Ten
    classes, a fifth of each for validation.
    """
    rng = np.random.default_rng(0)
    for i in range(n):
        in_class, class_ = divmod(i, 10)
        path = root / ("val" if in_class % 5 == 0 else "train") / f"class{class_}" / f"{i:05}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        total = np.zeros((224, 224, 3), np.float32)
        for side in (4, 16, 56, 224):
            coarse = Image.fromarray(rng.integers(0, 256, (side, side, 3), dtype=np.uint8))
            total += np.asarray(coarse.resize((224, 224), Image.Resampling.BICUBIC), np.float32) / side**0.5
        total *= 255 / total.max()
        Image.fromarray(total.astype(np.uint8)).save(path, quality=90)
