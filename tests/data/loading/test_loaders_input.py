"""What the loaders refuse, leave out, or only report."""

from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import torch
from fastai.data.core import DataLoaders

from sota_core.data.loading import files_loader
from sota_core.data.loading.cache import build_cache
from sota_core.data.loading.loaders import (
    Split,
    full_valid_dl,
    get_dls,
    readable,
    readable_split,
    split_items,
)
from sota_core.data.pictures.listing import Listing, list_pictures
from sota_core.errors import BadPicturesError, InputError
from sota_core.later import now
from sota_core.recipes import Recipe

pytestmark = pytest.mark.long  # imports fastai

CPU = torch.device("cpu")
LOADERS = ("cache", "files")


def dls_of_readable(
    listing: Listing, recipe: Recipe, log: Callable[[str], None], cache_dir: Path
) -> tuple[DataLoaders, Split]:
    """Loaders over the pictures that can be read, as a run has them."""
    cache = build_cache(listing, recipe.presize, cache_dir) if recipe.loader == "cache" else None
    split = split_items(listing, recipe)
    split = readable_split(listing, split, readable(listing, cache, log), recipe.phases[0].bs)
    dls = get_dls(listing, listing.labels, split, recipe, recipe.phases[0], device=CPU, cache=cache, on_log=log)
    return dls, split


@pytest.mark.parametrize("loader", LOADERS)
def test_a_batch_larger_than_the_training_part_is_refused(loader, make_dls, small_recipe, pictures):
    split, is_readable = split_items(pictures, small_recipe()), np.ones(len(pictures), bool)
    assert len(make_dls(small_recipe(loader=loader, bs=20), split=split).train) == 1
    readable_split(pictures, split, is_readable, bs=20)
    with pytest.raises(InputError, match="bs: 21 pictures a batch need at least as many to train on, got 20"):
        readable_split(pictures, split, is_readable, bs=21)
    is_readable[split.train[:2]] = False
    with pytest.raises(InputError, match="bs: 19 pictures a batch need at least as many to train on, got 18"):
        readable_split(pictures, split, is_readable, bs=19)


@pytest.mark.parametrize("loader", LOADERS)
def test_a_size_larger_than_the_pictures_is_said_and_works(loader, make_dls, small_recipe):
    said: list[str] = []
    dls = make_dls(small_recipe(loader=loader, size=64, presize=64), on_log=said.append)
    assert dls.one_batch()[0].shape[-1] == 64
    assert len(said) == 1 and "size 64 px is larger than the pictures (36 px, presize 64 px)" in said[0]
    make_dls(small_recipe(loader=loader), on_log=said.append)
    assert len(said) == 1


@pytest.mark.parametrize("loader", LOADERS)
def test_a_size_larger_than_presize_leaves_is_said(loader, make_dls, small_recipe):
    said: list[str] = []
    make_dls(small_recipe(loader=loader, size=32, presize=16), on_log=said.append)
    assert len(said) == 1 and "size 32 px is larger than the pictures (16 px, presize 16 px)" in said[0]


def test_the_cached_loader_without_a_cache_is_refused(pictures, small_recipe):
    r = small_recipe()
    with pytest.raises(InputError, match="needs a cache"):
        get_dls(pictures, pictures.labels, split_items(pictures, r), r, r.phases[0], device=CPU, cache=None)


@pytest.mark.parametrize("loader", LOADERS)
def test_an_undecodable_picture_is_left_out_and_named(tmp_path, loader, small_recipe, fill_pictures):
    root = fill_pictures(tmp_path / "pictures", n_train=99, n_valid=10)
    (root / "val/a/004.jpg").write_bytes((root / "val/a/004.jpg").read_bytes()[:400])
    listing, said = list_pictures(root), []
    dls, split = dls_of_readable(listing, small_recipe(loader=loader), said.append, tmp_path / "c")
    dl = full_valid_dl(dls, split)
    assert [listing.paths[i].name for i in dl.dataset.items] == [f"{i:03}.jpg" for i in (0, 2, 6, 8, 1, 3, 5, 7, 9)]
    assert sum(len(y) for _, y in dl) == sum(len(y) for _, y in dls.valid) == 9
    assert said == ["Skipped 1 picture that cannot be decoded: val/a/004.jpg"]


@pytest.mark.parametrize("loader", LOADERS)
def test_a_picture_that_could_not_be_read_is_not_called_broken(tmp_path, loader, small_recipe, fill_pictures):
    root = fill_pictures(tmp_path / "pictures", n_train=199, n_valid=10)
    listing, said = list_pictures(root), []
    (root / "val/a/004.jpg").write_bytes(b"no picture")
    (root / "train/a/004.jpg").unlink()
    dls, _ = dls_of_readable(listing, small_recipe(loader=loader), said.append, tmp_path / "c")
    assert (len(dls.train_ds), len(dls.valid_ds)) == (198, 9)
    assert said == [
        "Skipped 1 picture that cannot be decoded: val/a/004.jpg",
        "Skipped 1 picture that could not be read this time: train/a/004.jpg (No such file or directory)",
    ]


@pytest.mark.parametrize("loader", LOADERS)
def test_where_none_to_validate_on_can_be_decoded_it_is_said(tmp_path, loader, small_recipe, fill_pictures):
    root = fill_pictures(tmp_path / "pictures", n_train=99, n_valid=1)
    [picture] = (root / "val").rglob("*.jpg")
    picture.write_bytes(b"no picture")
    with pytest.raises(BadPicturesError, match=r"one of the 1 to validate on must be readable, got none: val/a/000"):
        dls_of_readable(list_pictures(root), small_recipe(loader=loader), [].append, tmp_path / "c")


@pytest.mark.parametrize("n_workers", [0, 1])
@pytest.mark.parametrize(
    ("how", "why"),
    [(lambda file: file.unlink(), "No such file or directory"),
     (lambda file: file.write_bytes(b"no picture"), "not a picture of a format that is read")],
    ids=["gone", "overwritten"],
)  # fmt: skip
def test_a_picture_that_goes_while_it_is_trained_on_is_named(
    n_workers, how, why, tmp_path, small_recipe, fill_pictures, monkeypatch
):
    monkeypatch.setattr(files_loader, "n_workers", lambda: n_workers)
    root = fill_pictures(tmp_path / "pictures")
    listing, r = list_pictures(root), small_recipe(loader="files")
    dls = get_dls(listing, listing.labels, split_items(listing, r), r, r.phases[0], device=CPU, cache=None)
    how(root / "train/a/000.jpg")
    with pytest.raises(BadPicturesError) as told:
        for _ in range(4):  # each pass drops the incomplete batch, maybe with this picture
            list(dls.train)
    assert now(told.value) == (
        f"pictures: train/a/000.jpg could be read when the run began and can no longer be read ({why}); do not change "
        "the folder during training, or choose loader=cache, which reads each picture once"
    )
    assert told.value.paths == (listing.root / "train/a/000.jpg",)


def test_a_picture_that_has_gone_before_a_later_phase_is_no_bare_error(tmp_path, small_recipe, fill_pictures):
    """The loaders open headers only to say that pictures are small; fastai opens the first one to see what it is."""
    listing, r = list_pictures(fill_pictures(tmp_path / "pictures")), small_recipe(loader="files", size=64, presize=64)

    def again(said: list[str]):
        split = split_items(listing, r)
        get_dls(listing, listing.labels, split, r, r.phases[0], device=CPU, cache=None, on_log=said.append)
        return said

    before = again([])
    (listing.root / "train/b/001.jpg").unlink()
    assert again([]) == before and len(before) == 1
    for picture in (listing.root / "train").rglob("*.jpg"):
        picture.unlink()
    with pytest.raises(BadPicturesError, match=r"train/a/000\.jpg could be read when the run began"):
        again([])


def test_a_picture_that_has_gone_before_the_statistics_are_taken_is_named(tmp_path, small_recipe, fill_pictures):
    listing, r = list_pictures(fill_pictures(tmp_path / "pictures")), small_recipe(loader="files", normalize="dataset")

    def take() -> None:
        get_dls(listing, listing.labels, split_items(listing, r), r, r.phases[0], device=CPU, cache=None)

    take()
    (listing.root / "train/a/000.jpg").unlink()
    with pytest.raises(BadPicturesError) as told:
        take()
    said = "train/a/000.jpg could be read when the run began and can no longer be read (No such file or directory)"
    assert said in now(told.value) and str(tmp_path) not in now(told.value)


def test_too_many_undecodable_pictures_end_the_chapters_loader_too(tmp_path, fill_pictures):
    root = fill_pictures(tmp_path / "pictures")
    (root / "train/a/000.jpg").write_bytes(b"no picture")
    with pytest.raises(BadPicturesError):
        readable(list_pictures(root), None, pytest.fail)


@pytest.mark.parametrize("loader", LOADERS)
def test_the_last_validation_shows_every_validation_picture_in_order(loader, pictures, make_dls, small_recipe):
    r = small_recipe(loader=loader, valid_limit=2)
    split = split_items(pictures, r)
    dls = make_dls(r, split=split)
    dl = full_valid_dl(dls, split)
    assert len(dls.valid.dataset) == 2 and [*dl.dataset.items] == split.valid.tolist()
    assert torch.cat([y for _, y in dl]).tolist() == pictures.labels[split.valid].tolist()
