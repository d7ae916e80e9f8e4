"""Square batches: cut where asked, and the same from the host's memory map as from a copy on the device."""

import dataclasses
import math
import weakref

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image

from sota_core.data.loading import resident
from sota_core.data.loading.cache import build_cache
from sota_core.data.loading.resident import Pictures
from sota_core.data.pictures.view import corner_view_boxes, squared

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def cache(pictures, tmp_path_factory):
    return build_cache(pictures, 32, tmp_path_factory.mktemp("cache"))


@pytest.mark.parametrize("resize", ["crop", "squish", "pad"])
@pytest.mark.parametrize("side", [20, 32, 40])
def test_a_copy_on_the_device_gives_the_same_squares_as_the_host(cache, resize, side):
    items, share = np.arange(len(cache))[::-1], np.linspace(0, 0.99, len(cache))
    host, resident = (Pictures(cache, CPU, keep_on_device=keep) for keep in (False, True))
    assert host.resident is None and resident.resident is not None
    a, b = (source.squares(items, side, resize, share) for source in (host, resident))
    assert a.shape == (len(cache), 3, side, side) and a.dtype == torch.uint8
    assert torch.equal(a, b)


@pytest.mark.parametrize("resize", ["crop", "squish", "pad"])
def test_mixed_shapes_keep_their_order_and_equal_pillow(cache, resize):
    items = np.array([3, 0, 1, 2, 0])
    assert len({cache[i].shape for i in items}) > 1
    found = Pictures(cache, CPU).squares(items, 24, resize)
    wanted = [np.asarray(squared(Image.fromarray(cache[i]), 24, resize)).transpose(2, 0, 1) for i in items]
    assert np.abs(found.numpy().astype(int) - np.stack(wanted)).max() <= 1


@pytest.mark.parametrize("keep", [False, True])
@pytest.mark.parametrize("which", range(5))
def test_centre_and_corners_are_cut_where_the_page_draws_them(cache, which, keep):
    items = np.array([3, 0, 1, 2, 0])
    found = Pictures(cache, CPU, keep_on_device=keep).corner(items, 24, which)
    assert found.shape == (5, 3, 24, 24) and found.dtype == torch.uint8
    for i, view in zip(items, found.numpy().astype(int), strict=True):
        box = corner_view_boxes(*cache[i].shape[:2])[which]
        crop = Image.fromarray(cache[i]).crop(tuple(map(int, box))).resize((24, 24), Image.Resampling.BILINEAR)
        assert np.abs(view - np.asarray(crop).transpose(2, 0, 1)).max() <= 1


def test_the_share_places_the_square(cache):
    wide = int(np.argmax(cache.widths))
    picture = cache[wide]
    height, width = picture.shape[:2]
    assert width > height
    for share, left in ((0.0, 0), (0.5, (width - height) // 2), (0.9999, width - height - 1)):
        found = Pictures(cache, CPU).squares(np.array([wide]), height, "crop", np.array([share]))[0]
        assert np.array_equal(found.permute(1, 2, 0).numpy(), picture[:, left : left + height])


def test_pictures_that_are_padded_on_the_host_are_not_copied_to_a_gpu(cache):
    meta = torch.device("meta")  # a stand-in for a GPU with enough memory
    assert Pictures(cache, meta, resize="crop").resident is not None
    assert Pictures(cache, meta, resize="pad").resident is None
    square = dataclasses.replace(cache, heights=cache.heights * 0 + 4, widths=cache.widths * 0 + 4)
    assert Pictures(square, meta, resize="pad").resident is not None


def test_memory_that_runs_out_while_the_set_is_copied_makes_it_stream_and_say_so(cache, monkeypatch):
    def runs_out(pixels, device):
        raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 8.00 GiB")

    monkeypatch.setattr(resident, "_copied", runs_out)
    pictures = Pictures(cache, torch.device("meta"))
    assert pictures.resident is None and "streamed" in pictures.streamed_because
    assert pictures.squares(np.arange(3), 24, "crop").shape == (3, 3, 24, 24)


def test_another_error_while_the_set_is_copied_is_no_reason_to_stream(cache, monkeypatch):
    def breaks(pixels, device):
        raise RuntimeError("CUDA error: an illegal memory access was encountered")

    monkeypatch.setattr(resident, "_copied", breaks)
    with pytest.raises(RuntimeError, match="illegal"):
        Pictures(cache, torch.device("meta"))


def test_a_card_without_room_for_the_set_says_why_it_streams(cache, monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (cache.pixels.nbytes, 2**35))
    pictures = Pictures(cache, torch.device("cuda"))
    assert pictures.resident is None and "more than 40%" in pictures.streamed_because
    assert Pictures(cache, CPU).streamed_because == ""


def test_memory_that_torch_keeps_for_later_is_room_too(cache, monkeypatch):
    """A card's other processes cannot have it: after calibrating, or an earlier phase, it may be most of the card."""
    n = cache.pixels.nbytes
    for name, value in (("memory_reserved", 4 * n), ("memory_allocated", n)):
        monkeypatch.setattr(torch.cuda, name, lambda device, value=value: value)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (0, 2**35))
    monkeypatch.setattr(resident, "_copied", lambda pixels, device: torch.from_numpy(pixels[:].copy()))
    card = torch.device("cuda")
    assert Pictures(cache, card).resident is not None
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 3 * n)
    assert f"{n / 2**30:.1f} GiB of free memory" in Pictures(cache, card).streamed_because


def test_what_was_copied_before_memory_ran_out_is_given_back(cache, monkeypatch):
    held: list[weakref.ref[torch.Tensor]] = []
    given_back: list[bool] = []

    def runs_out(pixels, device):
        copy = torch.zeros(1)
        held.append(weakref.ref(copy))
        raise torch.OutOfMemoryError("CUDA out of memory")

    monkeypatch.setattr(resident, "_copied", runs_out)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (2**35, 2**35))
    monkeypatch.setattr(torch.cuda, "empty_cache", lambda: given_back.append(held[0]() is None))
    assert "ran out" in Pictures(cache, torch.device("cuda")).streamed_because
    assert given_back == [True]


def test_squares_that_need_no_padding_come_from_the_copy(cache):
    square = dataclasses.replace(cache, heights=cache.heights * 0 + 4, widths=cache.widths * 0 + 4)
    pictures = Pictures(square, CPU, resize="pad", keep_on_device=True)
    pictures.resident.fill_(7)
    assert (pictures.squares(np.arange(3), 4, "pad") == 7).all()


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("keep", [False, True])
def test_a_gpu_gives_the_hosts_squares_to_one_grey_level(cache, keep):
    items = np.arange(len(cache))
    host = Pictures(cache, CPU).squares(items, 24, "crop")
    gpu = Pictures(cache, torch.device("cuda"), keep_on_device=keep).squares(items, 24, "crop")
    assert gpu.is_cuda and (gpu.cpu().int() - host.int()).abs().max() <= 1


EXTREME = [
    ((460, 4600), 24),
    ((200, 12000), 64),
    ((200, 6000), 24),
    ((6000, 200), 24),
    ((1600, 1600), 16),
    ((300, 13000), 128),
]


@pytest.mark.parametrize(("shape", "side"), EXTREME)
def test_no_step_asks_a_card_for_more_memory_than_a_block_has(monkeypatch, shape, side):
    """By torch's own sum, aten/src/ATen/native/cuda/UpSampleBilinear2d.cu: floats of weights and of a buffer, for 32
    columns and one row, in 48 KiB."""
    asked = []

    def interpolate(x, size, mode, antialias=False):
        if antialias:
            rows, columns = (2 * math.ceil(max(1.0, was / to)) + 1 for was, to in zip(x.shape[-2:], size, strict=True))
            asked.append(4 * (32 * columns + rows + 32 * rows))
        return torch.empty((*x.shape[:2], *size), device="meta")

    monkeypatch.setattr(F, "interpolate", interpolate)
    found = resident.resized(torch.empty((2, *shape, 3), dtype=torch.uint8, device="meta"), side, side)
    assert found.shape == (2, 3, side, side)
    assert asked and max(asked) <= 48 * 1024


@pytest.mark.parametrize(("shape", "side"), EXTREME)
def test_a_card_reduces_as_the_cpu_does_to_a_grey_level(shape, side):
    rng = np.random.default_rng(0)
    coarse = Image.fromarray(rng.integers(0, 256, (40, 40, 3), np.uint8)).resize(shape[::-1], Image.Resampling.NEAREST)
    noisy = np.asarray(coarse) // 2 + rng.integers(0, 128, (*shape, 3), np.uint8)
    picture = torch.from_numpy(noisy.astype(np.uint8))[None]
    x = picture.permute(0, 3, 1, 2).float()
    found = resident.antialiased(x, side, side)
    assert (found - F.interpolate(x, (side, side), mode="bilinear", antialias=True)).abs().max() < 0.5
    assert (found.round() - resident.resized(picture, side, side).float()).abs().max() <= 1
