"""The nets a recipe may start from in place of random weights: what they are, and with which statistics they go.

Names and numbers only; train/learner.py gives a net their weights.
"""

import json
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from sota_core import paths

NONE, SAMPLE = "none", "sample"
SAMPLE_NET = paths.ASSETS / "sample_model"
Stats = tuple[list[float], list[float]]  # mean and std per channel, of pixels in [0, 1]


@dataclass(frozen=True, slots=True)
class PretrainedNet:
    """A net whose weights are here.

    title       for people, inside a sentence
    arch, width  whose body the weights are
    weights     safetensors, with its last layer, which is not used
    trained_on  for a model's card: on what, and on what terms the weights are had
    """

    title: str
    arch: str
    width: float
    weights: Path
    trained_on: str


NETS = {
    SAMPLE: PretrainedNet(
        title="the small net that ships",
        arch="xresnet18",
        width=0.1875,
        weights=SAMPLE_NET / "model.safetensors",
        trained_on="sota-lab's drawn sample, nine epochs at 80 px; its weights are under the Apache License 2.0",
    ),
}


@cache
def stats_of(name: str) -> Stats:
    """The statistics a pretrained net was trained with."""
    card = json.loads((NETS[name].weights.parent / "model.json").read_text(encoding="utf-8"))
    return card["mean"], card["std"]
