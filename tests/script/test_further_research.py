"""The code for what the chapter leaves to its readers runs, and does what the page says of it."""

import importlib
import inspect
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from PIL import Image

from sota_core.data.pictures.view import CORNER_SHARE as OURS
from sota_core.data.pictures.view import corner_view_boxes
from sota_core.script.further_research import (
    CORNER_SHARE,
    activation_mixup_code,
    corner_tta_code,
    fine_tune_code,
    other_loader_code,
    pretrained_code,
)
from tests.pictures import class_folders, of_sample

CODES = (
    other_loader_code(4, 0.25),
    corner_tta_code(),
    activation_mixup_code(0.4, 5, 3e-3),
    pretrained_code(),
    fine_tune_code(),
)


@pytest.mark.parametrize("code", CODES)
def test_every_code_compiles(code: str) -> None:
    compile(code, "further research", "exec")


def test_the_corners_are_the_page_s() -> None:
    assert pytest.approx(OURS, abs=1e-3) == CORNER_SHARE


slow = pytest.mark.slow


@pytest.fixture(scope="module")
def fastai() -> SimpleNamespace:
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    return importlib.import_module("fastai.vision.all")  # type: ignore[return-value]


def loaders(fastai, folder: Path):
    return fastai.ImageDataLoaders.from_folder(
        folder,
        valid_pct=0.5,
        seed=0,
        item_tfms=fastai.Resize(64),
        batch_tfms=fastai.aug_transforms(size=32, min_scale=0.75),
        bs=4,
        num_workers=0,
        device="cpu",
    )


@pytest.fixture
def learn(fastai, tmp_path: Path):
    """An untrained net with pictures of two classes that are not square."""
    class_folders(tmp_path, ("balloon", "carp"), 6, of_sample)
    dls = loaders(fastai, tmp_path)
    torch.manual_seed(0)
    learn = fastai.Learner(dls, fastai.xresnet18(n_out=2, widen=0.25), metrics=fastai.accuracy)
    with learn.no_bar(), learn.no_logging():
        yield learn


@slow
def test_tta_takes_any_loader(learn, tmp_path: Path) -> None:
    code = other_loader_code(2, 0.25).replace('"new_pictures"', f'"{tmp_path}"')
    names: dict = {"learn": learn}
    exec(code, names)
    assert names["probs"].shape == (12, 2)
    probs, targets = learn.tta(dl=learn.dls.test_dl(names["files"], with_labels=True), n=1)
    assert len(probs) == len(targets) == 12


@slow
def test_corner_crops_average_five_answers_of_the_crops_the_page_draws(learn, fastai, tmp_path: Path) -> None:
    names: dict = {"learn": learn}
    exec(corner_tta_code(), names)
    assert names["corners"].shape == names["plain"].shape == (6, 2)
    torch.testing.assert_close(names["corners"].sum(1), torch.ones(6), rtol=0, atol=1e-5)

    file = learn.dls.valid.items[0]
    picture = np.asarray(Image.open(file))
    folder = tmp_path / "crops"
    folder.mkdir()
    for k, box in enumerate(corner_view_boxes(*picture.shape[:2])):
        y1, y2, x1, x2 = (round(v) for v in (box.y1, box.y2, box.x1, box.x2))
        Image.fromarray(picture[y1:y2, x1:x2]).save(folder / f"{k}.png")
    probs, _ = learn.get_preds(dl=learn.dls.test_dl(sorted(folder.iterdir())))
    torch.testing.assert_close(names["corners"][0], probs.mean(0), rtol=0, atol=2e-3)


@slow
def test_mixed_behind_a_layer_that_changes_nothing_it_is_mixup_itself(fastai) -> None:
    names: dict = {"dls": None}
    head, _, _ = activation_mixup_code(0.4, 1, 3e-3).partition("\n\n\nnet = ")
    exec(head, names)
    torch.manual_seed(0)
    items = [(torch.randn(3, 8, 8), torch.tensor(i % 3)) for i in range(12)]
    losses = []
    for is_inside in (False, True):
        torch.manual_seed(1)
        net = torch.nn.Sequential(torch.nn.Identity(), torch.nn.Flatten(), torch.nn.Linear(192, 3))
        dls = fastai.DataLoaders.from_dsets(items, items, bs=6, device="cpu", num_workers=0, shuffle=False)
        cb = names["ActivationMixUp"](net[0], 0.4) if is_inside else fastai.MixUp(0.4)
        learn = fastai.Learner(dls, net, loss_func=fastai.CrossEntropyLossFlat(), cbs=cb)
        with learn.no_bar(), learn.no_logging():
            torch.manual_seed(2)
            learn.fit(2, 1e-2)
        losses.append([float(loss) for loss in learn.recorder.losses])
        assert not net[0]._forward_hooks
    np.testing.assert_allclose(losses[0], losses[1], rtol=1e-5)


@slow
def test_mixup_inside_the_net_trains_as_the_code_stands(fastai, learn) -> None:
    code = activation_mixup_code(0.4, 1, 3e-3).replace("xresnet50", "xresnet18")
    names: dict = {"dls": learn.dls}
    exec(code, names)
    trained = names["learn"]
    assert np.isfinite(trained.recorder.values[-1]).all() and not names["net"][5]._forward_hooks
    assert isinstance(trained.loss_func, fastai.CrossEntropyLossFlat)  # restored after training


@slow
def test_vision_learner_adds_the_statistics_of_a_pretrained_net_and_of_no_other(fastai, learn, monkeypatch) -> None:
    module = importlib.import_module("fastai.vision.learner")

    def made(arch, n_out, pretrained=True, **kwargs):  # avoids the download of weights
        return fastai.create_vision_model(arch, n_out, pretrained=False)

    monkeypatch.setattr(module, "create_vision_model", made)

    def normalized(**how) -> list:
        of = fastai.vision_learner(loaders(fastai, learn.dls.valid.items[0].parents[1]), fastai.resnet18, **how)
        return [t for t in of.dls.after_batch.fs if isinstance(t, fastai.Normalize)]

    (added,) = normalized()
    mean, std = fastai.imagenet_stats
    torch.testing.assert_close(added.mean.flatten().cpu(), torch.tensor(mean))
    torch.testing.assert_close(added.std.flatten().cpu(), torch.tensor(std))
    assert normalized(pretrained=False) == [] and normalized(normalize=False) == []


@slow
def test_a_fine_tuned_net_has_its_statistics_at_every_size_or_at_none(fastai, tiny_folder, monkeypatch) -> None:
    module, seen = importlib.import_module("fastai.vision.learner"), []
    monkeypatch.setattr(
        module,
        "create_vision_model",  # avoids the download of weights
        lambda arch, n_out, pretrained=True, **how: fastai.create_vision_model(fastai.resnet18, n_out, False),
    )

    def fine_tune(learn, epochs) -> None:
        xb, _ = learn.dls.one_batch()
        seen.append((xb.shape[-1], sum(isinstance(t, fastai.Normalize) for t in learn.dls.after_batch.fs)))

    monkeypatch.setattr(fastai.Learner, "fine_tune", fine_tune)
    code = fine_tune_code().replace("my_pictures", str(tiny_folder)).replace("Resize(460)", "Resize(48)")
    exec(code.replace("128", "32").replace("224", "40").replace("get_dls(64", "get_dls(8"), {})
    assert seen == [(32, 1), (40, 1), (40, 1), (40, 1), (40, 0), (40, 0)]


@slow
def test_what_is_told_of_callbacks_and_names_is_so(fastai) -> None:
    assert not hasattr(fastai, "Mixup") and fastai.MixUp(1.0).run_valid is False
    assert {"before_train", "before_batch", "after_train"} <= set(vars(fastai.MixUp)) | set(vars(fastai.MixUp.__base__))
    from fastai.callback.core import _events

    assert len(_events) - 3 == 21  # the page names three events, and "some twenty more"
    for callback in (fastai.ParamScheduler, fastai.MixedPrecision, fastai.ProgressCallback, fastai.Recorder):
        assert issubclass(callback, fastai.Callback)
    assert "train_bn" in inspect.signature(fastai.Learner.__init__).parameters
