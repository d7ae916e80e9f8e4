"""fastai works with the cached loader unchanged: fit_one_cycle, fine_tune, MixUp, get_preds, tta, show_batch."""

import fastai.callback.schedule  # noqa: F401  gives Learner fit_one_cycle and fine_tune
import matplotlib
import pytest
import torch
from fastai.callback.mixup import MixUp
from fastai.callback.progress import ProgressCallback
from fastai.learner import Learner
from fastai.metrics import accuracy
from matplotlib import pyplot
from torch import nn

from sota_core.data.loading.loaders import full_valid_dl, split_items

matplotlib.use("agg")

pytestmark = pytest.mark.long  # imports fastai


@pytest.fixture
def dls(make_dls, small_recipe):
    return make_dls(small_recipe(normalize="imagenet", valid_limit=4))


@pytest.fixture
def learn(dls):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(3, 4, 3, stride=2), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(4, 2))
    learn = Learner(dls, net, metrics=accuracy, cbs=MixUp(0.4))  # the Learner takes its loss from the data
    learn.remove_cbs(ProgressCallback)
    learn.logger = lambda *_: None
    return learn


def test_it_trains_with_mixup_by_either_schedule(learn):
    learn.fit_one_cycle(2, 1e-2)
    assert len(learn.recorder.losses) == 2 * 2 and all(torch.isfinite(loss) for loss in learn.recorder.losses)
    learn.fine_tune(1, 1e-2)
    train_loss, valid_loss, valid_accuracy = learn.recorder.values[-1]
    assert train_loss > 0 and valid_loss > 0 and 0 <= valid_accuracy <= 1


def test_predictions_come_in_the_order_of_the_items(learn, pictures, small_recipe):
    split = split_items(pictures, small_recipe(valid_limit=4))
    dl = full_valid_dl(learn.dls, split)
    probs, targets = learn.get_preds(dl=dl)
    assert probs.shape == (7, 2) and targets.tolist() == pictures.labels[split.valid].tolist()
    with torch.no_grad():
        wanted = torch.cat([learn.model(torch.Tensor(x)).softmax(1) for x, _ in dl])
    torch.testing.assert_close(torch.Tensor(probs), wanted)


def test_tta_averages_fresh_training_views_and_ends_on_the_plain_one(learn, pictures, small_recipe):
    dl = full_valid_dl(learn.dls, split_items(pictures, small_recipe()))
    plain, _ = learn.get_preds(dl=dl)
    augmented, again = learn.tta(dl=dl, n=3, beta=None)[0]
    torch.testing.assert_close(torch.Tensor(again), torch.Tensor(plain))
    assert not torch.allclose(augmented, plain, atol=1e-4)
    other, _ = learn.tta(dl=dl, n=3, beta=None)[0]
    assert not torch.equal(other, augmented)
    assert dl.dataset.split_idx == 1


def test_tta_does_not_depend_on_the_batch_size(learn, pictures, small_recipe):
    def tta(bs: int) -> torch.Tensor:
        torch.manual_seed(4)
        dl = full_valid_dl(learn.dls, split_items(pictures, small_recipe())).new(bs=bs)
        return torch.Tensor(learn.tta(dl=dl, n=2)[0])

    torch.testing.assert_close(tta(3), tta(7), atol=1e-6, rtol=0)


@pytest.mark.filterwarnings("ignore:__array__ implementation:DeprecationWarning")  # matplotlib and TensorImage
@pytest.mark.parametrize("part", ["train", "valid"])
def test_a_batch_can_be_shown_with_its_classes(dls, part):
    getattr(dls, part).show_batch(max_n=4)
    titles = {axes.get_title() for axes in pyplot.gcf().axes}
    pyplot.close("all")
    assert titles <= {"a", "b", ""} and titles & {"a", "b"}


def test_decoding_gives_the_picture_back_in_zero_to_one(dls):
    x, y = dls.valid.one_batch()
    image, label = dls.valid.decode_batch((x, y), max_n=1)[0]
    assert 0 <= image.min() and image.max() <= 1.0001 and str(label) == dls.vocab[int(y[0])]
    torch.testing.assert_close(torch.Tensor(image), torch.Tensor(dls.valid.dataset[0][0]), atol=1e-5, rtol=0)


def test_a_dataset_can_be_indexed_walked_and_emptied(dls):
    dataset = dls.valid.dataset
    assert len(list(dataset)) == len(dataset) == 4
    with pytest.raises(IndexError):
        dataset[4]
    assert len(dataset.new_empty()) == 0 and dataset.new_empty().c == 2
