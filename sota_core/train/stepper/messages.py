"""The messages to and from a stepper, the process that trains a small net step by step.

One JSON object a line, both ways. A stepper is sent a job: `{"kind": "lr_find", "recipe": Recipe.to_dict()}` asks for
fastai's lr_find on its first phase; `{"kind": "steps", "technique", "seed"}` for the training of
`small_recipe(technique, seed)`, one batch for every `{"do": "step"}` that follows. It answers with these messages, and
with the lab's own `epoch` and `log` (train/events.py). Both ends import this file; it imports no torch.
"""

from collections.abc import Mapping
from typing import Any, Literal, TypedDict

from sota_core.language import N_
from sota_core.recipes import PRESETS, Phase, Recipe

TECHNIQUES: Mapping[str, Mapping[str, float]] = {
    N_("plain"): {},
    N_("mixup"): {"mixup_alpha": PRESETS["mixup"].mixup_alpha},
    N_("label smoothing"): {"label_smoothing": PRESETS["label_smoothing"].label_smoothing},
}
# Small enough that a step takes a fraction of a second on one core, long enough that the loss falls while one watches.
PHASE = Phase(size=64, bs=8, n_epochs=3, lr=3e-3)
N_TRAIN, N_VALID = 160, 50  # pictures, evenly over the classes
FIND_WITHIN_S = 240.0
FIRST_LR, LAST_LR, N_RATES = 1e-7, 10.0, 100  # lr_find's defaults
N_STEPS = PHASE.n_epochs * (N_TRAIN // PHASE.bs)


def small_recipe(technique: str, seed: int) -> Recipe:
    """What is trained step by step: fp32 on the processor, by the chapter's own loader.

    Raises
        KeyError  no such technique.
    """
    return Recipe(
        phases=(PHASE,),
        source="sample",
        arch="xresnet18",
        width=0.5,
        device="cpu",
        precision="fp32",
        presize=128,
        loader="files",
        tta_n=0,
        seed=seed,
        **TECHNIQUES[technique],  # pyright: ignore[reportArgumentType]  all floats
    )


class Rate(TypedDict):
    """One batch of the finder: its rate, and the training loss as fastai smooths it; None where that is NaN."""

    kind: Literal["rate"]
    lr: float
    loss: float | None


class Found(TypedDict):
    """What fastai's functions suggest; None if is_late: the finder was ended by FIND_WITHIN_S."""

    kind: Literal["found"]
    valley: float | None
    steep: float | None
    is_late: bool


class Ready(TypedDict):
    """Everything is there, and the first batch waits.

    classes  display names; labels index into it
    """

    kind: Literal["ready"]
    classes: list[str]
    n_train: int
    n_valid: int


class Seen(TypedDict):
    """One picture of a batch, as the net saw it.

    png      base64, after augmentation and mixing
    label    its class; partner, lam: the other class and the weight of the first one, with mixup
    target   (N,) what it was trained towards
    before   (N,) probabilities of the step's own forward pass
    after    (N,) of the same batch once more with the new weights, in training mode as before
    loss, loss_after  the same for its cross-entropy; the batch's loss is the mean
    """

    png: str
    label: int
    partner: int | None
    lam: float | None
    target: list[float]
    before: list[float]
    after: list[float]
    loss: float
    loss_after: float


class Step(TypedDict):
    """One batch, done.

    step        from 1 to n_steps, over all epochs
    epoch       from 0
    lr, mom     those with which the optimizer made this step
    pct         how much of the whole schedule was done before it, 0 … 1
    loss        the mean over the batch, smooth_loss: as fastai's Recorder smooths it
    loss_after  of the same batch with the new weights
    grad_norm   Euclidean norm of the gradient of all weights
    """

    kind: Literal["step"]
    step: int
    n_steps: int
    epoch: int
    lr: float
    mom: float
    pct: float
    loss: float
    smooth_loss: float
    loss_after: float
    grad_norm: float
    pictures: list[Seen]


class Over(TypedDict):
    """The last message.

    why    done, idle (nobody has asked for a step for long) or error
    error  what went wrong, for the reader; empty where nothing did
    """

    kind: Literal["over"]
    why: Literal["done", "idle", "error"]
    error: str


Message = Mapping[str, Any]  # Ready, Step, Rate, Found, Over, or an event of the lab's
