"""The pretrained nets a recipe may start from: what they are, where their weights lie, their statistics.

Names and numbers only; train/learner.py loads the weights into a net. Nothing is downloaded.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from sota_core import paths
from sota_core.language import N_, tr
from sota_core.recipes.torch_cache import fetch_command, fetched

NONE, SAMPLE, IMAGENET = "none", "sample", "imagenet"
SAMPLE_NET = paths.ASSETS / "sample_model"


@dataclass(frozen=True, slots=True)
class PretrainedNet:
    """Nets of one origin whose weights a run may start from.

    title         for people, inside a sentence
    archs, width  the nets that there are weights for; the first arch is the default
    trained_on    for a model's card: the data they were trained on, and the terms that come with it
    saw           source → the share of its validation pictures that they were trained on, by split, where that is known
    """

    title: str
    archs: tuple[str, ...]
    width: float
    trained_on: str
    saw: Mapping[str, Mapping[str, float]] = field(default_factory=dict)

    @property
    def arch(self) -> str:
        return self.archs[0]


# By the names of Imagenette's files, which are ImageNet's: 3,791 of the 3,925 in its own validation part, and 12,894 of
# all 13,394, are called as ImageNet's training pictures are, the others ILSVRC2012_val_….
_IMAGENETTE = {"official": 0.966, "random20": 0.963}

NETS = {
    SAMPLE: PretrainedNet(
        title=N_("the small net that comes with the app"),
        archs=("xresnet18",),
        width=0.1875,
        trained_on=N_("sota-lab's drawn sample, nine epochs at 80 px; its weights are under the Apache License 2.0"),
        saw={"sample": {"official": 0.0, "random20": 0.75}},  # it was trained on the official training part
    ),
    IMAGENET: PretrainedNet(
        title=N_("torchvision's net of the same architecture"),
        archs=("resnet34", "resnet18", "resnet50"),
        width=1.0,
        trained_on=N_("ImageNet's photos, whose terms of access allow non-commercial research and education only"),
        saw=dict.fromkeys(("imagenette2-160", "imagenette2-320", "imagenette2"), _IMAGENETTE),
    ),
}


def weights_of(name: str, arch: str) -> Path | None:
    """The file of these weights: the app's safetensors, or torch's in its cache; None if it is not on this machine."""
    return SAMPLE_NET / "model.safetensors" if name == SAMPLE else fetched(arch)


def missing(name: str, arch: str) -> str:
    """Why a run cannot start from these weights on this machine, and what to do; empty where it can.

    >>> missing("none", "xresnet50"), missing("sample", "xresnet18")
    ('', '')
    """
    if name == NONE or weights_of(name, arch) is not None:
        return ""
    return tr(
        "The weights of {arch} are not in torch's cache on this machine, and the app does not download them by "
        "itself. Whoever runs the machine fetches them once: {command}",
        arch=arch,
        command=fetch_command(arch),
    )


@cache
def stats_of(name: str) -> tuple[list[float], list[float]]:
    """The statistics a pretrained net was trained with: mean and standard deviation of each channel."""
    if name == IMAGENET:
        return [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]  # fastai's imagenet_stats
    card = json.loads((SAMPLE_NET / "model.json").read_text(encoding="utf-8"))
    return card["mean"], card["std"]
