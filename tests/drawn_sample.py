"""Some pictures of the sample, drawn as the set draws them, where a test needs no more than these."""

from collections.abc import Iterable
from pathlib import Path

from PIL import Image

from sota_core.data.sample import sample
from sota_core.data.sample.drawn_set import JPEG_QUALITY


def draw_sample(root: Path, names: Iterable[str]) -> Path:
    """Below root the files `val/carp/007.jpg` and the like, as `sources.ensure("sample")` would write them; root."""
    for name in names:
        part, class_name, file = name.split("/")
        place = root / name
        place.parent.mkdir(parents=True, exist_ok=True)
        picture = sample.draw(class_name, part, int(Path(file).stem))
        Image.fromarray(picture).save(place, quality=JPEG_QUALITY)
    return root
