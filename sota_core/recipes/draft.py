"""From an address or a command line to a recipe: what the lab's URL means, and how both fit a recipe to a machine.

In an address `recipe` names the chapter's experiment, `source` the data, `fit` the seconds it is scaled to
(`printed`: not scaled), `phases` the number of phases. Every other parameter is a recipe field, or
`phases.<i>.<field>`, whose value differs from what those give. So an address is short: it says only what was chosen.
"""

import dataclasses
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sota_core.errors import RecipeError
from sota_core.language import N_, plain, tr
from sota_core.numbers import decimal, whole
from sota_core.recipes import (
    FIELDS,
    PHASE_FIELDS,
    PRESETS,
    Field,
    Phase,
    Recipe,
    Throughput,
    estimate_s,
    scaled,
)
from sota_core.recipes.fields import Value
from sota_core.recipes.recipe import MAX_PHASES
from sota_core.recipes.scaling import fit_batch, require_fit

DEFAULT_PRESET = "baseline"
PRINTED = "printed"
FITS = ("60", "120", "300", "900", PRINTED)
DEFAULT_FIT = "60"
# What `cost_s`, the seconds of the fit, does not cover: reading the pictures, the last validation, TTA, export.
OVERHEAD_S = 20.0
_SPLITS = {"official": N_("the set's own"), "random20": N_("a random fifth")}
NOT_KNOBS = ("source",)  # chosen in a step of its own


@dataclass(frozen=True, slots=True)
class Pictures:
    """What must be known of a data set to estimate what a recipe costs on it, and to fit the recipe to it."""

    source: str
    n_train: int
    n_valid: int
    has_official_split: bool = True

    @classmethod
    def counted(cls, source: str, n_train: int, n_valid: int | None) -> "Pictures":
        """From the counts of a data set; without a split of its own (`n_valid` None), a random fifth is held out.

        >>> Pictures.counted("birds", 103, None)
        Pictures(source='birds', n_train=83, n_valid=20, has_official_split=False)
        """
        if n_valid is not None:
            return cls(source, n_train, n_valid)
        return cls(source, n_train - n_train // 5, n_train // 5, has_official_split=False)

    @property
    def parts(self) -> dict[str, Any]:
        """The keyword arguments by which scaling.py's functions take a set."""
        return {"n_train": self.n_train, "n_valid": self.n_valid, "has_official": self.has_official_split}


@dataclass(frozen=True, slots=True)
class Draft:
    """A recipe being composed.

    base      the chosen experiment on the chosen data, fitted to the budget, before any knob was turned
    values    every knob's value by name, even if they contradict each other
    recipe    the recipe of these values; None where `problems` say why there is none
    problems  knob → what is wrong with it, in the words of the screen; under "" what belongs to no knob
    """

    preset: str
    fit: str
    base: Recipe
    values: dict[str, Value]
    recipe: Recipe | None
    problems: Mapping[str, str]

    @property
    def problem(self) -> str:
        """All that is wrong, each sentence once; empty where there is a recipe."""
        return " ".join(dict.fromkeys(self.problems.values()))

    @property
    def n_phases(self) -> int:
        return sum(name.endswith(".size") for name in self.values)

    def base_value(self, name: str) -> Value:
        return knobs(self.base).get(name)


def field_of(name: str) -> Field:
    """The registry's entry for a knob: `mixup_alpha`, or `phases.0.bs`."""
    return PHASE_FIELDS[name.rsplit(".", 1)[1]] if name.startswith("phases.") else FIELDS[name]


def knobs(recipe: Recipe) -> dict[str, Value]:
    """Every knob of a recipe by the name it has in an address."""
    values: dict[str, Value] = {name: getattr(recipe, name) for name in FIELDS if name not in NOT_KNOBS}
    for i, phase in enumerate(recipe.phases):
        values |= {f"phases.{i}.{name}": value for name, value in dataclasses.asdict(phase).items()}
    return values


def fitted(recipe: Recipe, pictures: Pictures, budget_s: float, throughput: Throughput) -> Recipe:
    """The recipe on these pictures, made to train within the budget: see `scaled`.

    Raises
        RecipeError  as `scaled`: no such budget, or too short a one.
    """
    return scaled(
        recipe.replace(source=pictures.source),
        budget_s,
        throughput,
        n_train=pictures.n_train,
        n_valid=max(1, pictures.n_valid),
        has_official=pictures.has_official_split,
    )


def compose(params: Mapping[str, str], pictures: Pictures, throughput: Throughput) -> Draft:
    """The draft an address describes. What is wrong with the address is told in `problems`; nothing is raised."""
    problems: dict[str, str] = {}
    preset = params.get("recipe", DEFAULT_PRESET)
    if preset not in PRESETS:
        problems[""] = tr(
            "There is no recipe {name}. Choose one of {names}.", name=repr(preset), names=", ".join(PRESETS)
        )
        preset = DEFAULT_PRESET
    fit = params.get("fit", DEFAULT_FIT)
    base = PRESETS[preset].replace(source=pictures.source)
    if fit != PRINTED:
        try:
            base = fitted(base, pictures, seconds_of(fit), throughput)
        except RecipeError as bad:
            problems[""] = str(bad)
    if base.split == "official" and not pictures.has_official_split:
        base = base.replace(split="random20")
    base = fit_batch(base, **pictures.parts)
    values = _with_phases(knobs(base), params.get("phases", ""), problems)
    n_phases = sum(name.endswith(".size") for name in values)
    for name, text in params.items():
        if name in values:
            try:
                values[name] = field_of(name).parse(text)
            except RecipeError as bad:
                problems[name] = _in_words(bad, name, n_phases)
    recipe = None
    try:
        recipe = _build(values, base)
        require_fit(recipe, **pictures.parts)
    except RecipeError as bad:
        said = _in_words(bad, str(bad).partition(":")[0], 1)
        problems |= {name: said for name in _meant(bad.field, values)}
    return Draft(preset, fit, base, values, None if problems else recipe, problems)


def first_experiment(pictures: Pictures, throughput: Throughput) -> Draft:
    """What *Run the first experiment* starts: the chapter's baseline, fitted to a minute of this machine."""
    return compose({}, pictures, throughput)


def _in_words(bad: RecipeError, name: str, n_phases: int) -> str:
    """The error's text, with the label that the screen gives a knob in place of its name.

    >>> _in_words(RecipeError("bs: must be even", field="bs"), "phases.1.bs", 2)
    'Batch size of phase 2: must be even'
    """
    _, colon, rest = str(bad).partition(":")
    told = re.sub(r"\w+", lambda word: _label(word[0]), name.rpartition(".")[2])
    if name.startswith("phases.") and n_phases > 1:
        told = tr("{knob} of phase {n}", knob=told, n=int(name.split(".")[1]) + 1)
    return told + colon + rest


def _label(word: str) -> str:
    """The label of the knob with this name; any other word as it is."""
    field = FIELDS.get(word) or PHASE_FIELDS.get(word)
    return tr(field.label) if field else word


def _meant(field: str, values: Mapping[str, Value]) -> list[str]:
    """The knobs that an error of the whole recipe is about, for `bs` those of the largest batch; [""] if none is."""
    names = [name for name in values if name.rpartition(".")[2] == field]
    if field == "bs":
        sizes = {name: float(values[name] or 0) for name in names}
        names = [name for name, size in sizes.items() if size == max(sizes.values())]
    return names or [""]


def address(recipe: Recipe, source: str) -> dict[str, str]:
    """The parameters that bring exactly this recipe back, on any machine: the inverse of `compose`.

    source  the recipe's data set as an address names it (`sources.address_of`)
    """
    preset = recipe.preset if recipe.preset in PRESETS else DEFAULT_PRESET
    printed = PRESETS[preset].replace(source=recipe.source)
    params = {"recipe": preset, "source": source, "fit": PRINTED}
    if len(recipe.phases) != len(printed.phases):
        params["phases"] = str(len(recipe.phases))
    before = _with_phases(knobs(printed), params.get("phases", ""), {})
    return params | {name: as_text(value) for name, value in knobs(recipe).items() if value != before.get(name)}


def shown(name: str, value: Value) -> str:
    """A knob's value with its unit; a split in words."""
    if value is None:
        return "–"
    if isinstance(value, bool):
        return tr("yes") if value else tr("no")
    if name == "split":
        return tr(_SPLITS[str(value)])
    field = field_of(name)
    if value == 0 and field.zero:
        return tr(field.zero)
    unit = field.unit
    return plain(value) + (f" {unit}" if unit else "") if isinstance(value, int | float) else value


def as_text(value: Value) -> str:
    """A knob's value as it stands in an address; `Field.parse` reads it back."""
    return (
        str(value).lower() if isinstance(value, bool) else str(round(value, 8) if isinstance(value, float) else value)
    )


def cost_s(recipe: Recipe, pictures: Pictures, throughput: Throughput) -> float:
    return estimate_s(recipe, throughput, n_train=pictures.n_train, n_valid=pictures.n_valid)


def seconds_of(fit: str) -> float:
    """The budget an address names.

    Raises
        RecipeError  not a number; whether the budget is possible is checked by `scaled`.
    """
    seconds = decimal(fit, -math.inf, math.inf)
    if seconds is None:
        said = tr("fit: must be a number of seconds or {word}, got {text}", word=repr(PRINTED), text=repr(fit[:40]))
        raise RecipeError(said, field="fit")
    return seconds


def _with_phases(values: dict[str, Value], text: str, problems: dict[str, str]) -> dict[str, Value]:
    """The knobs with as many phases as `text` asks for: surplus ones are dropped, missing ones repeat the last."""
    have = sum(name.endswith(".size") for name in values)
    if not text:
        return values
    wanted = whole(text, 1, MAX_PHASES)
    if wanted is None:
        problems[""] = tr(
            "phases: must be a whole number from 1 to {most}, got {text}", most=MAX_PHASES, text=repr(text[:40])
        )
        return values
    kept = {n: v for n, v in values.items() if not n.startswith("phases.") or int(n.split(".")[1]) < wanted}
    for i in range(have, wanted):
        kept |= {f"phases.{i}.{name}": values[f"phases.{have - 1}.{name}"] for name in PHASE_FIELDS}
    return kept


def _build(values: Mapping[str, Value], base: Recipe) -> Recipe:
    n = sum(name.endswith(".size") for name in values)
    phases = tuple(Phase(**{f: values[f"phases.{i}.{f}"] for f in PHASE_FIELDS}) for i in range(n))  # type: ignore[arg-type]
    return base.replace(phases=phases, **{k: v for k, v in values.items() if not k.startswith("phases.")})
