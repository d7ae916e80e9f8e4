"""Reasons why a run differs from a printed result follow from its recipe: each is given where it applies, and nowhere
else.
"""

import dataclasses

import pytest

from sota_core.analysis.comparison import printed_recipe
from sota_core.analysis.reasons import reasons, table_of
from sota_core.published import experiments, three_seeds, two_runs
from sota_core.recipes import DEFAULT_THROUGHPUT, FIELDS, PRESETS, PUBLISHED_IDS, TECHNIQUES, Phase, Recipe, scaled
from tests.analysis.compared_items import item

ALWAYS = {"Another machine", "One run each"}


def titles(recipe: Recipe) -> set[str]:
    of = table_of(recipe)
    assert of is not None
    return {r.title for r in reasons(item("a", recipe), of)}


def test_a_run_of_the_printed_recipe_has_only_what_nobody_can_take_away():
    exact = printed_recipe(experiments()["book/progressive"])  # fp32, like `item`
    assert titles(exact) == {*ALWAYS, "Another fifth", "Nothing is frozen, in either", "Perhaps 1000 outputs"}


def test_a_run_that_starts_from_a_net_says_so_and_freezes():
    exact = printed_recipe(experiments()["book/progressive"])
    started = titles(exact.replace(arch="xresnet18", width=0.1875, pretrained="sample"))
    assert "It does not begin at random" in started and "Nothing is frozen, in either" not in started


@pytest.mark.parametrize(
    ("changes", "title"),
    [
        ({"split": "official", "resplit": False}, "Another validation set"),
        ({"resplit": False}, "The printed result leaks"),
        ({"source": "imagenette2-160"}, "Smaller files"),
        ({"source": "sample"}, "Other pictures"),
        ({"width": 0.5}, "A smaller experiment"),
        ({"subset": 0.5}, "A smaller experiment"),
        ({"mixup_alpha": 0.4}, "Other knobs"),
        ({"loader": "cache"}, "Resampling"),
    ],
)
def test_each_reason_stands_with_the_setting_that_makes_it(changes, title):
    exact = printed_recipe(experiments()["book/progressive"])
    assert title not in titles(exact) and title in titles(exact.replace(**changes))


def test_a_run_without_room_for_the_cache_resamples_as_the_print_does():
    of = experiments()["book/progressive"]
    asked = item("a", printed_recipe(of).replace(loader="cache"))
    used = {name: reasons(dataclasses.replace(asked, loader=name), of) for name in ("", "cache", "files")}
    assert {name: "Resampling" in {r.title for r in found} for name, found in used.items()} == {
        "": True,  # a run of an older version does not say: then what it was asked for counts
        "cache": True,
        "files": False,
    }


@pytest.mark.parametrize(
    "changes", [{"phases": (Phase(size=128, n_epochs=80),)}, {"phases": (Phase(size=256, n_epochs=2),)}, {"width": 2.0}]
)
def test_what_is_larger_than_the_print_is_not_called_smaller(changes: dict) -> None:
    found = titles(printed_recipe(experiments()["notes/mixup"]).replace(**changes))
    assert "An experiment of another size" in found and "A smaller experiment" not in found


def test_a_share_below_one_percent_is_not_called_none() -> None:
    exact = printed_recipe(experiments()["notes/normalize"])
    few = exact.replace(subset=0.004, phases=tuple(dataclasses.replace(p, bs=128) for p in exact.phases))
    (found,) = [r for r in reasons(item("a", few), experiments()["notes/normalize"]) if "smaller" in r.title]
    assert found.text == "Yours trains 0.4\u00a0% of the training pictures; batches of 128 instead of 64."


def test_other_batches_alone_make_no_experiment_smaller() -> None:
    exact = printed_recipe(experiments()["notes/normalize"])
    other = exact.replace(phases=tuple(dataclasses.replace(p, bs=128) for p in exact.phases))
    assert titles(other) - titles(exact) == {"A different setup"}


@pytest.mark.parametrize("name", TECHNIQUES)
def test_a_technique_that_the_print_does_not_have_is_told_with_both_values(name):
    exact, field = printed_recipe(experiments()["notes/baseline-fp32"]), FIELDS[name]
    on = "batch" if field.kind == "choice" else 0.5
    (said,) = [r.text for r in reasons(item("a", exact.replace(**{name: on})), experiments()["notes/baseline-fp32"])
               if r.title == "Other knobs"]  # fmt: skip
    assert f"{field.label} {on} instead of {field.default or 0}".lower() in said.lower()


def test_a_label_keeps_its_capitals_inside_a_sentence_only_where_it_has_more_than_one():
    recipe = printed_recipe(experiments()["notes/baseline-fp32"]).replace(cutmix_alpha=1.0, label_noise=0.1)
    (said,) = [r.text for r in reasons(item("a", recipe), experiments()["notes/baseline-fp32"]) if "Other" in r.title]
    assert said == "You have changed: CutMix α 1 instead of 0; label noise 0.1 instead of 0."


def test_only_the_leak_is_taken_away_by_resplit():
    of = experiments()["notes/all"]
    found = [r for r in reasons(item("a", PRESETS["all"]), of) if r.resplit]
    assert [r.title for r in found] == ["The printed result leaks"] and "four fifths" in found[0].text


def test_precision_is_that_of_the_run_and_not_that_of_the_wish():
    assert "Precision" in titles(PRESETS["mixup"])  # printed in fp16; `item` computed in fp32
    assert "Precision" not in titles(PRESETS["baseline"])


@pytest.mark.parametrize("name", PUBLISHED_IDS)
def test_a_thousand_outputs_are_a_reason_only_where_the_notes_leave_n_out(name):
    assert ("1000 outputs" in titles(PRESETS[name])) == (name in ("mixup", "label_smoothing", "all"))


@pytest.mark.parametrize("id", experiments())
def test_of_the_book_s_figures_it_is_said_that_their_outputs_cannot_be_told(id):
    of = experiments()[id]
    found = [r.text for r in reasons(item("a", printed_recipe(of)), of) if r.title == "Perhaps 1000 outputs"]
    assert ["nobody can tell which net" in text for text in found] == [True] * (of.source == "book")


def test_a_net_of_a_thousand_outputs_starts_at_a_larger_loss():
    (found,) = [r for r in reasons(item("a", PRESETS["mixup"]), experiments()["notes/mixup"]) if "outputs" in r.title]
    assert "ln 1,000 = 6.9" in found.text and "ln 10 = 2.3" in found.text and "floor" not in found.text


def test_a_thousand_outputs_move_the_floor_of_a_smoothed_loss():
    (found,) = [r for r in reasons(item("a", PRESETS["label_smoothing"]), experiments()["notes/label-smoothing"])
                if r.title == "1000 outputs"]  # fmt: skip
    assert "0.500 with ten outputs and 1.015 with a thousand" in found.text


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("progressive_fp32", "79.8\u00a0% to 56.6\u00a0%"),
        ("progressive", "79.5\u00a0% to 67.0\u00a0%"),
        ("all", "87.5\u00a0% to 78.9\u00a0%"),
    ],
)
def test_what_the_warm_up_did_is_told_of_the_printed_run_alone(name, moved):
    of = table_of(PRESETS[name])
    (found,) = [r for r in reasons(item("a", PRESETS[name]), of) if "frozen" in r.title]
    assert f"the printed accuracy goes from {moved} in it" in found.text and "both curves" not in found.text


def test_what_chance_does_is_told_with_our_own_seeds():
    last = reasons(item("a", PRESETS["baseline"]), experiments()["notes/baseline-fp32"])[-1]
    assert two_runs() in last.text and three_seeds() in last.text


def test_a_scaled_recipe_says_what_was_scaled():
    small = scaled(PRESETS["mixup"].replace(source="sample"), 60, DEFAULT_THROUGHPUT, n_train=1500, n_valid=500)
    (found,) = [r for r in reasons(item("a", small), experiments()["notes/mixup"]) if "smaller" in r.title.lower()]
    assert "xresnet18 of width 0.5 instead of xresnet50" in found.text and "instead of 15" in found.text


@pytest.mark.parametrize("name", PUBLISHED_IDS)
def test_every_preset_has_its_table_and_a_recipe_of_ones_own_has_none(name):
    of = table_of(PRESETS[name])
    assert of is not None and of.id == PUBLISHED_IDS[name] and reasons(item("a", PRESETS[name]), of)
    assert table_of(Recipe()) is None
