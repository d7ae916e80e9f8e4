"""What a recipe costs, and the same recipe within a budget."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RecipeError
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Throughput, estimate_s, macs, scaled

FAST = Throughput(macs_per_s=2e14, image_s=1e-5, device="a GPU")
NUMBERS = {"n_train": 9469, "n_valid": 3925}


@pytest.mark.parametrize(
    ("arch", "width", "size"), [("xresnet18", 0.5, 64), ("xresnet50", 1.0, 96), ("xresnet34", 1.5, 72)]
)
def test_the_formula_counts_what_the_real_net_multiplies(arch: str, width: float, size: int):
    import torch
    from torch import nn

    from sota_core.recipes import Recipe
    from sota_core.train.learner import build_model

    counted = 0

    def count(layer, _inputs, output):
        nonlocal counted
        counted += output[0].numel() * layer.in_channels * layer.kernel_size[0] * layer.kernel_size[1]

    model = build_model(Recipe(arch=arch, width=width), 10).eval()
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            layer.register_forward_hook(count)
    with torch.no_grad():
        model(torch.zeros(1, 3, size, size))
    assert macs(arch, width, size) == pytest.approx(counted, rel=1e-9)


@pytest.mark.parametrize("name", PRESETS)
def test_every_preset_fits_a_minute_or_two_on_two_cores(name: str):
    for budget_s in (60, 120):
        recipe = scaled(PRESETS[name], budget_s, DEFAULT_THROUGHPUT, **NUMBERS)
        assert estimate_s(recipe, DEFAULT_THROUGHPUT, **NUMBERS) <= budget_s * 1.001
        assert estimate_s(recipe, DEFAULT_THROUGHPUT, **NUMBERS) >= budget_s * 0.6, "most of the budget is used"


@pytest.mark.parametrize("name", PRESETS)
def test_scaling_keeps_the_idea(name: str):
    printed = PRESETS[name]
    recipe = scaled(printed, 120, DEFAULT_THROUGHPUT, **NUMBERS)
    assert (recipe.mixup_alpha, recipe.label_smoothing, recipe.normalize, recipe.seed) == (
        printed.mixup_alpha,
        printed.label_smoothing,
        printed.normalize,
        printed.seed,
    )
    assert [p.method for p in recipe.phases] == [p.method for p in printed.phases]
    assert [p.size for p in recipe.phases] == sorted(p.size for p in recipe.phases)
    assert (recipe.split, recipe.valid_limit, recipe.preset) == ("official", 1000, name)
    assert recipe.presize == 2 * max(p.size for p in recipe.phases)


def test_a_machine_that_is_fast_enough_trains_the_recipe_as_printed():
    assert scaled(PRESETS["all"], 300, FAST, **NUMBERS) == PRESETS["all"]


def test_a_folder_without_an_official_split_keeps_the_random_one():
    recipe = scaled(PRESETS["baseline"], 60, DEFAULT_THROUGHPUT, n_train=800, n_valid=200, has_official=False)
    assert (recipe.split, recipe.valid_limit) == ("random20", 200)


@settings(max_examples=40, deadline=None)
@given(st.floats(30, 3000), st.floats(1e10, 1e13), st.integers(500, 20_000))
def test_more_budget_never_buys_less(budget_s: float, macs_per_s: float, n_train: int):
    machine = Throughput(macs_per_s=macs_per_s, image_s=1e-3)
    numbers = {"n_train": n_train, "n_valid": n_train // 4}
    try:
        less = scaled(PRESETS["baseline"], budget_s, machine, **numbers)
    except RecipeError:
        return
    more = scaled(PRESETS["baseline"], 2 * budget_s, machine, **numbers)
    assert estimate_s(less, machine, **numbers) <= budget_s * 1.001
    assert (more.phases[0].size, more.subset) >= (less.phases[0].size, less.subset)


@pytest.mark.parametrize("budget_s", [0, -1, float("nan"), float("inf"), 0.5])
def test_an_impossible_budget_is_refused(budget_s: float):
    with pytest.raises(RecipeError, match="budget"):
        scaled(PRESETS["baseline"], budget_s, DEFAULT_THROUGHPUT, **NUMBERS)
