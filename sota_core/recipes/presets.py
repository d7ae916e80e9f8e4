"""The chapter's experiments as recipes, with the printed sizes, epochs, rates and precision.

Source: the seven experiments of C. Mills's notes on the chapter, and the book's own progressive resizing
(fp32). Three of the notes' nets have 1000 outputs (published.py); ours have one per class. Each run ends with TTA.
"""

from sota_core.language import N_
from sota_core.recipes.fields import TECHNIQUES, unknown_name
from sota_core.recipes.recipe import Phase, Recipe

_AT_224 = Phase(size=224, bs=64, n_epochs=5, lr=3e-3)
_AT_128 = Phase(size=128, bs=128, n_epochs=4, lr=3e-3)
_LONG_AT_128 = Phase(size=128, bs=128, n_epochs=15, lr=3e-3)
_THEN_224 = Phase(size=224, bs=64, n_epochs=5, lr=1e-3, method="fine_tune")
_THEN_224_LONG = Phase(size=224, bs=64, n_epochs=10, lr=1e-3, method="fine_tune")


def _chapter(preset: str, *phases: Phase, **changes: object) -> Recipe:
    values: dict = {"source": "imagenette2", "split": "random20", "precision": "fp16", **changes}
    return Recipe(phases=phases, preset=preset, **values)


PRESETS: dict[str, Recipe] = {
    recipe.preset: recipe
    for recipe in (
        _chapter("baseline", _AT_224, precision="fp32"),
        _chapter("baseline_fp16", _AT_224),
        _chapter("normalize", _AT_224, normalize="imagenet"),
        _chapter("progressive", _AT_128, _THEN_224, normalize="imagenet"),
        _chapter("progressive_fp32", _AT_128, _THEN_224, normalize="imagenet", precision="fp32"),
        _chapter("mixup", _LONG_AT_128, normalize="imagenet", mixup_alpha=0.4),
        _chapter("label_smoothing", _LONG_AT_128, normalize="imagenet", label_smoothing=0.1),
        _chapter("all", _LONG_AT_128, _THEN_224_LONG, normalize="imagenet", mixup_alpha=0.4, label_smoothing=0.1),
    )
}

TITLES = {
    "baseline": N_("Baseline"),
    "baseline_fp16": N_("Baseline, mixed precision"),
    "normalize": N_("Normalization"),
    "progressive": N_("Progressive resizing"),
    "progressive_fp32": N_("Progressive resizing, fp32"),
    "mixup": N_("Mixup"),
    "label_smoothing": N_("Label smoothing"),
    "all": N_("Everything together"),
}

# The printed table each preset reproduces: ids of published_results.json.
PUBLISHED_IDS = {
    "baseline": "notes/baseline-fp32",
    "baseline_fp16": "notes/baseline-fp16",
    "normalize": "notes/normalize",
    "progressive": "notes/progressive",
    "progressive_fp32": "book/progressive",
    "mixup": "notes/mixup",
    "label_smoothing": "notes/label-smoothing",
    "all": "notes/all",
}


def preset(name: str) -> Recipe:
    """The preset of this name.

    Raises
        RecipeError  no such preset; the text lists them.
    """
    if name not in PRESETS:
        raise unknown_name("recipe", name, list(PRESETS), field="recipe")
    return PRESETS[name]


def is_baseline(recipe: Recipe) -> bool:
    """Is it a baseline by what it does, not by its name alone: no technique on, one size throughout?

    >>> is_baseline(PRESETS["baseline_fp16"].replace(width=0.5)), is_baseline(PRESETS["normalize"])
    (True, False)
    >>> is_baseline(PRESETS["baseline"].replace(mixup_alpha=0.4))
    False
    """
    plain = PRESETS["baseline"]
    is_plain = all(getattr(recipe, name) == getattr(plain, name) for name in TECHNIQUES)
    return recipe.preset.startswith("baseline") and is_plain and len({phase.size for phase in recipe.phases}) == 1
