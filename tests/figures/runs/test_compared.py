"""Overlaid curves show the numbers they are given, by epochs or by seconds, and colours keep their meaning."""

import dataclasses
import itertools
import json

import pytest

from sota_core.analysis.comparison import from_published, from_recording, groups
from sota_core.figures import palette
from sota_core.figures.runs.compared import LOSS, SECONDS, apart, curves, marker_of
from sota_core.published import experiments
from sota_core.runs.recordings.recording import shipped
from tests.analysis.compared_items import BASE, item


def test_points_are_the_runs_epochs_and_seconds_add_up():
    found = groups([item("a", tta=0.7)])
    by_epoch, by_second = curves(found), curves(found, by=SECONDS)
    assert [(p["x"], p["y"]) for p in by_epoch.datasets["own"]] == [(1, 0.4), (2, 0.5), (3, 0.6)]
    assert [p["x"] for p in by_second.datasets["own"]] == [10, 20, 30]
    assert by_epoch.datasets["tta"][0]["y"] == 0.7 and "with TTA 70.0\u00a0%" in by_epoch.alt_text


def test_seeds_are_thin_lines_behind_their_mean():
    figure = curves(groups([item("a"), item("b", BASE.replace(seed=1), (0.5, 0.6, 0.8))]))
    assert [p["y"] for p in figure.datasets["own"]] == pytest.approx([0.45, 0.55, 0.7])
    assert len({p["line"] for p in figure.datasets["members"]}) == 2
    assert "mean of 2" in figure.datasets["own"][0]["what"]


def test_the_words_count_the_seeds_that_are_in_the_mean() -> None:
    done = [item("a"), item("b", BASE.replace(seed=1), (0.5, 0.6, 0.8))]
    live = item("c", BASE.replace(seed=2), (0.3,), state="running")
    assert curves(groups([*done, live])).alt_text.endswith("1 a: 70.0\u00a0%, mean of 2 seeds.")
    assert "mean of" not in curves(groups([done[0], live])).alt_text


def test_the_mean_line_is_that_of_the_runs_whose_accuracy_counts():
    """A seed that was stopped, or is under way, is drawn behind it and cuts nothing off."""
    done = [item("a", tta=0.7), item("b", BASE.replace(seed=1), (0.5, 0.6, 0.8), tta=0.9)]
    for state in ("cancelled", "failed", "running"):
        figure = curves(groups([*done, item("c", BASE.replace(seed=2), (0.1,), state=state)]))
        assert [p["y"] for p in figure.datasets["own"]] == pytest.approx([0.45, 0.55, 0.7])
        assert len(figure.datasets["members"]) == 7 and figure.datasets["tta"][0]["x"] == 3
    live = [item("a", state="running"), item("b", BASE.replace(seed=1), (0.5,), state="running")]
    assert [p["y"] for p in curves(groups(live)).datasets["own"]] == pytest.approx([0.45])


def test_a_seed_run_twice_weighs_no_more_in_the_mean_line():
    runs = [item("a"), item("again"), item("b", BASE.replace(seed=1), (0.5, 0.6, 0.8))]
    points = curves(groups(runs)).datasets["own"]
    assert [p["y"] for p in points] == pytest.approx([0.45, 0.55, 0.7]) and "mean of 2" in points[0]["what"]
    (point, *_) = curves(groups(runs[:2])).datasets["own"]
    assert "mean of" not in point["what"]


def test_seconds_of_two_devices_have_no_mean():
    runs = [item("a", device="CPU"), item("b", BASE.replace(seed=1), (0.5, 0.6, 0.8), device="H200", seconds=0.1)]
    runs += [item("c", BASE.replace(seed=2), (0.6, 0.6, 0.6), device="H200", seconds=0.3)]
    points = curves(groups(runs), by=SECONDS).datasets["own"]
    assert [p["x"] for p in points] == pytest.approx([0.2, 0.4, 0.6])
    assert [p["y"] for p in points] == pytest.approx([0.55, 0.6, 0.7])
    assert len(curves(groups(runs)).datasets["own"]) == 3


def test_what_is_printed_and_what_is_compared_with_is_grey():
    found = groups([item("a"), item("b", BASE.replace(width=1.0)), from_published(experiments()["notes/mixup"])])
    figure = curves(found, base="a")
    assert {p["number"] for p in figure.datasets["grey"]} == {"1", "3"}
    assert {p["number"] for p in figure.datasets["own"]} == {"2"}
    assert marker_of(found[0], "a").startswith(":gray[■") and marker_of(found[1], "a").startswith(":blue[◆")
    assert "1 a: 60.0\u00a0%; 2 b: 60.0\u00a0%; 3 notes: mixup: 87.6\u00a0%" in figure.alt_text


def test_lines_of_one_kind_have_each_a_colour_and_a_number_that_a_change_of_base_leaves():
    found = groups([item(f"r{i}", BASE.replace(width=w)) for i, w in enumerate((0.25, 0.5, 0.75, 1.0, 1.25))])
    data = curves(found).datasets
    roles = {p["number"]: p["role"] for p in data["own"]}
    assert len(set(roles.values())) == len(found) and {p["number"]: p["role"] for p in data["ends"]} == roles
    assert len({palette.ROLES[role].light for role in roles.values()}) == len(found)
    rebased = {p["number"]: p["role"] for p in curves(found, base="r1").datasets["own"]}
    assert rebased == {number: role for number, role in roles.items() if number != "2"}
    assert [marker_of(g, "") for g in found] == [
        f":{palette.ROLES[roles[str(g.number)]].markdown}[◆ **{g.number}**]" for g in found
    ]


def test_runs_that_differ_in_the_seed_alone_can_be_lines_of_their_own():
    items = [item("a", label="x"), item("b", BASE.replace(seed=1), label="x")]
    data = curves(groups(items, together=False)).datasets
    assert {p["number"]: p["role"] for p in data["own"]} == {"1": "valid", "2": "train"} and data["members"] == []
    together = curves(groups(items)).datasets
    assert {p["name"] for p in together["members"]} == {"x, seed 42", "x, seed 1"}
    assert {p["name"] for p in together["hits"]} >= {"x, seed 42", "x, seed 1"}


def test_a_printed_curve_is_the_printed_table():
    of = experiments()["notes/all"]
    points = curves(groups([from_published(of)]), by=SECONDS).datasets["grey"]
    assert [p["y"] for p in points] == [row.accuracy for row in of.rows]
    assert points[-1]["x"] == of.seconds


def test_the_loss_is_the_comparable_one_and_absent_where_nobody_knows_it():
    items = [item("a"), from_published(experiments()["notes/label-smoothing"])]
    figure = curves(groups(items), what=LOSS)
    assert [p["y"] for p in figure.datasets["own"]] == pytest.approx([1.6, 1.5, 1.4])
    assert figure.datasets["grey"] == [] and figure.datasets["tta"] == []


def test_nothing_chosen_and_nothing_reached_yet_are_empty_frames():
    assert "Nothing chosen" in curves([]).alt_text
    waiting = curves(groups([item("a", accuracies=(), state="queued")]))
    assert waiting.datasets["own"] == [] and "under way" in waiting.alt_text


def test_the_frame_does_not_change_while_epochs_come_in():
    short, long = (groups([item("a", accuracies=a, state="running")]) for a in ((0.4,), (0.4, 0.5, 0.6)))
    assert curves(short, by=SECONDS).spec == curves(long, by=SECONDS).spec
    json.dumps(curves(long).to_dict())


def test_numbers_do_not_lie_on_one_another():
    heights = sorted(apart([(1.0, 0.5), (1.0, 0.51), (0.99, 0.5), (1.0, 0.9)]))
    assert all(b - a >= 0.0499 for a, b in itertools.pairwise(heights))


@pytest.mark.parametrize("y", [1.0, 0.99, 0.9])
def test_numbers_at_the_top_stay_within_the_figure(y: float) -> None:
    """Eight runs that all end at the same accuracy, as happens with a few easy classes."""
    heights = sorted(apart([(1.0, y)] * 8))
    assert heights[0] >= 0 and heights[-1] <= 1
    assert all(b - a >= 0.0499 for a, b in itertools.pairwise(heights))


def test_the_number_of_a_loss_beyond_the_axis_stands_at_its_end() -> None:
    far = item("a", accuracies=(0.1, 0.1))
    far = dataclasses.replace(far, epochs=tuple(dataclasses.replace(row, valid_ce=40.0) for row in far.epochs))
    assert [end["y"] for end in curves(groups([far]), what=LOSS).datasets["ends"]] == [6.0]


def test_the_recordings_over_one_another_can_be_told_apart_without_their_numbers():
    found = groups([from_recording(one, name) for name, one in shipped().items()])
    figure = curves(found)
    assert len(found) > len(palette.LINES), "needs more runs than there are colours"
    (dash,) = {json.dumps(d["strokeDash"]) for d in _encodings(figure.spec) if "field" in d.get("strokeDash", {})}
    scale = json.loads(dash)["scale"]
    dashes = dict(zip(scale["domain"], map(tuple, scale["range"]), strict=False))
    looks = {(p["role"], dashes[p["style"]]) for rows in ("own", "thin") for p in figure.datasets[rows]}
    assert len(looks) == len(found)


def _encodings(spec: dict) -> list[dict]:
    layers = [layer for key in ("layer", "vconcat", "hconcat") for layer in spec.get(key, [])]
    return [spec.get("encoding", {}), *(e for layer in layers for e in _encodings(layer))]
