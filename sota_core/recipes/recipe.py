"""A Recipe: everything that decides a training run, frozen, validated, with a JSON round trip.

Limits are enforced here, so that the page, the command line and a stored row cannot disagree.
"""

import dataclasses
import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from sota_core.errors import RecipeError
from sota_core.language import tr
from sota_core.numbers import whole
from sota_core.recipes.fields import FIELDS, PHASE_FIELDS, RESNETS, Value, unknown_name
from sota_core.recipes.pretrained import NETS, NONE

MAX_PHASES = 8
MAX_EPOCHS = 200  # of all phases together


def _validate(thing: object, fields: Mapping[str, Any]) -> None:
    for name, field in fields.items():
        # The class is frozen: object.__setattr__ stores the checked value, which may differ (64.0 becomes 64).
        object.__setattr__(thing, name, field.check(getattr(thing, name)))


@dataclass(frozen=True, slots=True)
class Phase:
    """A stretch of training at one size. `fine_tune` adds one warm-up epoch before its `n_epochs`."""

    size: int = 224
    bs: int = 64
    n_epochs: int = 5
    lr: float = 3e-3
    method: str = "fit_one_cycle"

    def __post_init__(self) -> None:
        _validate(self, PHASE_FIELDS)

    @property
    def total_epochs(self) -> int:
        return self.n_epochs + (self.method == "fine_tune")


@dataclass(frozen=True, slots=True)
class Recipe:
    """What to train, on what, how. `FIELDS` documents each field; `preset` is only a label.

    Raises
        RecipeError  a value is outside its field's bounds, or two fields contradict each other.
    """

    phases: tuple[Phase, ...] = (Phase(),)
    source: str = "sample"
    split: str = "official"
    split_seed: int = 42
    resplit: bool = False
    subset: float = 1.0
    valid_limit: int = 0
    arch: str = "xresnet50"
    width: float = 1.0
    pretrained: str = "none"
    device: str = "auto"
    precision: str = "auto"
    resize: str = "crop"
    presize: int = 460
    normalize: str = "none"
    mixup_alpha: float = 0.0
    cutmix_alpha: float = 0.0
    label_smoothing: float = 0.0
    label_noise: float = 0.0
    tta_n: int = 4
    tta_beta: float = 0.25
    tta_use_max: bool = False
    loader: str = "cache"
    seed: int = 42
    preset: str = "custom"

    def __post_init__(self) -> None:
        _validate(self, FIELDS)
        if not 1 <= len(self.phases) <= MAX_PHASES or not all(isinstance(p, Phase) for p in self.phases):
            said = tr("phases: must be 1 to {most} phases, got {phases}", most=MAX_PHASES, phases=repr(self.phases))
            raise RecipeError(said, field="phases")
        if self.total_epochs > MAX_EPOCHS:
            raise RecipeError(
                tr(
                    "phases: at most {most} epochs in all, got {n}; train in two runs",
                    most=MAX_EPOCHS,
                    n=self.total_epochs,
                ),
                field="n_epochs",
            )
        if self.mixup_alpha and self.cutmix_alpha:
            raise RecipeError(
                tr("mixup_alpha and cutmix_alpha: each replaces the loss, so one of them must be 0"),
                field="cutmix_alpha",
            )
        self._validate_pretrained()
        if self.resplit and self.split != "random20":
            said = tr("resplit: only a random20 split can be drawn again, got split=official")
            raise RecipeError(said, field="resplit")

    def _validate_pretrained(self) -> None:
        net = NETS.get(self.pretrained)
        if net is None and self.normalize == "pretrained":
            raise RecipeError(
                "normalize: pretrained takes the statistics of the net the run starts from, and this run starts from "
                "none; choose pretrained weights, or other statistics",
                field="normalize",
            )
        if net is not None and (self.arch not in net.archs or self.width != net.width):
            raise RecipeError(
                f"pretrained: {self.pretrained} holds the weights of {' and '.join(net.archs)} with width "
                f"{net.width:g}, this recipe trains {self.arch} with width {self.width:g}; set arch={net.arch} and "
                f"width={net.width:g}",
                field="pretrained",
            )
        if self.arch in RESNETS and self.width != 1:
            raise RecipeError(
                f"width: torchvision's {self.arch} has one width, 1, got {self.width:g}; set width=1", field="width"
            )

    @property
    def total_epochs(self) -> int:
        return sum(phase.total_epochs for phase in self.phases)

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self) | {"phases": [dataclasses.asdict(p) for p in self.phases]}

    def to_json(self) -> str:
        """Canonical: sorted keys, so equal recipes give equal texts."""
        return json.dumps(self.to_dict(), sort_keys=True)

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> "Recipe":
        """The inverse of `to_dict`; missing fields take their defaults, unknown ones are refused.

        Raises
            RecipeError  naming the field.
        """
        names = [f.name for f in dataclasses.fields(cls)]
        for name in data:
            if name not in names:
                raise unknown_name("recipe field", name, names, field=str(name))
        phases = data.get("phases", [dataclasses.asdict(Phase())])
        if not isinstance(phases, list | tuple):
            raise RecipeError(f"phases: must be a list, got {phases!r}", field="phases")
        return cls(**{**data, "phases": tuple(_phase_from(i, p) for i, p in enumerate(phases))})

    @classmethod
    def from_json(cls, text: str) -> "Recipe":
        try:
            data = json.loads(text)
        except ValueError as bad:  # no JSON, or a number of more digits than Python reads
            raise RecipeError(f"recipe: not JSON ({bad})", field="recipe") from bad
        if not isinstance(data, dict):
            raise RecipeError(f"recipe: must be a JSON object, got {type(data).__name__}", field="recipe")
        return cls.from_dict(data)

    def identity(self) -> str:
        """A fingerprint of what is trained: equal for equal recipes whatever preset they came from."""
        data = {k: v for k, v in self.to_dict().items() if k != "preset"}
        if self.pretrained == NONE:  # as in versions that had no such field: their runs are still found
            del data["pretrained"]
        return hashlib.sha256(json.dumps(data, sort_keys=True).encode()).hexdigest()[:16]

    def replace(self, **changes: Any) -> "Recipe":
        return dataclasses.replace(self, **changes)


def apply_settings(recipe: Recipe, settings: Iterable[str]) -> Recipe:
    """Apply `field=value` texts in order: `bs=32` sets all phases, `phases.0.bs=32` the first.

    Raises
        RecipeError  unknown field (allowed ones and the nearest are named), bad value, no such phase.

    >>> apply_settings(Recipe(), ["bs=32", "phases.0.size=128", "mixup_alpha=.4"]).phases
    (Phase(size=128, bs=32, n_epochs=5, lr=0.003, method='fit_one_cycle'),)
    """
    # Gathered first, built once: a change that is only valid together with a later one must not fail on its own.
    changes: dict[str, Any] = {}
    phases = [dataclasses.asdict(p) for p in recipe.phases]
    for text in settings:
        name, equals, value = text.partition("=")
        name = name.strip()
        if not equals:
            raise RecipeError(f"--set {text!r}: must be field=value", field=name)
        if name in PHASE_FIELDS:
            for phase in phases:
                phase[name] = PHASE_FIELDS[name].parse(value)
        elif name.startswith("phases."):
            _, _, rest = name.partition(".")
            index, _, field = rest.partition(".")
            at = whole(index, 0, len(phases) - 1)
            if at is None:
                raise RecipeError(
                    f"{name[:40]}: this recipe has phases 0 to {len(phases) - 1}, got {index[:40]!r}", field=name
                )
            if field not in PHASE_FIELDS:
                raise unknown_name("phase field", field, list(PHASE_FIELDS), field=name)
            phases[at][field] = PHASE_FIELDS[field].parse(value)
        elif name in FIELDS:
            changes[name] = FIELDS[name].parse(value)
        else:
            raise unknown_name("recipe field", name, [*FIELDS, *PHASE_FIELDS], field=name)
    return recipe.replace(phases=tuple(Phase(**p) for p in phases), **changes)


def differences(recipe: Recipe, base: Recipe) -> dict[str, tuple[Value, Value]]:
    """What differs: field → (base's value, recipe's value); phase fields as `phases.0.bs`."""
    left, right = _flat(base), _flat(recipe)
    names = [*left, *(n for n in right if n not in left)]
    return {n: (left.get(n), right.get(n)) for n in names if left.get(n) != right.get(n)}


def _flat(recipe: Recipe) -> dict[str, Value]:
    flat = {k: v for k, v in recipe.to_dict().items() if k not in ("phases", "preset")}
    for i, phase in enumerate(recipe.phases):
        flat |= {f"phases.{i}.{k}": v for k, v in dataclasses.asdict(phase).items()}
    return flat


def _phase_from(index: int, data: object) -> Phase:
    if not isinstance(data, Mapping):
        raise RecipeError(f"phases: each must be an object, got {data!r}", field=f"phases.{index}")
    for name in data:
        if name not in PHASE_FIELDS:
            raise unknown_name("phase field", name, list(PHASE_FIELDS), field=f"phases.{index}.{name}")
    return Phase(**data)
