"""Class folders of small pictures: to list, to read and to train on."""

from collections.abc import Callable, Iterable
from pathlib import Path

from PIL import Image

from sota_core.data.sample import sample


def class_folders(
    root: Path, classes: Iterable[str], n: int, picture: Callable[[str, int], Image.Image] | None = None
) -> Path:
    """Write `root/CLASS/0.png` and on, n of each class, in one colour each unless `picture(class, i)` is given; returns
    root.
    """
    for k, name in enumerate(classes):
        (root / name).mkdir(parents=True)
        for i in range(n):
            made = picture(name, i) if picture else Image.new("RGB", (32, 24), (90 * k % 256, 20 * i % 256, 9))
            made.save(root / name / f"{i}.png")
    return root


def of_sample(name: str, i: int) -> Image.Image:
    """The sample's i-th training picture of a class: a `picture` for class_folders."""
    return Image.fromarray(sample.draw(name, "train", i))
