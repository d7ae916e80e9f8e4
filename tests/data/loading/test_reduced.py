"""Pictures reduced once in advance give the same squares as pictures cut and reduced each time, except for a small
shift of the cut.
"""

import dataclasses
from typing import Any

import numpy as np
import pytest
import torch

from sota_core.data.loading import reduced as reduced_module
from sota_core.data.loading.cache import PictureCache
from sota_core.data.loading.picture_dl import PictureDL, PictureSet
from sota_core.data.loading.reduced import reduced
from sota_core.data.loading.resident import Pictures

pytestmark = pytest.mark.long  # imports fastai

CPU = torch.device("cpu")
SHAPES = ((60, 80), (80, 60), (60, 80), (64, 64), (50, 61), (60, 80))


def smooth(height: int, width: int) -> np.ndarray:
    """A picture without edges, in which a shift by a pixel changes little."""
    y, x = np.mgrid[0:height, 0:width]
    return np.stack([y * 3, x * 3, (x + y) * 1.5], axis=2).clip(0, 255).astype(np.uint8)


def cache_of(shapes: Any) -> PictureCache:
    pictures = [smooth(*shape) if shape[0] else np.zeros((0, 0, 3), np.uint8) for shape in shapes]
    heights, widths = np.array(shapes, np.int64).T
    sizes = 3 * heights * widths
    pixels = np.concatenate([p.reshape(-1) for p in pictures])
    return PictureCache(
        __file__,
        80,
        ("a", "b"),
        "f",
        (),
        np.cumsum(sizes) - sizes,
        heights,
        widths,
        pixels,  # pyright: ignore
    )


def on_device(shapes: Any) -> Pictures:
    return Pictures(cache_of(shapes), CPU, keep_on_device=True)


@pytest.mark.parametrize("resize", ["crop", "squish"])
def test_reduced_once_or_each_time_the_squares_are_alike(resize):
    whole, items = on_device(SHAPES), np.array([5, 0, 1, 3, 4])
    made = reduced(whole, items, 30, resize)
    assert made is not None
    share = np.linspace(0, 0.99, len(items))
    a = whole.squares(items, 30, resize, share)
    b = made.squares(items, 30, resize, share, made.rows(items))
    assert a.shape == b.shape == (5, 3, 30, 30)
    apart = (a.int() - b.int()).abs()
    assert apart.max() <= 8 and apart.float().mean() <= 3.5  # a shift of one small pixel is 6 grey levels
    assert (made.rows(items) is not None) is (resize == "squish")


def test_at_the_beginning_of_a_picture_they_are_equal():
    whole, items = on_device(SHAPES), np.array([0, 1, 3])
    made = reduced(whole, items, 30, "crop")
    assert made is not None
    a, b = (source.squares(items, 30, "crop", np.zeros(3)) for source in (whole, made))
    # except at the far edges, where the filter mixes in what was cut off
    assert (a[..., :28, :28].int() - b[..., :28, :28].int()).abs().max() <= 1


def test_nothing_is_made_where_nothing_would_become_smaller_or_nothing_lies_on_the_device():
    whole, items = on_device(SHAPES), np.arange(len(SHAPES))
    assert reduced(whole, items, 64, "crop") is None
    assert reduced(Pictures(whole.cache, CPU), items, 30, "crop") is None


@pytest.mark.parametrize(("free", "is_made"), [(1_000_000, True), (40_000, False)])
def test_a_card_keeps_most_of_its_free_memory_for_the_net(free, is_made, monkeypatch):
    whole = on_device(SHAPES)  # at 30 px they take 20 kB
    whole.device = torch.device("cuda")
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (free, 10 * free))
    monkeypatch.setattr(reduced_module, "_made", lambda *_: whole)
    assert (reduced(whole, np.arange(len(SHAPES)), 30, "crop") is not None) is is_made


def test_what_an_earlier_phase_left_to_torch_is_room_for_the_next_ones_pictures(monkeypatch):
    whole = on_device(SHAPES)  # at 30 px they take 20 kB
    whole.device = torch.device("cuda")
    for name, value in (("memory_reserved", 2_000_000), ("memory_allocated", 1_000_000)):
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (40_000, 400_000))
    monkeypatch.setattr(reduced_module, "_made", lambda *_: whole)
    assert reduced(whole, np.arange(len(SHAPES)), 30, "crop") is not None


def test_where_memory_runs_out_the_pictures_are_cut_as_they_lie(monkeypatch):
    def runs_out(*sizes: Any, **kinds: Any) -> Any:
        raise torch.OutOfMemoryError("CUDA out of memory")

    whole = on_device(SHAPES)
    monkeypatch.setattr(torch, "empty", runs_out)
    assert reduced(whole, np.arange(len(SHAPES)), 30, "crop") is None


def test_squares_of_one_size_are_gathered_by_rows_whatever_could_not_be_decoded():
    shapes = [(8, 8)] * 3 + [(0, 0)] + [(8, 8)] * 2
    pictures = on_device(shapes)
    items = np.array([4, 0, 5, 2])
    rows = pictures.rows(items)
    assert rows is not None and rows.tolist() == [3, 0, 4, 2]
    for side in (8, 5):
        assert torch.equal(pictures.squares(items, side, "crop", rows=rows), pictures.squares(items, side, "crop"))
    gap = dataclasses.replace(
        pictures.cache, offsets=pictures.cache.offsets + 1, pixels=np.zeros(3 * 8 * 8 * 6, np.uint8)
    )
    assert Pictures(gap, CPU, keep_on_device=True).rows(items) is None
    assert on_device([(8, 8), (8, 9)]).rows(items[:0]) is None


def test_only_a_set_that_is_trained_on_makes_smaller_pictures_and_plain_views_are_cut_from_the_whole_ones():
    whole = on_device(SHAPES)
    kept = {"size": 20, "resize": "crop", "split_idx": 0}
    of = [PictureSet(whole, np.arange(6), np.arange(6) % 2, "ab", reduces=reduces, **kept) for reduces in (True, False)]
    assert of[0].training_source is not whole and of[1].training_source is whole
    torch.manual_seed(0)
    (x, _), *_ = PictureDL(of[0], bs=6)
    torch.manual_seed(0)
    (again, _), *_ = PictureDL(of[1], bs=6)
    assert (x - again).abs().mean() < 0.03
    plain = [next(iter(PictureDL(each, bs=6)))[0] for each in of if not setattr(each, "split_idx", 1)]
    assert torch.equal(torch.Tensor(plain[0]), torch.Tensor(plain[1]))
