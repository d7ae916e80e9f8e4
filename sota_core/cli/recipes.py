"""`recipes [--json]`: the chapter's experiments; `recipes code PRESET`: one as fastai's script or notebook."""

import argparse
import json

from sota_core.recipes import PRESETS, TITLES, Recipe, apply_settings, preset
from sota_core.recipes.pretrained import NONE
from sota_core.script import notebook, python_script
from sota_core.settings import Settings


def show(args: argparse.Namespace, settings: Settings) -> int:
    if args.as_json:
        rows = [{"id": name, "title": TITLES[name], "recipe": recipe.to_dict()} for name, recipe in PRESETS.items()]
        print(json.dumps(rows, indent=1))
        return 0
    for name, recipe in PRESETS.items():
        print(f"{name:<17} {TITLES[name]:<26} {in_words(recipe)}")
    return 0


def code(args: argparse.Namespace, settings: Settings) -> int:
    """Print the script or the notebook, for the shell to redirect."""
    recipe = apply_settings(preset(args.preset), args.changes)
    write = notebook if args.notebook else python_script
    print(write(recipe, folder=args.folder), end="")
    return 0


def in_words(recipe: Recipe) -> str:
    """The recipe in one line, as `15 × 128 px, then fine_tune 10 × 224 px, fp16, mixup α 0.40`."""
    phases = [f"{'fine_tune ' * (p.method == 'fine_tune')}{p.n_epochs} × {p.size} px" for p in recipe.phases]
    extras = [recipe.precision]
    if recipe.pretrained != NONE:
        extras.append(f"pretrained {recipe.pretrained}")
    if recipe.normalize != "none":
        extras.append(f"normalize {recipe.normalize}")
    if recipe.mixup_alpha:
        extras.append(f"mixup α {recipe.mixup_alpha:.2f}")
    if recipe.cutmix_alpha:
        extras.append(f"CutMix α {recipe.cutmix_alpha:.2f}")
    if recipe.label_smoothing:
        extras.append(f"smoothing ε {recipe.label_smoothing:.2f}")
    return ", then ".join(phases) + ", " + ", ".join(extras)
