"""What tells a run from others in a list: of all that differs from the print, what its name does not already say."""

import dataclasses
from typing import Any

from sota_core.language import N_, current, tr, tr_n, written
from sota_core.recipes.differing import differing_fields
from sota_core.recipes.fields import Value
from sota_core.recipes.presets import PRESETS
from sota_core.recipes.pretrained import NETS, NONE
from sota_core.recipes.recipe import Recipe
from sota_core.recipes.scaling import QUICK_VALID, SMALL_ARCH, SMALL_BS, SMALL_WIDTH

_OWN_WORDS = ("size", "n_epochs", "subset", "seed", "source")
_LARGE_NOUNS = ("de",)  # languages that capitalize nouns within a sentence too


def traits(recipe: Recipe) -> tuple[str, ...]:
    """Knobs turned by hand, size, epochs, share of the pictures, and always the seed.

    Of what `scaling` changes to fit a machine, only size, epochs and share are told: the rest says nothing of the idea.

    >>> from sota_core.recipes.presets import PRESETS
    >>> traits(PRESETS["mixup"])
    ('seed 42',)
    >>> traits(PRESETS["mixup"].replace(width=0.5, mixup_alpha=0.2, subset=0.1, seed=7))
    ('mixup α 0.2', '10\\xa0% of the pictures', 'seed 7')
    """
    printed = PRESETS.get(recipe.preset, Recipe())
    found = []
    usual = _as_fitted(recipe, printed)
    for field, _, value in differing_fields(usual, printed):
        if field.name not in _OWN_WORDS and not (recipe.pretrained != NONE and field.name in _OF_THE_NET):
            found.append(f"{inside(field.label)} {value}")
    if [p.size for p in recipe.phases] != [p.size for p in printed.phases]:
        sizes = dict.fromkeys(str(p.size) for p in recipe.phases)
        found.append(f"{' → '.join(sizes)} px")
    if recipe.total_epochs != printed.total_epochs:
        found.append(tr_n("{n} epoch", "{n} epochs", recipe.total_epochs))
    if recipe.subset != 1:
        share = written(f"{100 * recipe.subset:g}\u00a0%")
        found.append(tr("{share} of the pictures", share=share))
    return (*found, tr("seed {n}", n=recipe.seed))


def known_before(recipe: Recipe) -> float:
    """The share of the validation pictures that the net it starts from had been trained on; 0 where nobody knows.

    >>> known_before(Recipe(arch="xresnet18", width=0.1875, pretrained="sample", split="random20"))
    0.75
    """
    net = NETS.get(recipe.pretrained)
    return 0.0 if net is None else net.saw.get(recipe.source, {}).get(recipe.split, 0.0)


def leaks(recipe: Recipe) -> bool:
    """Will a run to its end have been validated on pictures that it, or the net it started from, was trained on?"""
    return known_before(recipe) > 0 or (recipe.resplit and len(recipe.phases) > 1)


def inside(label: str) -> str:
    """A knob's label, marked with N_, for inside a sentence: in lower case, except for names and abbreviations.

    >>> inside("Label noise"), inside("CutMix α"), inside("TTA views")
    ('label noise', 'CutMix α', 'TTA views')
    """
    said = tr(label)
    is_word = said.split()[0].istitle() and current() not in _LARGE_NOUNS
    return said[0].lower() + said[1:] if is_word else said


_OF_THE_NET = ("arch", "width")  # a pretrained net's name says them


def _as_fitted(recipe: Recipe, printed: Recipe) -> Recipe:
    """The recipe with the printed value wherever its own is the one that scaling.py sets to fit a machine."""
    fitted: dict[str, Value] = {
        "arch": SMALL_ARCH,
        "width": SMALL_WIDTH,
        "presize": 2 * max(phase.size for phase in recipe.phases),
        "precision": "auto",
    }
    if recipe.pretrained != NONE:  # the weights fix architecture and width
        del fitted["arch"], fitted["width"]
    same: dict[str, Any] = {n: getattr(printed, n) for n, value in fitted.items() if getattr(recipe, n) == value}
    if recipe.valid_limit and recipe.valid_limit <= QUICK_VALID:
        same["valid_limit"] = printed.valid_limit
    if recipe.split == "official":
        same["split"] = printed.split
    if len(recipe.phases) == len(printed.phases):
        pairs = zip(recipe.phases, printed.phases, strict=True)
        same["phases"] = tuple(dataclasses.replace(p, bs=q.bs) if p.bs == SMALL_BS else p for p, q in pairs)
    return recipe.replace(**same)


_NAMES = {
    "normalize": N_("normalization"),
    "mixup_alpha": N_("mixup"),
    "cutmix_alpha": N_("CutMix"),
    "label_smoothing": N_("label smoothing"),
    "label_noise": N_("label noise"),
}


def named(technique: str) -> str:
    """A technique inside a sentence, without the letter of its knob.

    >>> named("mixup_alpha"), named("label_smoothing")
    ('mixup', 'label smoothing')
    """
    return tr(_NAMES[technique])
