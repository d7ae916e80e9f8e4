"""From a recipe to fastai's Learner: net, loss, mixing callback, precision. Imports fastai."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import fastai.callback.schedule  # noqa: F401  adds fit_one_cycle and fine_tune to Learner
import torch
from fastai.callback.core import Callback
from fastai.callback.fp16 import MixedPrecision
from fastai.callback.progress import ProgressCallback
from fastai.data.core import DataLoaders
from fastai.data.transforms import Normalize
from fastai.learner import Learner
from fastai.losses import CrossEntropyLossFlat, LabelSmoothingCrossEntropy
from fastai.metrics import accuracy
from fastai.torch_core import params, trainable_params
from fastcore.basics import noop
from fastcore.foundation import L
from safetensors.torch import load_file
from torch import nn

from sota_core.data.loading.fastai_device import keep_fastai_on
from sota_core.data.loading.fastai_vision import models, xresnet
from sota_core.errors import InputError
from sota_core.functional.normalize import Stats
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.fields import RESNETS
from sota_core.recipes.pretrained import NONE, missing, weights_of
from sota_core.train.callbacks import CPUMixedPrecision, valid_ce
from sota_core.train.optimizer import FusedAdam
from sota_core.train.recorder import LossOnDevice, MetricOnDevice, SmoothLossOnDevice
from sota_core.train.step.graph import GraphLearner, StepGraph
from sota_core.train.step.mixing import CutMix, MixUp
from sota_core.train.step.plain import CountBatches, PlainTensors
from sota_core.train.step.precision import ScaledOnDevice
from sota_core.train.step.tidy import TidyLearner


def build_model(recipe: Recipe, n_classes: int) -> nn.Module:
    """fastai's xresnet or torchvision's resnet with one output per class; weights are random or pretrained.

    channels_last: the same numbers up to rounding; on two CPU cores a step took 23 % less (48 and 64 px).

    Raises
        InputError  its pretrained weights are not on this machine, or another net's.
    """
    model = _net(recipe, n_classes)
    if recipe.pretrained != NONE:
        file = weights_of(recipe.pretrained, recipe.arch)
        if file is None:
            raise InputError(f"pretrained: {missing(recipe.pretrained, recipe.arch)}")
        load_body(model, file)
        if recipe.arch in RESNETS:  # made after loading, as is usual and as the generated script does
            model.fc = nn.Linear(model.fc.in_features, n_classes)
    return model.to(memory_format=torch.channels_last)


def _net(recipe: Recipe, n_classes: int) -> Any:
    """The net with random weights. torchvision draws the convolutions' weights after the last layer's, so they depend
    on its number of outputs; a net that is given pretrained weights has the usual 1,000 first."""
    if recipe.arch not in RESNETS:
        return getattr(xresnet, recipe.arch)(n_out=n_classes, widen=recipe.width)
    make = getattr(models, recipe.arch)
    return make(num_classes=n_classes) if recipe.pretrained == NONE else make()


def load_body(model: nn.Module, path: Path) -> None:
    """Load a file's weights into a net, all but the last layer's, which stay random.

    Raises
        InputError  the file's net is another one; the text names a layer that differs, and both shapes.
    """
    mine, last = model.state_dict(), f"{[name for name, _ in model.named_children()][-1]}."

    def is_body(name: str) -> bool:
        return not name.startswith(last) and not name.endswith("num_batches_tracked")

    found = {name: tensor.float() for name, tensor in _stored(path).items() if is_body(name)}
    for name in sorted(filter(is_body, {*found, *mine})):
        theirs, ours = (tuple(some[name].shape) if name in some else "none" for some in (found, mine))
        if theirs != ours:
            raise InputError(
                f"pretrained: {path.name} holds the weights of another net: {name} is {theirs} there and {ours} in the "
                "recipe's; choose the architecture and width that these weights are of"
            )
    model.load_state_dict(mine | found)


def _stored(path: Path) -> dict[str, torch.Tensor]:
    """Tensors by name. A `.pth` file is a pickle: only its tensors are read, and none of its code is run."""
    if path.suffix == ".safetensors":
        return load_file(path)
    try:
        return torch.load(path, map_location="cpu", weights_only=True)
    except Exception as bad:  # a pickle's, a zip's or torch's own, whatever is wrong with the file
        raise InputError(
            f"pretrained: {path.name} in torch's cache cannot be read; delete it and fetch it anew"
        ) from bad


def body_and_head(model: nn.Module) -> Any:
    """Parameter groups as vision_learner makes them: two of the body, and the head. fine_tune freezes the first two.

    Source: fastai 2.8.12 vision/learner.py, `_xresnet_split` (stem, blocks) and `_resnet_split` (up to layer2, the
    other two) behind their cuts.
    """
    layers, first = list(model.children()), 3 if isinstance(model, xresnet.XResNet) else 6
    parts = layers[:first], layers[first:8], layers[8:]
    return L(nn.Sequential(*part) for part in parts).map(params)


def build_loss(recipe: Recipe) -> Callable:
    """The training loss. Both kinds have `y_int`, which fastai's MixUp and CutMix need."""
    if recipe.label_smoothing:
        return LabelSmoothingCrossEntropy(eps=recipe.label_smoothing)
    return CrossEntropyLossFlat()


def technique_callbacks(recipe: Recipe, precision: str, device: torch.device) -> list[Callback]:
    found: list[Callback] = []
    if recipe.mixup_alpha:
        found.append(MixUp(recipe.mixup_alpha))
    if recipe.cutmix_alpha:
        found.append(CutMix(recipe.cutmix_alpha))
    if precision in ("fp16", "bf16"):
        found.append(CPUMixedPrecision() if device.type == "cpu" else ScaledOnDevice(precision))
    return found


@contextmanager
def full_precision(learn: Learner) -> Iterator[None]:
    """Compute in IEEE fp32 inside this context, so that stored predictions equal those of the exported fp32 model.

    Without autocast, and without TF32, in which cuDNN convolves fp32 by default (10 bits of mantissa instead of 23).
    """
    cudnn: Any = torch.backends.cudnn
    kinds = [cudnn.conv, cudnn.rnn, torch.backends.cuda.matmul]
    before = [kind.fp32_precision for kind in kinds]
    mixed = [cb for cb in learn.cbs if isinstance(cb, (MixedPrecision, CPUMixedPrecision))]
    no_autocast = torch.autocast(next(learn.model.parameters()).device.type, enabled=False)
    with learn.removed_cbs(mixed), no_autocast:
        try:
            for kind in kinds:
                kind.fp32_precision = "ieee"
            yield
        finally:
            for kind, precision in zip(kinds, before, strict=True):
                kind.fp32_precision = precision


def build_learner(
    recipe: Recipe,
    dls: DataLoaders,
    n_classes: int,
    precision: str,
    device: torch.device,
    cbs: Sequence[Callback],
    graph: StepGraph | None = None,
) -> Learner:
    """A Learner that prints nothing: its lines become events instead. `graph`, if given, makes its training steps."""
    keep_fastai_on(device)
    model = build_model(recipe, n_classes).to(device)
    learn = (TidyLearner if graph is None else GraphLearner)(
        dls,
        model,
        splitter=trainable_params if recipe.pretrained == NONE else body_and_head,
        loss_func=build_loss(recipe),
        opt_func=FusedAdam,  # pyright: ignore[reportArgumentType]  fastai means "makes an Optimizer"
        metrics=[MetricOnDevice(accuracy), MetricOnDevice(valid_ce)],
        cbs=[PlainTensors(), CountBatches(), *technique_callbacks(recipe, precision, device), *cbs],
    )
    if isinstance(learn, GraphLearner):
        assert graph is not None
        learn.step_graph = graph
    learn.recorder.loss, learn.recorder.smooth_loss = LossOnDevice(), SmoothLossOnDevice()
    learn.remove_cbs(ProgressCallback)
    learn.logger = noop
    return learn


def fit_phase(learn: Learner, phase: Phase) -> None:
    """One phase by fastai's own schedule. With one parameter group fine_tune's freezing and lr_mult do nothing."""
    if phase.method == "fine_tune":
        learn.fine_tune(phase.n_epochs, base_lr=phase.lr)
    else:
        learn.fit_one_cycle(phase.n_epochs, lr_max=phase.lr)


def stages(phase: Phase) -> list[str]:
    """What each fit of the phase is called: fine_tune makes two."""
    return ["frozen", "main"] if phase.method == "fine_tune" else ["main"]


def normalization_stats(dls: DataLoaders) -> Stats | None:
    """(mean, std), each (C,), of the Normalize at the end of the batch pipeline; None where there is none."""
    found = next((t for t in dls.train.after_batch.fs if isinstance(t, Normalize)), None)
    if found is None:
        return None
    return found.mean.flatten().tolist(), found.std.flatten().tolist()
