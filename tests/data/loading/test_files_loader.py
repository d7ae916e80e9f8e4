"""The chapter's loader in the kind of process where runs happen: a child of a fork server, daemonic or not."""

import multiprocessing
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from sota_core import paths
from sota_core.data.loading import files_loader
from sota_core.data.loading.files_loader import n_workers, open_as_fastai
from sota_core.data.pictures.view import load_presized

pytestmark = pytest.mark.long  # imports fastai

ROOT = paths.ROOT


def load_two_passes(root: str, result) -> None:
    """Runs in the child process."""
    import torch

    from sota_core.data.loading.loaders import get_dls, split_items
    from sota_core.data.pictures.listing import list_pictures
    from sota_core.recipes import Phase, Recipe

    torch.ones(512, 512) @ torch.ones(512, 512)  # starts torch's thread pool, which the fork must survive
    listing = list_pictures(Path(root))
    recipe = Recipe(phases=(Phase(size=24, bs=8),), presize=32, loader="files")
    split = split_items(listing, recipe)
    device = torch.device("cpu")
    dls = get_dls(listing, listing.labels, split, recipe, recipe.phases[0], device=device, cache=None)
    shapes = [tuple(x.shape) for _ in range(2) for x, _ in dls.train]
    result.put((dls.train.fake_l.num_workers, shapes))


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no fork server")
@pytest.mark.parametrize("daemon", [False, True])
def test_it_works_in_a_child_of_a_fork_server(pictures, daemon):
    context = multiprocessing.get_context("forkserver")
    result = context.Queue()
    child = context.Process(target=load_two_passes, args=(str(pictures.root), result), daemon=daemon)
    child.start()
    try:
        workers, shapes = result.get(timeout=240)
        child.join(120)
    finally:
        child.kill()
    assert shapes == [(8, 3, 24, 24)] * 4
    assert child.exitcode == 0
    # a daemonic process may not have children; any other has as many workers as this one would
    assert workers == (0 if daemon else n_workers())


@pytest.mark.parametrize(("cores", "expected"), [(1, 1), (2, 2), (12, 12), (64, 16)])
def test_this_process_starts_as_many_workers_as_fastai_would(monkeypatch, cores, expected):
    monkeypatch.setattr(files_loader, "usable_cores", lambda: cores)
    assert n_workers() == expected


def test_it_decodes_as_fastai_does_and_not_as_the_cache(tmp_path):
    """fastai ignores a photo's orientation, shows the hidden colour of transparent pixels, and clips 16 bits to
    white.
    """
    from fastai.vision.core import PILImage

    photo = Image.fromarray(np.random.default_rng(0).integers(0, 255, (30, 48, 3), np.uint8))
    exif = Image.Exif()
    exif[0x0112] = 6
    photo.save(tmp_path / "photo.jpg", exif=exif)
    Image.new("RGBA", (48, 30), (9, 200, 30, 0)).save(tmp_path / "cutout.png")
    Image.fromarray(np.full((30, 48), 20_000, np.uint16)).save(tmp_path / "scan.png")
    for path in tmp_path.iterdir():
        found = np.asarray(open_as_fastai(path, 100))
        assert np.array_equal(found, np.asarray(PILImage.create(path)))
        assert not np.array_equal(found, np.asarray(load_presized(path, 100)))
