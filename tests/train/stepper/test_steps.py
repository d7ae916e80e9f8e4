"""The stepper's numbers for a step are those of the same step in a plain fastai script with the same seed."""

import base64
import copy
import io
import random
import shutil
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sota_core.data.sample.sample import SAMPLE
from sota_core.errors import BadPicturesError
from sota_core.functional.schedule import one_cycle
from sota_core.functional.smoothing import soft_cross_entropy
from sota_core.settings import Settings, load
from sota_core.train.stepper.messages import N_STEPS, PHASE, TECHNIQUES

pytestmark = pytest.mark.slow

SEED = 3
N_WATCHED = 6
CLOSE = 1e-5
Steps = list[dict[str, Any]]


def stepped(technique: str, settings: Settings, n: int, pictures: bool = True) -> list[Any]:
    """Every message of our own training, which is ended after n steps."""
    from sota_core.train.stepper.steps import train

    told: list[Any] = []
    train(technique, SEED, settings, told.append, lambda: len([m for m in told if m["kind"] == "step"]) < n)
    return told


def plain(technique: str, settings: Settings, n: int) -> Steps:
    """The same steps by a script of fastai alone: the chapter's lines, and a callback that watches."""
    import torch
    from fastai.vision import all as fastai
    from torch.nn import functional as F

    eps, alpha = TECHNIQUES[technique].get("label_smoothing", 0), TECHNIQUES[technique].get("mixup_alpha", 0)
    mixup = fastai.MixUp(alpha or 0.4)
    steps: Steps = []

    class Look(fastai.Callback):
        order = 100

        def before_step(self):
            if steps[n - 1 :]:
                raise fastai.CancelFitException
            hyper = self.opt.hypers[0]
            norm = sum(float((p.grad.double() ** 2).sum()) for p in self.model.parameters()) ** 0.5
            validated = [row[1:3] for row in self.recorder.values]
            steps.append({"validated": validated[0] if validated else None})
            steps[-1] |= {"lr": hyper["lr"], "mom": hyper["mom"], "grad_norm": norm, "before": self.pred.softmax(1)}

        def after_step(self):
            ce = F.cross_entropy(self.pred, self.y, reduction="none", label_smoothing=eps)
            if alpha:
                ce = mixup.lam * ce + (1 - mixup.lam) * F.cross_entropy(self.pred, mixup.yb1[0], reduction="none")
            after = copy.deepcopy(self.model)(self.x).softmax(1)  # a copy, because this updates BatchNorm's statistics
            steps[-1] |= {
                "losses": ce,
                "after": after,
                "loss": float(self.loss_grad.detach()),
                "x": self.x.clone(),
                "y": self.y.clone(),
            }

    path = SAMPLE.folder(settings)
    random.seed(SEED)
    np.random.seed(SEED)
    torch.manual_seed(SEED)
    block = fastai.DataBlock(
        blocks=(fastai.ImageBlock, fastai.CategoryBlock),
        get_items=lambda folder: sorted(fastai.get_image_files(folder)),
        get_y=fastai.parent_label,
        splitter=fastai.GrandparentSplitter(valid_name="val"),
        item_tfms=fastai.Resize(128),
        batch_tfms=fastai.aug_transforms(size=64, min_scale=0.75),
    )
    dls = block.dataloaders(path, bs=8, num_workers=0, device="cpu")
    loss = fastai.LabelSmoothingCrossEntropy(eps) if eps else fastai.CrossEntropyLossFlat()
    learn = fastai.Learner(dls, fastai.xresnet18(n_out=dls.c, widen=0.5), loss_func=loss, metrics=fastai.accuracy)
    with learn.no_bar(), learn.no_logging():
        learn.fit_one_cycle(3, 3e-3, cbs=[Look(), *([mixup] if alpha else [])])
    return steps


N_INTO_THE_SECOND = N_STEPS // PHASE.n_epochs + 2


@pytest.fixture(scope="module")
def into_the_second_epoch(sampled: Settings) -> tuple[list[Any], Steps]:
    """Every message of our own plain training, and the steps of the script."""
    return stepped("plain", sampled, N_INTO_THE_SECOND), plain("plain", sampled, N_INTO_THE_SECOND)


@pytest.fixture(scope="module", params=TECHNIQUES)
def both(request: pytest.FixtureRequest, sampled: Settings) -> tuple[str, Steps, Steps]:
    if request.param == "plain":
        told, script = request.getfixturevalue("into_the_second_epoch")
    else:
        told, script = stepped(request.param, sampled, N_WATCHED), plain(request.param, sampled, N_WATCHED)
    return request.param, [m for m in told if m["kind"] == "step"][:N_WATCHED], script[:N_WATCHED]


def column(step: dict[str, Any], name: str) -> np.ndarray:
    return np.array([picture[name] for picture in step["pictures"]], dtype=float)


def test_each_step_is_plain_fastai_s(both: tuple[str, Steps, Steps]):
    _, own, script = both
    assert len(own) == len(script) == N_WATCHED
    for ours, theirs in zip(own, script, strict=True):
        for name in ("lr", "mom", "grad_norm", "loss"):
            assert ours[name] == pytest.approx(theirs[name], abs=CLOSE), name
        for name, of_script in (("before", "before"), ("after", "after"), ("loss", "losses")):
            assert column(ours, name) == pytest.approx(theirs[of_script].detach().numpy(), abs=CLOSE), name


def test_pictures_are_the_batch_the_net_sees(both: tuple[str, Steps, Steps]):
    _, own, script = both
    for ours, theirs in zip(own, script, strict=True):
        assert column(ours, "label").tolist() == theirs["y"].tolist()
        for picture, x in zip(ours["pictures"], theirs["x"], strict=True):
            shown = np.asarray(Image.open(io.BytesIO(base64.b64decode(picture["png"]))), dtype=float) / 255
            assert np.abs(shown - x.permute(1, 2, 0).clamp(0, 1).numpy()).max() < 0.5 / 255 + 1e-6


def test_a_picture_s_loss_is_the_cross_entropy_to_its_target(both: tuple[str, Steps, Steps]):
    technique, own, _ = both
    for step in own:
        target, before = column(step, "target"), column(step, "before")
        assert target.sum(1) == pytest.approx(1, abs=1e-6)
        assert soft_cross_entropy(np.log(before), target) == pytest.approx(column(step, "loss"), abs=CLOSE)
        assert step["loss"] == pytest.approx(column(step, "loss").mean(), abs=CLOSE)
        on = {"plain": 1.0, "label smoothing": 0.91, "mixup": np.nan}[technique]
        own_class = target[np.arange(len(target)), column(step, "label").astype(int)]
        assert technique == "mixup" or own_class == pytest.approx(on)
        assert all((p["lam"] is None) == (p["partner"] is None) == (technique != "mixup") for p in step["pictures"])


def test_the_second_epoch_goes_the_script_s_way_too(into_the_second_epoch: tuple[list[Any], Steps]):
    n, (told, script) = N_INTO_THE_SECOND, into_the_second_epoch
    steps, epochs = ([m for m in told if m["kind"] == kind] for kind in ("step", "epoch"))
    rates, momenta = one_cycle(N_STEPS, PHASE.lr)
    assert [s["step"] for s in steps] == list(range(1, n + 1)) and told[0]["kind"] == "ready"
    # fastai computes the position in fp32
    assert [s["lr"] for s in steps] == pytest.approx(rates[:n].tolist(), rel=1e-5)
    assert [s["mom"] for s in steps] == pytest.approx(momenta[:n].tolist(), rel=1e-5)
    assert [s["pct"] for s in steps] == pytest.approx([k / N_STEPS for k in range(n)], abs=1e-6)
    assert [s["epoch"] for s in steps] == [0] * (n - 2) + [1] * 2 and told.index(epochs[0]) == n - 1
    assert [s["loss"] for s in steps] == pytest.approx([s["loss"] for s in script], abs=CLOSE)
    # validation uses BatchNorm's running statistics: looking at a batch a second time must not count in them
    assert [epochs[0][k] for k in ("valid_loss", "accuracy")] == pytest.approx(script[n - 2]["validated"], abs=CLOSE)
    assert np.mean([s["loss_after"] for s in steps]) < np.mean([s["loss"] for s in steps])


def test_where_the_sample_set_goes_meanwhile_it_is_said_what_can_be_done_here(sampled: Settings, tmp_path: Path):
    from sota_core.train.stepper.steps import train

    settings = load({"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")})
    shutil.copytree(SAMPLE.folder(sampled), SAMPLE.folder(settings))

    def gone() -> bool:
        shutil.rmtree(SAMPLE.folder(settings), ignore_errors=True)
        return True

    with pytest.raises(BadPicturesError) as told:
        train("plain", SEED, settings, lambda _: None, gone)
    (path,) = told.value.paths
    assert str(told.value) == (
        f"pictures: {path.relative_to(SAMPLE.folder(settings))} of the sample set can no longer be read; press "
        "“Start again”, which draws the set anew if it is gone"
    )
