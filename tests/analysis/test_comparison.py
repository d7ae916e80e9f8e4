"""Runs, printed tables and recordings become comparable items, and the printed figures stay unchanged."""

import csv
import dataclasses
import io
import json
import statistics
from datetime import UTC, datetime

import pytest

from sota_core import paths
from sota_core.analysis.comparison import (
    PUBLISHED,
    RECORDED,
    from_published,
    from_recording,
    from_run,
    groups,
    with_answers,
)
from sota_core.analysis.export import as_csv, as_json
from sota_core.analysis.noise import pooled_sd
from sota_core.analysis.series import Series
from sota_core.published import experiments
from sota_core.recipes import PRESETS, Phase, Recipe
from sota_core.runs.recordings.recording import Recording, shipped
from sota_core.runs.recordings.replay import run_at
from tests.analysis.compared_items import BASE, item

SHARED = paths.ROOT.parent / "shared" / "data" / "published_results.json"


@pytest.mark.skipif(not SHARED.exists(), reason="the shared copy of the published tables is not beside this checkout")
def test_every_printed_figure_that_is_compared_equals_the_shared_table():
    for printed in json.loads(SHARED.read_text())["experiments"]:
        shown = from_published(experiments()[printed["id"]])
        rows = [row for phase in printed["phases"] for row in phase["rows"]]
        names = ("epoch", "train_loss", "valid_loss", "accuracy", "seconds")
        assert [{n: getattr(row, n) for n in names} for row in shown.epochs] == rows
        assert shown.accuracy == rows[-1]["accuracy"] and shown.seconds == sum(row["seconds"] for row in rows)
        assert shown.tta_accuracy == printed.get("tta_accuracy") and shown.precision == printed["precision"]
        assert [(p.size, p.bs, p.lr) for p in shown.recipe.phases] == [
            (p["size"], p["bs"], p["lr"]) for p in printed["phases"] if "frozen" not in p["method"]
        ]


def test_a_printed_table_has_the_recipe_that_does_what_its_text_does():
    shown = from_published(experiments()["notes/progressive"])
    assert shown.recipe == PRESETS["progressive"].replace(resplit=True, loader="files")
    assert shown.seed is None and shown.leaks and not shown.is_live
    assert from_published(experiments()["book/normalize"]).recipe.precision == "fp32"


def test_plain_cross_entropy_is_not_told_from_a_smoothed_loss():
    smoothed = from_published(experiments()["notes/label-smoothing"])
    assert all(row.valid_ce is None for row in smoothed.epochs)


def test_equal_but_for_the_seed_is_one_group_with_mean_and_spread():
    items = [item("a", accuracies=(0.5, 0.6)), item("b", BASE.replace(width=1.0))]
    items += [item(f"s{i}", BASE.replace(seed=i), (0.5, 0.6 + i / 100)) for i in (1, 2)]
    first, second = groups(items)
    assert [m.id for m in first.members] == ["a", "s1", "s2"] and second.number == 2
    assert first.mean("accuracy") == pytest.approx(statistics.fmean([0.6, 0.61, 0.62]))
    assert first.sd("accuracy") == pytest.approx(statistics.stdev([0.6, 0.61, 0.62]))
    assert second.sd("accuracy") is None


def test_runs_of_one_seed_are_one_value_their_mean():
    both = [item("a", accuracies=(0.6,), tta=0.7), item("b", accuracies=(0.64,), tta=0.7)]
    (group,) = groups(both)
    assert group.values("accuracy") == pytest.approx([0.62]) and group.sd("accuracy") is None
    (group,) = groups([*both, item("c", BASE.replace(seed=1), (0.7,))])
    assert group.values("accuracy") == pytest.approx([0.62, 0.7]) and group.values("tta_accuracy") == [0.7]


def test_a_run_under_way_counts_in_no_mean():
    (both,) = groups([item("a"), item("b", BASE.replace(seed=1), (0.9,), state="running")])
    assert both.values("accuracy") == [0.6] and len(both.members) == 2


@pytest.mark.parametrize("name", ["data", "code"])
def test_other_pictures_or_other_code_are_another_group(name: str):
    def of(id: str, print: str | None, seed: int, recipe: Recipe = BASE):
        return dataclasses.replace(item(id, recipe.replace(seed=seed)), **{name: print})

    items = [of("a", "d1", 1), of("b", "d2", 2), of("c", None, 3), of("d", "d2", 4)]
    assert [[m.id for m in group.members] for group in groups(items)] == [["a", "c"], ["b", "d"]]
    assert [getattr(group, name) for group in groups(reversed(items))] == ["d2", "d1"]


def test_the_time_is_that_of_each_device():
    slow, fast = item("a", device="CPU"), item("b", BASE.replace(seed=1), device="H200", seconds=0.1)
    (group,) = groups([slow, fast, item("c", BASE.replace(seed=2), device="CPU", seconds=12.0)])
    assert group.times == pytest.approx({"CPU": 33.0, "H200": 0.3})


def test_two_texts_tables_of_one_recipe_stay_two():
    assert len(groups(from_published(e) for e in experiments().values())) == len(experiments())


def test_the_pooled_spread_is_that_of_the_samples_around_their_own_means():
    assert pooled_sd([[1.0], [2.0]]) is None
    sd, freedom = pooled_sd([[0.0, 0.2], [0.5, 0.5, 0.5]]) or (0, 0)
    assert freedom == 3 and sd == pytest.approx((0.02 / 3) ** 0.5)


def test_csv_holds_every_epoch_every_view_and_the_end():
    found = list(csv.DictReader(io.StringIO(as_csv([item("a", tta=0.7)]))))
    assert [r["row"] for r in found] == ["epoch"] * 3 + ["tta"] * 2 + ["final"]
    assert [r["seconds"] for r in found[:3]] == ["10.0", "20.0", "30.0"]
    assert found[4]["accuracy"] == "0.7" and found[5]["accuracy"] == "0.6"


def test_a_folder_that_begins_like_a_formula_is_no_formula_in_a_spreadsheet():
    assert ",'=cmd," in as_csv([item("a", BASE.replace(source="=cmd"))])
    for label in ("=cmd", "  =cmd", "\t=cmd", "＝cmd"):
        (row, *_) = csv.DictReader(io.StringIO(as_csv([item("a", label=label)]), newline=""))
        assert row["label"] == f"'{label}"


def test_files_do_not_tell_where_a_folder_lies():
    items = [item("a", BASE.replace(source="/srv/class/birds"))]
    assert "/srv" not in as_csv(items) + as_json(items) and "birds" in as_csv(items)


def test_json_brings_recipes_back_and_invents_no_seed_for_the_print():
    kept = json.loads(as_json([item("a"), from_published(experiments()["notes/mixup"])], base="a"))
    assert kept["base"] == "a" and kept["compared"][0]["recipe"] == json.loads(BASE.to_json())
    assert kept["compared"][1]["kind"] == PUBLISHED and kept["compared"][1]["recipe"]["seed"] is None
    assert [row["accuracy"] for row in kept["compared"][0]["epochs"]] == [0.4, 0.5, 0.6]


def test_a_recording_tells_what_its_run_told(events):
    told = tuple(e for e in events if e["kind"] != "log")
    at = datetime(2026, 11, 22, tzinfo=UTC)
    recording = Recording("first", BASE, "a card", "fp16", at, {}, told)
    shown = from_recording(recording, "recorded")
    assert (shown.id, shown.kind, shown.device, shown.seed) == ("rec:first", RECORDED, "a card", BASE.seed)
    assert [row.accuracy for row in shown.epochs] == pytest.approx([0.4, 0.5, 0.6])
    assert (shown.accuracy, shown.tta_accuracy, shown.n) == (pytest.approx(0.6), pytest.approx(0.62), 200)
    assert shown.seconds_at[-1] == pytest.approx(3 * 61.4)


@pytest.mark.parametrize("phase", [0, 1])
def test_a_run_leaks_from_its_second_split_on(phase: int):
    recorded = next(iter(shipped().values()))
    two = BASE.replace(split="random20", resplit=True, phases=(Phase(64), Phase(128)))
    run = dataclasses.replace(run_at(recorded, recorded.duration_s), recipe_json=two.to_json())
    series = Series(epochs=(dataclasses.replace(item("a").epochs[0], phase=phase),))
    assert from_run(run, series, "x").leaks == bool(phase)


def test_a_run_leaks_whose_start_had_been_trained_on_what_it_validates_on():
    recorded = next(iter(shipped().values()))
    start = BASE.replace(arch="xresnet18", width=0.1875, pretrained="sample")
    for split, leaks in (("random20", True), ("official", False)):
        recipe = start.replace(split=split)
        run = dataclasses.replace(run_at(recorded, recorded.duration_s), recipe_json=recipe.to_json())
        assert from_run(run, Series(), "x").leaks is leaks
        assert from_recording(dataclasses.replace(recorded, recipe=recipe), "x").leaks is leaks


def test_a_run_is_compared_with_the_loader_that_it_used():
    recorded = next(iter(shipped().values()))
    assert from_run(run_at(recorded, recorded.duration_s), Series(loader="files"), "x").loader == "files"


def test_every_recording_that_comes_with_the_app_can_be_compared():
    for recording in shipped().values():
        shown = from_recording(recording, "x")
        assert shown.id == f"rec:{recording.id}" and shown.epochs and shown.device == recording.device
        assert shown.accuracy == recording.summary["accuracy"] and not shown.is_live


def test_a_run_that_was_stopped_stands_behind_those_that_have_left_answers():
    found = [
        item("a", Recipe(), state="cancelled"),
        item("b", Recipe()),
        item("c", Recipe(), state="running"),
        item("d", Recipe()),
    ]
    assert [i.id for i in with_answers(found)] == ["b", "d", "a"]
