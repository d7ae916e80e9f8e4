"""A room's list: which runs are compared with its baseline."""

import dataclasses

from sota_core.analysis.room_board import BASELINE_LEAKS, LEAK, OTHER_PICTURES, board_rows
from sota_core.recipes import Recipe
from sota_core.runs.recordings.recording import shipped
from sota_core.runs.recordings.replay import run_at
from sota_core.runs.run import Run


def made(id: str, recipe: Recipe) -> Run:
    recorded = next(iter(shipped().values()))
    ended = run_at(recorded, recorded.duration_s)
    return dataclasses.replace(ended, id=id, recipe_json=recipe.to_json())


def test_a_run_whose_start_knew_the_pictures_is_not_compared_with_one_from_random_weights():
    for split, leaks in (("official", False), ("random20", True)):
        scratch = Recipe(arch="xresnet18", width=0.1875, split=split)
        base, started = made("a", scratch), made("b", scratch.replace(pretrained="sample"))
        row = board_rows([started], base)[0]
        assert (row.otherwise, row.change is None) == (LEAK if leaks else "", leaks)
        row = board_rows([base], started)[0]
        assert (row.otherwise, row.change is None) == (BASELINE_LEAKS if leaks else "", leaks)
    other = made("c", scratch.replace(split="official"))
    assert board_rows([other], base)[0].otherwise == OTHER_PICTURES  # the split comes first
    assert board_rows([base], base)[0].otherwise == ""
