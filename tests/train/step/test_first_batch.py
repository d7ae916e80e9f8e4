"""The first batch on the screen: exactly the net's own pixels, once, whatever Normalize has done to them."""

import base64
import io

import numpy as np
import pytest
import torch
from fastai.data.transforms import Normalize
from PIL import Image

from sota_core.train.step.first_batch import GAP, MOST_PX, FirstBatch, as_pixels, first_batch_of, sheet

pytestmark = pytest.mark.long  # a Learner, so fastai

STATS = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]


class Pipeline:
    def __init__(self, *fs):
        self.fs = fs


def opened(address: str) -> Image.Image:
    kind, _, data = address.partition(";base64,")
    assert kind == "data:image/webp"
    return Image.open(io.BytesIO(base64.b64decode(data)))


def test_normalization_is_undone_to_the_very_pixels():
    pixels = torch.randint(0, 256, (4, 3, 8, 8), generator=torch.Generator().manual_seed(0))
    mean, std = (torch.tensor(s)[None, :, None, None] for s in STATS)
    normalized = (pixels / 255 - mean) / std
    found = as_pixels(normalized, Pipeline(Normalize.from_stats(*STATS, cuda=False)))
    assert (found == pixels.permute(0, 2, 3, 1).numpy()).all()
    assert (as_pixels(pixels / 255, Pipeline()) == found).all()


@pytest.mark.parametrize(("n", "px", "size"), [(8, 56, (4 * 60 - GAP, 2 * 60 - GAP)), (2, 224, (228, MOST_PX))])
def test_the_sheet_has_rows_of_four_and_stays_small(n, px, size):
    pictures = np.random.default_rng(0).integers(0, 255, (n, px, px, 3), dtype=np.uint8)
    address = sheet(pictures)
    assert opened(address).size == size and len(address) < 120_000  # noise compresses worst


def test_of_a_visitor_s_own_pictures_none_is_told():
    (callback,) = first_batch_of("imagenette2-160", print)
    assert isinstance(callback, FirstBatch)
    assert first_batch_of("own:0123456789abcdef/birds", print) == []


def test_it_is_told_once_and_only_of_training():
    told = []
    callback = FirstBatch(told.append)

    class Learn:
        xb = (torch.rand(16, 3, 32, 32),)
        dls = type("DataLoaders", (), {"train": type("Loader", (), {"after_batch": Pipeline()})})
        training = False

    callback.learn = Learn()
    callback.before_batch()
    assert told == []
    Learn.training = True
    callback.before_batch()
    callback.before_batch()
    (event,) = told
    assert (event["n"], event["bs"], event["size"]) == (8, 16, 32)
