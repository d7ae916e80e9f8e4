"""Fine-tuning on the page Normalization: links set the recipes that were measured, and sentences say what was
measured.
"""

import json
from pathlib import Path

import pytest

from pages.parts.normalization import fine_tuning as page
from sota_core.data.sets.catalog import SOURCES
from sota_core.inference.fine_tuning import ARMS, EPOCHS, Arm, FineTuning, stored
from sota_core.recipes import DEFAULT_THROUGHPUT
from sota_core.recipes.draft import Pictures, address, compose

PRINTS = Pictures("prints", SOURCES["prints"].n_train, SOURCES["prints"].n_valid)
FOUND = FineTuning(
    {
        "random": Arm((0.60, 0.70), (0.15, 0.25)),
        "right": Arm((0.80, 0.84), (0.40, 0.60)),
        "wrong": Arm((0.81, 0.80), (0.10, 0.20)),
    },
    300,
    "a machine",
    "bf16",
    "2026-11-26",
)


@pytest.mark.parametrize("arm", page.LINKS)
def test_a_link_leads_to_the_recipe_that_was_measured(arm: str) -> None:
    draft = compose(address(ARMS[arm], "prints"), PRINTS, DEFAULT_THROUGHPUT)
    assert draft.problem == "" and draft.recipe is not None
    assert draft.recipe.replace(preset="custom") == ARMS[arm]


def test_arms_differ_in_the_start_and_the_statistics_alone() -> None:
    random, right, wrong = (ARMS[name] for name in ("random", "right", "wrong"))
    assert right.replace(normalize="none") == wrong
    assert right.replace(pretrained="none", normalize="dataset") == random
    assert {recipe.total_epochs for recipe in ARMS.values()} == {EPOCHS}


def test_the_sentences_are_the_numbers() -> None:
    said = page.finding(FOUND)
    assert "+17.0 points over random weights on average; +14.0 to +20.0 depending on the seed." in said
    assert "After one epoch 15.0\u00a0% instead of 50.0\u00a0%, where guessing gives 17\u00a0%" in said
    assert (
        f"after {EPOCHS} epochs the difference is −1.5 points, or −4.0 to +1.0 depending on the seed." in said
        and "fine_tune" not in said
    )
    assert (
        "| the app's small net | none | `fit_one_cycle` | 15.0\u00a0% | **80.5\u00a0%** | 80.0 to 81.0 |"
        in page.rows(FOUND, page.ROWS)
    )


def test_a_difference_is_that_of_the_numbers_in_the_table() -> None:
    found = stored()
    said, table = page.finding(found), page.rows(found, page.ROWS)
    assert all(f"**{shown}\u00a0%**" in table for shown in ("86.6", "82.6", "78.2", "66.6"))
    assert "one rate for all layers is 8.4 points better" in said  # 86.6 − 78.2; the unrounded means would give 8.3
    assert "+20.0 points over random" in said and "the difference is −4.0 points" in said


def test_what_ships_holds_every_arm_with_three_seeds_and_its_own_figures() -> None:
    found = stored()
    assert list(found.arms) == list(ARMS) and found.n_valid == PRINTS.n_valid
    assert all(len(arm.accuracies) == 3 for arm in found.arms.values())
    # assumed by the sentence on the page
    assert min(found.arms["right"].accuracies) > max(found.arms["random"].accuracies)
    assert found.arms["wrong"].mean_first < found.arms["right"].mean_first


def test_a_file_is_read_by_arm_in_its_order(tmp_path: Path) -> None:
    rows = [{"arm": arm, "seed": s, "accuracy": s / 10, "epochs": [0.1, s / 10]} for arm in "ab" for s in (1, 2)]
    file = tmp_path / "found.json"
    file.write_text(json.dumps({"n_valid": 9, "device": "d", "precision": "fp32", "date": "today", "rows": rows}))
    assert stored(file).arms == {name: Arm((0.1, 0.2), (0.1, 0.1)) for name in "ab"}
