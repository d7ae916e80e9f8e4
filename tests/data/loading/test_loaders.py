"""Both loaders: the split, what a batch contains, and which statistics normalize it."""

from typing import Any

import numpy as np
import pytest
import torch
from fastai.data.transforms import Normalize, RandomSplitter
from fastai.torch_core import TensorCategory, TensorImage

from sota_core.data.loading.loaders import corner_dls, split_items
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.pictures.view import corner_view_boxes, load_presized, valid_view
from sota_core.errors import InputError

pytestmark = pytest.mark.long  # imports fastai

CPU = torch.device("cpu")
LOADERS = ("cache", "files")


# --- the split


def test_the_official_split_is_the_folders(pictures, small_recipe):
    split = split_items(pictures, small_recipe())
    assert np.array_equal(split.train, np.flatnonzero(~pictures.is_valid)) and len(split.train) == 20
    assert np.array_equal(split.valid, np.flatnonzero(pictures.is_valid)) and np.array_equal(split.quick, split.valid)


def test_random20_is_fastais_splitter_and_leaves_the_generator_alone(pictures, small_recipe):
    torch.manual_seed(0)
    before = torch.get_rng_state()
    split = split_items(pictures, small_recipe(split="random20", split_seed=11))
    assert torch.equal(torch.get_rng_state(), before)
    train, valid = RandomSplitter(0.2, seed=11)(range(len(pictures)))
    assert split.train.tolist() == list(train) and split.valid.tolist() == list(valid)


def test_only_resplit_draws_again_in_a_later_phase(pictures, small_recipe):
    kept, again = small_recipe(split="random20"), small_recipe(split="random20", resplit=True)
    assert np.array_equal(split_items(pictures, kept, 1).valid, split_items(pictures, kept, 0).valid)
    assert np.array_equal(split_items(pictures, again, 0).valid, split_items(pictures, kept, 0).valid)
    assert not np.array_equal(split_items(pictures, again, 1).valid, split_items(pictures, again, 0).valid)


def test_a_folder_without_an_official_split_gets_a_random_fifth(tmp_path, small_recipe, fill_pictures):
    (root := fill_pictures(tmp_path)).joinpath("val").rename(tmp_path.parent / f"{tmp_path.name}-val")
    listing = list_pictures(root)
    split = split_items(listing, small_recipe(split="official"))
    assert (len(split.train), len(split.valid)) == (16, 4)
    assert np.array_equal(split.valid, split_items(listing, small_recipe(split="random20")).valid)


def test_subset_and_valid_limit_take_seeded_shares(pictures, small_recipe):
    whole = split_items(pictures, small_recipe())
    split = split_items(pictures, small_recipe(subset=0.5, valid_limit=3))
    assert len(split.train) == 10 and set(split.train) < set(whole.train)
    assert np.array_equal(split.valid, whole.valid) and len(split.quick) == 3 and set(split.quick) < set(split.valid)
    assert np.array_equal(split.train, split_items(pictures, small_recipe(subset=0.5)).train)
    assert not np.array_equal(split.train, split_items(pictures, small_recipe(subset=0.5, split_seed=1)).train)


def test_a_split_that_leaves_nothing_is_refused(pictures, small_recipe):
    with pytest.raises(InputError, match="leave 0 to train"):
        split_items(pictures, small_recipe(subset=0.001))


# --- a batch


@pytest.mark.parametrize("loader", LOADERS)
def test_a_batch_is_fastais(loader, make_dls, small_recipe):
    dls = make_dls(small_recipe(loader=loader, bs=6))
    x, y = dls.one_batch()
    assert type(x) is TensorImage and type(y) is TensorCategory
    assert x.shape == (6, 3, 24, 24) and x.dtype == torch.float32 and y.shape == (6,) and y.dtype == torch.int64
    assert 0 <= x.min() and x.max() <= 1 and x.std() > 0.05
    assert dls.c == 2 and list(dls.vocab) == ["a", "b"] and dls.n_inp == 1 and dls.device == CPU
    assert (len(dls.train), len(dls.train.dataset), len(dls.valid), len(dls.valid.dataset)) == (
        3,
        20,
        2 - (loader == "cache"),
        7,
    )


@pytest.mark.parametrize("loader", LOADERS)
@pytest.mark.parametrize("resize", ["crop", "squish", "pad"])
def test_validation_shows_the_plain_view_in_order(loader, resize, pictures, make_dls, small_recipe):
    dls = make_dls(small_recipe(loader=loader, resize=resize))
    x = torch.cat([x for x, _ in dls.valid])
    y = torch.cat([y for _, y in dls.valid])
    items = list(dls.valid.dataset.items)
    assert y.tolist() == pictures.labels[items].tolist()
    wanted = np.stack([valid_view(load_presized(pictures.paths[i], 32), 24, resize) for i in items])
    gap = np.abs(x.numpy() * 255 - wanted)
    if loader == "cache":
        # each of the two rounds to uint8 twice
        assert gap.max() <= 1.01
    else:  # the same view with fastai's filter: 4 to 6 grey levels apart
        assert gap.mean() < 6


@pytest.mark.parametrize("loader", LOADERS)
def test_training_uses_the_labels_given_and_validation_too(loader, pictures, make_dls, small_recipe):
    noisy = 1 - pictures.labels
    dls = make_dls(small_recipe(loader=loader), labels=noisy)
    assert sum(int(y.sum()) for _, y in dls.valid) == noisy[list(dls.valid.dataset.items)].sum()


@pytest.mark.parametrize("loader", LOADERS)
def test_the_same_seed_gives_the_same_batches_and_passes_differ(loader, make_dls, small_recipe):
    first, second = ([x for x, _ in make_dls(small_recipe(loader=loader), seed=9).train] for _ in range(2))
    assert len(first) == 2 and all(torch.equal(p, q) for p, q in zip(first, second, strict=True))
    dl = make_dls(small_recipe(loader=loader), seed=9).train
    assert torch.equal(next(iter(dl))[0], first[0]) and not torch.equal(next(iter(dl))[0], first[0])
    assert not torch.equal(first[0], next(iter(make_dls(small_recipe(loader=loader), seed=10).train))[0])


def test_training_shows_every_picture_once_and_drops_the_incomplete_batch(pictures, make_dls, small_recipe):
    dls = make_dls(small_recipe(bs=6), labels=np.arange(len(pictures)))
    seen = torch.cat([y for _, y in dls.train]).tolist()
    assert len(seen) == 18 == len(set(seen)) and set(seen) < set(range(20))


def test_what_happens_to_a_picture_does_not_depend_on_the_batch_size(make_dls, small_recipe):
    def views(bs: int) -> torch.Tensor:
        dl = make_dls(small_recipe(bs=bs)).valid
        torch.manual_seed(2)
        with dl.dataset.set_split_idx(0):
            return torch.cat([x for x, _ in dl])

    torch.testing.assert_close(views(2), views(5), atol=1e-5, rtol=0)


def test_set_split_idx_switches_the_views_there_and_back(make_dls, small_recipe):
    dl = make_dls(small_recipe()).valid
    plain = next(iter(dl))[0]
    with dl.dataset.set_split_idx(0):
        one, two = next(iter(dl))[0], next(iter(dl.new()))[0]
    assert not torch.equal(one, plain) and not torch.equal(one, two)
    assert torch.equal(next(iter(dl))[0], plain)


# --- normalization


def stats_of(dls: Any) -> tuple[list[float], list[float]]:
    (found,) = (t for t in dls.after_batch.fs if isinstance(t, Normalize))
    return found.mean.flatten().tolist(), found.std.flatten().tolist()


@pytest.mark.parametrize("loader", LOADERS)
def test_normalize_imagenet_and_none(loader, make_dls, small_recipe):
    dls = make_dls(small_recipe(loader=loader, normalize="imagenet"))
    assert stats_of(dls) == (pytest.approx([0.485, 0.456, 0.406]), pytest.approx([0.229, 0.224, 0.225]))
    assert not [t for t in make_dls(small_recipe(loader=loader)).after_batch.fs if isinstance(t, Normalize)]


@pytest.mark.parametrize("loader", LOADERS)
def test_normalize_batch_takes_one_training_batch(loader, make_dls, small_recipe):
    dls = make_dls(small_recipe(loader=loader, normalize="batch", bs=20))
    x = torch.cat([x for x, _ in dls.train])
    assert x.mean((0, 2, 3)).abs().max() < 0.15 and (x.std((0, 2, 3)) - 1).abs().max() < 0.15


def test_normalize_dataset_is_the_training_parts_and_the_same_by_both_loaders(pictures, make_dls, small_recipe):
    by_cache, by_files = (stats_of(make_dls(small_recipe(loader=loader, normalize="dataset"))) for loader in LOADERS)
    train = split_items(pictures, small_recipe()).train
    pixels = np.concatenate([np.asarray(load_presized(pictures.paths[i], 32)).reshape(-1, 3) for i in train]) / 255
    assert by_cache == (pytest.approx(pixels.mean(0), rel=1e-5), pytest.approx(pixels.std(0), rel=1e-5)) == by_files


@pytest.mark.parametrize("loader", LOADERS)
def test_centre_and_corners_are_shown_in_order_and_in_place(make_dls, pictures, small_recipe, loader):
    items = np.flatnonzero(pictures.is_valid)[[0, 3, 5]]
    dls = make_dls(small_recipe(loader=loader, normalize="none"))
    shown = list(corner_dls(dls, items))
    assert len(shown) == 5
    for which, dl in enumerate(shown):
        (x, y), *more = list(dl)
        assert not more and y.tolist() == pictures.labels[items].tolist()
        for view, item in zip(torch.Tensor(x), items, strict=True):
            picture = load_presized(pictures.paths[item], 32).image
            crop = picture.crop(tuple(map(int, corner_view_boxes(picture.height, picture.width)[which])))
            wanted = torch.from_numpy(np.asarray(crop.resize((24, 24))).copy()).permute(2, 0, 1) / 255
            assert (view - wanted).abs().mean() < (0.005 if loader == "cache" else 0.05)
    assert dls.valid.dataset is not shown[0].dataset
