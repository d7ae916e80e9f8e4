"""Draws single pictures of the sample, for tests that do not need the whole set."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from sota_core.data.sample import sample
from sota_core.data.sample.drawn_set import JPEG_QUALITY


def draw_sample(root: Path, names: Iterable[str]) -> Path:
    """Write the named pictures (`val/carp/007.jpg` and the like) below root as `sources.ensure("sample")` would;
    returns root.
    """
    for name in names:
        part, class_name, file = name.split("/")
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        picture = sample.draw(class_name, part, int(Path(file).stem))
        Image.fromarray(picture).save(place, quality=JPEG_QUALITY)
    return root
