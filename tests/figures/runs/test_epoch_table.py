"""The table of epochs, column for column as fastai prints it."""

from sota_core.analysis.series import Series
from sota_core.figures.runs.epoch_table import COLUMNS, epoch_table, markdown, phase_names
from sota_core.published import experiments
from sota_core.recipes import PRESETS, Phase, Recipe


def test_the_book_s_baseline_is_printed_as_in_the_book() -> None:
    table = epoch_table(experiments()["book/baseline"].rows)
    assert list(table[-1].values()) == ["4", "0.585707", "0.541810", "0.825243", "01:03"]


def test_a_run_s_rows_have_the_same_columns(series: Series) -> None:
    assert all(tuple(row) == COLUMNS for row in epoch_table(series.epochs, n_epochs=5))


def test_epochs_to_come_are_dashes_so_that_the_table_keeps_its_height(series: Series) -> None:
    table = epoch_table(series.epochs, n_epochs=5)
    assert len(table) == 5 and set(table[4].values()) == {"–"} and table[2]["epoch"] == "2"


def test_the_markdown_table_has_a_header_a_rule_and_the_rows(series: Series) -> None:
    lines = markdown(epoch_table(series.epochs)).splitlines()
    assert len(lines) == 2 + 3 and lines[0].count("|") == lines[1].count("|") == lines[2].count("|")


def test_every_epoch_of_several_phases_says_which_it_is_of(series: Series) -> None:
    recipe = Recipe(phases=(Phase(size=128, n_epochs=2), Phase(size=224, n_epochs=2, method="fine_tune")))
    table = epoch_table(series.epochs, recipe.total_epochs, phase_names(recipe))
    named = ["1: 128 px", "1: 128 px", "2: 224 px, warm-up", "2: 224 px", "2: 224 px"]
    assert [row["phase"] for row in table] == named and table[4]["accuracy"] == "–"
    head, rule, first, *_ = markdown(table).splitlines()
    assert head.startswith("|phase | epoch | train_loss") and rule.startswith("|:---|---:") and "1: 128 px" in first


def test_a_phase_has_as_many_names_as_epochs_and_one_kind_of_epoch_has_none() -> None:
    for recipe in PRESETS.values():
        assert len(phase_names(recipe)) in (0, recipe.total_epochs)
    assert phase_names(PRESETS["baseline"]) == []
    assert "warm-up" in phase_names(Recipe(phases=(Phase(method="fine_tune"),)))[0]
    started = Recipe(phases=(Phase(method="fine_tune"),), arch="xresnet18", width=0.1875, pretrained="sample")
    assert phase_names(started)[0].endswith(", body frozen")
