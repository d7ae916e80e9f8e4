"""With few pictures a recipe gets enough steps, batches that can be filled, and three techniques."""

import pytest

from sota_core.recipes import DEFAULT_THROUGHPUT, estimate_s
from sota_core.recipes.draft import Pictures
from sota_core.recipes.few import EPOCHS, SEEN, for_few
from sota_core.recipes.scaling import require_fit


@pytest.mark.parametrize("n", [2, 4, 12, 16, 30, 45, 75, 500])
def test_it_can_be_started_on_any_few_pictures(n: int):
    pictures = Pictures("x", n, max(1, n // 4))
    recipe = for_few(pictures)
    require_fit(recipe, **pictures.parts)
    assert recipe.mixup_alpha and recipe.label_smoothing and recipe.tta_n
    assert EPOCHS[0] <= recipe.total_epochs <= EPOCHS[1]


@pytest.mark.parametrize("n_classes", [2, 3, 4, 5])
def test_a_set_of_the_camera_takes_about_half_a_minute_on_two_cores_and_sees_enough(n_classes: int):
    pictures = Pictures("x", 15 * n_classes, 5 * n_classes)
    recipe = for_few(pictures)
    assert recipe.total_epochs == EPOCHS[1] or 0.9 * SEEN < recipe.total_epochs * pictures.n_train <= SEEN
    assert estimate_s(recipe, DEFAULT_THROUGHPUT, n_train=pictures.n_train, n_valid=pictures.n_valid) < 45


def test_without_a_split_of_its_own_a_fifth_is_held_out():
    assert for_few(Pictures.counted("x", 40, None)).split == "random20"
