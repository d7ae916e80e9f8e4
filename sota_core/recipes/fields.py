"""The registry of all knobs: the core validates by it, and the pages draw their controls from it.

A Field holds a knob's kind, default, bounds and words; nothing here knows about a Recipe or a screen.
"""

import difflib
import math
from dataclasses import dataclass

from sota_core import words
from sota_core.errors import RecipeError
from sota_core.language import N_, tr
from sota_core.numbers import decimal

Value = str | int | float | bool | None


@dataclass(frozen=True, slots=True)
class Field:
    """One knob. `low` and `high` are inclusive; `unit` is for display only.

    zero          the word shown in place of 0, where 0 has a meaning of its own: off, all
    is_technique  changes what the net learns from, and is off by default. Such a knob is in the lab's group of
                  techniques, counts as a reason for a different result, and is off on the ladder's first rung
    """

    name: str
    kind: str  # choice | int | float | bool | text
    default: Value
    label: str
    help: str
    choices: tuple[str, ...] = ()
    low: float = -math.inf
    high: float = math.inf
    step: float | None = None
    unit: str = ""
    zero: str = ""
    is_technique: bool = False

    def check(self, value: object) -> Value:
        """Return `value` in the field's own type, or raise an error that says what is allowed.

        Raises
            RecipeError  wrong type, not among the choices, outside the bounds, NaN.
        """
        if self.kind == "bool" and isinstance(value, bool):
            return value
        if self.kind == "text" and isinstance(value, str) and value.strip():
            return value
        if self.kind == "choice" and value in self.choices:
            return str(value)
        if self.kind in ("int", "float") and isinstance(value, int | float) and not isinstance(value, bool):
            # bounds first: so neither infinity nor an int too large for a float reaches float() and int()
            if self.low <= value <= self.high and (self.kind == "float" or float(value).is_integer()):
                return int(value) if self.kind == "int" else float(value)
        raise RecipeError(self._not_allowed(f"{value!r:.80}"), field=self.name, allowed=self.choices)

    def parse(self, text: str) -> Value:
        """Read a value from the text of a command line or a URL, and `check` it."""
        text = text.strip()
        if self.kind == "bool" and text.lower() in _BOOLS:
            return _BOOLS[text.lower()]
        if self.kind in ("int", "float"):
            value = decimal(text, self.low, self.high)
            if value is None or (self.kind == "int" and not value.is_integer()):  # show the text as it was typed
                raise RecipeError(self._not_allowed(repr(text[:40])), field=self.name)
            return self.check(value)
        return self.check(text)

    def _not_allowed(self, value: str) -> str:
        return tr("{knob}: must be {allowed}, got {value}", knob=self.name, allowed=self.allowed_text(), value=value)

    def allowed_text(self) -> str:
        if self.kind == "choice":
            return tr("one of {choices}", choices=", ".join(self.choices))
        if self.kind in ("int", "float"):
            low, high = words.short(self.low, 12), words.short(self.high, 12)
            if self.kind == "int":
                return tr("a whole number from {low} to {high}", low=low, high=high)
            return tr("a number from {low} to {high}", low=low, high=high)
        return tr("true or false") if self.kind == "bool" else tr("a non-empty text")


_BOOLS = {"true": True, "1": True, "yes": True, "on": True, "false": False, "0": False, "no": False, "off": False}

ARCHS = ("xresnet18", "xresnet34", "xresnet50", "xresnet101")
RESNETS = ("resnet18", "resnet34", "resnet50")  # torchvision's, which have one width only
METHODS = ("fit_one_cycle", "fine_tune")


def _registry(*fields: Field) -> dict[str, Field]:
    return {field.name: field for field in fields}


# bs is at least 2: batch normalization trains on the statistics of a batch, and mixup needs a partner
PHASE_FIELDS = _registry(
    Field("size", "int", 224, N_("Size"), N_("Side of the square the net sees."), low=16, high=512, step=8, unit="px"),
    Field("bs", "int", 64, N_("Batch size"), N_("Pictures per optimizer step."), low=2, high=1024, step=8),
    Field("n_epochs", "int", 5, N_("Epochs"), N_("Passes over the training pictures."), low=1, high=100, step=1),
    Field("lr", "float", 3e-3, N_("Learning rate"), N_("Peak of the one-cycle schedule."), low=1e-6, high=1.0),
    Field(
        "method",
        "choice",
        "fit_one_cycle",
        N_("Schedule"),
        N_("fit_one_cycle, or fine_tune: one warm-up epoch more, then half the rate."),
        choices=METHODS,
    ),
)

FIELDS = _registry(
    Field("source", "text", "sample", N_("Data"), N_("A data set, or a folder with one folder per class.")),
    Field(
        "split",
        "choice",
        "official",
        N_("Validation split"),
        N_("official: the data set's own; random20: a random fifth of everything, as the book's."),
        choices=("official", "random20"),
    ),
    Field("split_seed", "int", 42, N_("Split seed"), N_("Which fifth is held out."), low=0, high=2**31 - 1, step=1),
    Field(
        "resplit",
        "bool",
        False,
        N_("New split in every phase"),
        N_("As in the texts: a later phase then validates mostly on pictures that an earlier one has trained on."),
    ),
    Field("subset", "float", 1.0, N_("Share of the training pictures"), N_("After the split."), low=0.001, high=1.0),
    Field(
        "valid_limit",
        "int",
        0,
        N_("Pictures validated per epoch"),
        N_("0: all. The last validation is always on all."),
        low=0,
        high=100_000,
        step=100,
        zero=N_("all"),
    ),
    Field(
        "arch",
        "choice",
        "xresnet50",
        N_("Architecture"),
        N_("fastai's xresnets, or torchvision's resnets of width 1."),
        choices=(*ARCHS, *RESNETS),
    ),
    Field(
        "width",
        "float",
        1.0,
        N_("Width"),
        N_("Factor on the channels of every block."),
        low=0.125,
        high=2.0,
        step=0.125,
    ),
    Field(
        "pretrained",
        "choice",
        "none",
        N_("Pretrained weights"),
        N_(
            "For all layers but the last. sample: the small net that comes with the app, xresnet18 of width "
            "0.1875; it was trained on the sample's training part: for the sample, choose the validation split "
            "official. imagenet: torchvision's resnets, if torch's cache has them. fine_tune freezes them at first."
        ),
        choices=("none", "sample", "imagenet"),
    ),
    Field(
        "device",
        "choice",
        "auto",
        N_("Device"),
        N_("auto: the GPU if there is one."),
        choices=("auto", "cpu", "cuda", "mps"),
    ),
    Field(
        "precision",
        "choice",
        "auto",
        N_("Precision"),
        N_("auto: bf16 or fp16 on an NVIDIA GPU, bf16 on a CPU with units for it, else fp32."),
        choices=("auto", "fp32", "fp16", "bf16"),
    ),
    Field(
        "resize",
        "choice",
        "crop",
        N_("Resize method"),
        N_("What is done with a picture that is not square."),
        choices=("crop", "squish", "pad"),
    ),
    Field("presize", "int", 460, N_("Presize"), N_("Side before augmentation."), low=16, high=1024, step=4, unit="px"),
    Field(
        "normalize",
        "choice",
        "none",
        N_("Normalization"),
        N_(
            "Which statistics: none, ImageNet's, one training batch's, the training set's, or those the pretrained net "
            "was trained with."
        ),
        choices=("none", "imagenet", "batch", "dataset", "pretrained"),
        is_technique=True,
    ),
    Field(
        "mixup_alpha",
        "float",
        0.0,
        N_("Mixup α"),
        N_("λ ~ Beta(α, α). 0: off."),
        low=0.0,
        high=4.0,
        step=0.1,
        zero=N_("off"),
        is_technique=True,
    ),
    Field(
        "cutmix_alpha",
        "float",
        0.0,
        N_("CutMix α"),
        N_("λ ~ Beta(α, α). 0: off."),
        low=0.0,
        high=4.0,
        step=0.1,
        zero=N_("off"),
        is_technique=True,
    ),
    Field(
        "label_smoothing",
        "float",
        0.0,
        N_("Label smoothing ε"),
        N_("0: off."),
        low=0.0,
        high=0.9,
        step=0.05,
        zero=N_("off"),
        is_technique=True,
    ),
    Field(
        "label_noise",
        "float",
        0.0,
        N_("Label noise"),
        N_("Share of wrong training labels."),
        low=0.0,
        high=0.9,
        step=0.05,
        zero=N_("none"),
        is_technique=True,
    ),
    Field(
        "tta_n",
        "int",
        4,
        N_("TTA views"),
        N_("Augmented views at the end. 0: none."),
        low=0,
        high=32,
        step=1,
        zero=N_("none"),
    ),
    Field("tta_beta", "float", 0.25, N_("TTA β"), N_("Weight of the plain view."), low=0.0, high=1.0, step=0.05),
    Field("tta_use_max", "bool", False, N_("TTA by maximum"), N_("Element-wise maximum instead of the mean.")),
    Field(
        "loader",
        "choice",
        "cache",
        N_("Loader"),
        N_(
            "cache: each picture is decoded once: turned upright, transparency on white, 16 bits scaled. "
            "files: the chapter's own loader, which decodes in every epoch as fastai does: not turned by EXIF, "
            "transparent parts in their hidden colour, 16 bits cut off at white."
        ),
        choices=("cache", "files"),
    ),
    Field("seed", "int", 42, N_("Seed"), N_("Draws weights, order, augmentation."), low=0, high=2**31 - 1, step=1),
)
TECHNIQUES = tuple(name for name, field in FIELDS.items() if field.is_technique)


def unknown_name(what: str, got: object, allowed: list[str] | tuple[str, ...], *, field: str) -> RecipeError:
    """The error for a name that does not exist: lists the allowed ones and the nearest.

    what   the kind of name, for the text: `recipe field`
    field  the field that the error is about, for the code that catches it: `phases.0.bs`
    """
    near = difflib.get_close_matches(str(got), allowed, n=1)
    hint = f"; did you mean {near[0]!r}?" if near else ""
    return RecipeError(
        f"unknown {what} {got!r}{hint} Allowed: {', '.join(allowed)}"
        if near
        else f"unknown {what} {got!r}. Allowed: {', '.join(allowed)}",
        field=field,
        allowed=allowed,
    )
