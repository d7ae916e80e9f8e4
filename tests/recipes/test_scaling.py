"""What a recipe costs, and the same recipe fitted to a budget."""

import contextlib
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sota_core.errors import RecipeError
from sota_core.recipes import DEFAULT_THROUGHPUT, PRESETS, Throughput, estimate_s, macs, scaled
from sota_core.recipes.scaling import fit_batch, n_trained, require_fit

FAST = Throughput(macs_per_s=2e14, image_s=1e-5, device="a GPU")
NUMBERS = {"n_train": 9469, "n_valid": 3925}


@pytest.mark.long
@pytest.mark.parametrize(
    ("arch", "width", "size"),
    [
        ("xresnet18", 0.5, 64),
        ("xresnet50", 1.0, 96),
        ("xresnet34", 1.5, 72),
        ("resnet18", 1.0, 72),
        ("resnet50", 1.0, 64),
    ],
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
        assert estimate_s(recipe, DEFAULT_THROUGHPUT, **NUMBERS) >= budget_s * 0.6, "most of the budget must be used"


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


@settings(max_examples=60, deadline=None)
@given(
    st.sampled_from(sorted(PRESETS)),
    st.floats(1e9, 1e12),
    st.one_of(st.integers(100, 20_000), st.integers(60_000, 2_000_000)),
    st.sampled_from([1.0, 0.5]),
)
def test_the_least_budget_that_is_named_is_one_and_trains_two_batches(
    name: str, macs_per_s: float, n_train: int, subset: float
):
    machine = Throughput(macs_per_s=macs_per_s, image_s=1e-3)
    parts = {"n_train": n_train, "n_valid": n_train // 4}
    recipe = PRESETS[name].replace(subset=subset)
    with pytest.raises(RecipeError, match=r"about \d+ s is the least") as refused:
        scaled(recipe, 0.01, machine, **parts)
    least = float(re.search(r"about (\d+) s", str(refused.value))[1])  # type: ignore[index]
    found = scaled(recipe, least, machine, **parts)
    require_fit(found, **parts)
    assert found.subset <= subset and estimate_s(found, machine, **parts) <= least
    if least > 2:
        with pytest.raises(RecipeError, match="too short"):
            scaled(recipe, 0.98 * least - 1, machine, **parts)


def test_a_share_that_was_asked_for_is_kept_where_the_budget_has_room_for_it():
    half = PRESETS["baseline"].replace(subset=0.5)
    budget_s = 1.2 * estimate_s(scaled(half, 60, Throughput(4e9, 1e-3), **NUMBERS), Throughput(4e9, 1e-3), **NUMBERS)
    shares = [scaled(half.replace(subset=s), budget_s, Throughput(4e9, 1e-3), **NUMBERS).subset for s in (1.0, 0.5)]
    assert shares[0] == shares[1] < 0.5


def test_an_estimate_counts_the_pictures_of_the_recipe_s_split():
    printed = PRESETS["baseline"]
    official = printed.replace(split="official")
    by_its_own = estimate_s(printed, DEFAULT_THROUGHPUT, **NUMBERS)
    assert by_its_own == estimate_s(official, DEFAULT_THROUGHPUT, n_train=10_716, n_valid=2_678)
    assert by_its_own == pytest.approx(1.077 * estimate_s(official, DEFAULT_THROUGHPUT, **NUMBERS), rel=1e-3)


SMALL = {"n_train": 12, "n_valid": 3, "has_official": False}


@pytest.mark.parametrize(("n_train", "n_valid", "bs"), [(12, 3, 3), (39, 9, 9), (5, 1, 2), (63, 15, 15), (64, 16, 64)])
def test_batches_follow_a_set_that_cannot_fill_the_printed_ones(n_train: int, n_valid: int, bs: int):
    parts = {"n_train": n_train, "n_valid": n_valid, "has_official": False}
    recipe = fit_batch(PRESETS["baseline"], **parts)
    assert [phase.bs for phase in recipe.phases] == [bs]
    require_fit(recipe, **parts)
    assert recipe == PRESETS["baseline"].replace(phases=recipe.phases)


def test_only_the_phases_that_do_not_fit_are_changed():
    progressive = PRESETS["progressive"]
    assert [p.bs for p in progressive.phases] == [128, 64]
    assert [p.bs for p in fit_batch(progressive, n_train=100, n_valid=0).phases] == [20, 64]


def test_what_is_trained_on_is_the_split_s_share():
    baseline = PRESETS["baseline"].replace(split="official", subset=0.5)
    assert n_trained(baseline, n_train=21, n_valid=9) == 10
    assert n_trained(baseline, n_train=21, n_valid=9, has_official=False) == 12
    assert n_trained(baseline.replace(split="random20", subset=1.0), n_train=21, n_valid=9) == 24


@pytest.mark.parametrize("budget_s", [5, 10, 60, 3600])
def test_a_budget_on_fifteen_pictures_gives_a_recipe_that_fits_them_or_is_refused(budget_s: float):
    try:
        recipe = scaled(PRESETS["baseline"], budget_s, DEFAULT_THROUGHPUT, **SMALL)
    except RecipeError as refused:
        assert refused.field == "budget" and budget_s < 60
        return
    require_fit(recipe, **SMALL)


@pytest.mark.parametrize(
    ("parts", "words"),
    [
        (
            {"n_train": 12, "n_valid": 3},
            "a batch of 64 needs at least as many .* got 12; choose a batch size of at most 12",
        ),
        ({"n_train": 1, "n_valid": 1}, "at least 2 to train on and 1 to validate on are needed, got 1 and 1"),
        ({"n_train": 4, "n_valid": 0}, "got 4 and 0; add pictures"),
    ],
)
def test_a_set_that_is_too_small_is_refused(parts: dict[str, int], words: str):
    with pytest.raises(RecipeError, match=words):
        require_fit(PRESETS["baseline"].replace(split="official"), **parts)


@pytest.mark.parametrize(
    ("share", "changes", "is_some"),
    [(0.004, {}, False), (0.006, {}, True), (0.004, {"resplit": True, "split": "random20"}, True), (0.0, {}, True)],
)
def test_label_noise_that_makes_no_label_wrong_is_refused(share: float, changes: dict, is_some: bool) -> None:
    """Of 90 training pictures, and with a new split in every phase of all 130."""
    recipe = PRESETS["baseline"].replace(label_noise=share, split="official").replace(**changes)
    with contextlib.nullcontext() if is_some else pytest.raises(RecipeError, match=r"0\.4\s% of 90 pictures"):
        require_fit(recipe, n_train=90, n_valid=40)
