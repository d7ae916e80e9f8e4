"""The least memory a recipe's training needs: what autograd keeps for the backward pass, weights, gradients, averages.

Pure: the counts were made beforehand, on torch's meta device; tests/recipes/test_memory.py counts them again.
"""

from sota_core.recipes.recipe import Phase, Recipe

_KEPT_AT = 224  # px: the size that the counts below are for
# arch → how many numbers are kept for one picture, by the stem and by all layers after it, at width 1. Half of them
# are inputs of convolutions, half of batch norms. Only the second count grows with the width, in proportion (within
# 3 %); both grow with the area.
_KEPT = {
    "xresnet18": (4.165e6, 3.074e6),
    "xresnet34": (4.165e6, 5.583e6),
    "xresnet50": (3.964e6, 19.470e6),
    "xresnet101": (3.964e6, 29.706e6),
    "resnet18": (2.158e6, 3.387e6),
    "resnet34": (2.158e6, 5.896e6),
    "resnet50": (2.158e6, 19.320e6),
}
# Parameters at width 1, ten classes; they grow with the width's square (within 5 %).
_PARAMETERS = {"xresnet18": 11.20e6, "xresnet34": 21.31e6, "xresnet50": 23.55e6, "xresnet101": 42.54e6}
_PARAMETERS |= {"resnet18": 11.18e6, "resnet34": 21.29e6, "resnet50": 23.53e6}
_BYTES_A_PARAMETER = 16  # fp32: the weight, its gradient, Adam's two averages


def heaviest(recipe: Recipe) -> Phase:
    """The phase whose batch needs the most memory."""
    return max(recipe.phases, key=lambda phase: phase.bs * phase.size**2)


def least_bytes(recipe: Recipe, *, is_half: bool) -> float:
    """Bytes that its heaviest phase needs at least; the pictures and the libraries' workspace come on top.

    is_half  the net computes in 16 bits: what is kept for the backward pass takes two bytes a number, not four

    >>> round(least_bytes(Recipe(arch="xresnet50"), is_half=True) / 1e9, 1)
    3.4
    """
    phase = heaviest(recipe)
    stem, body = _KEPT[recipe.arch]
    kept = phase.bs * (phase.size / _KEPT_AT) ** 2 * (stem + recipe.width * body)
    weights = _BYTES_A_PARAMETER * _PARAMETERS[recipe.arch] * recipe.width**2
    return kept * (2 if is_half else 4) + weights
