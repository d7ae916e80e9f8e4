"""What the lab answers before the first run (pages/parts/train/questions.py) holds in the installed fastai."""

import inspect

from PIL import Image

from pages.parts.train.questions import MOST_WORKERS
from sota_core.data.pictures.decoding import presized_hw


def test_the_cache_never_enlarges_and_fastai_s_resize_does(fastai) -> None:
    assert presized_hw(90, 120, 460) == (90, 120)
    small = fastai.vision_core.PILImage(Image.new("RGB", (120, 90)))
    assert fastai.vision_augment.Resize(460)(small, split_idx=1).size == (460, 460)


def test_fastai_takes_a_worker_for_each_core_up_to_sixteen(fastai) -> None:
    source = inspect.getsource(fastai.data_core.TfmdDL.__init__)
    assert f"num_workers = min({MOST_WORKERS}, defaults.cpus)" in source
