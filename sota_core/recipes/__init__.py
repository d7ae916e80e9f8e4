"""Recipes: what to train and how. Fields and their bounds, the frozen Recipe, the presets, the scaling."""

from sota_core.recipes.fields import FIELDS, PHASE_FIELDS, TECHNIQUES, Field
from sota_core.recipes.presets import PRESETS, PUBLISHED_IDS, TITLES, is_baseline, preset
from sota_core.recipes.recipe import Phase, Recipe, apply_settings, differences
from sota_core.recipes.scaling import estimate_s, macs, scaled
from sota_core.recipes.throughput import DEFAULT_THROUGHPUT, Throughput

__all__ = [
    "DEFAULT_THROUGHPUT",
    "FIELDS",
    "PHASE_FIELDS",
    "PRESETS",
    "PUBLISHED_IDS",
    "TECHNIQUES",
    "TITLES",
    "Field",
    "Phase",
    "Recipe",
    "Throughput",
    "apply_settings",
    "differences",
    "estimate_s",
    "is_baseline",
    "macs",
    "preset",
    "scaled",
]
