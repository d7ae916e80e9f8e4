"""The tooltip: every line's value at one epoch or one second, none missing, none from later."""

import itertools

import pytest

from sota_core.analysis.comparison import from_published, groups
from sota_core.figures.frames import Knob, along, now
from sota_core.figures.runs import moments
from sota_core.figures.runs.compared import ACCURACY, EPOCHS, LOSS, SECONDS, curves, mean_line, role_of
from sota_core.published import experiments
from tests.analysis.compared_items import BASE, item
from tests.figures.templates import slots_of


def pair() -> list:
    long = item("b", BASE.replace(width=1.0), (0.3, 0.45, 0.62, 0.7, 0.8), label="wide")
    return groups([item("a", label="narrow"), long])


def test_at_each_epoch_every_run_says_its_value() -> None:
    rows = curves(pair()).datasets["moments"]
    assert [row["x"] for row in rows] == [1, 2, 3, 4, 5] and [row["when"] for row in rows] == ["1", "2", "3", "4", "5"]
    assert [row["v1"] for row in rows[:3]] == [
        "40.00\u00a0% · narrow",
        "50.00\u00a0% · narrow",
        "60.00\u00a0% · narrow",
    ]
    assert rows[3]["v1"] == rows[4]["v1"] == "60.00\u00a0% · narrow (ended)"
    assert [row["v2"].split(" ·")[0] for row in rows] == [
        "30.00\u00a0%",
        "45.00\u00a0%",
        "62.00\u00a0%",
        "70.00\u00a0%",
        "80.00\u00a0%",
    ]


def test_a_run_under_way_has_not_ended() -> None:
    live = item("b", BASE.replace(width=1.0), (0.3, 0.45), state="running", label="live")
    found = groups([item("a"), live])
    last = curves(found).datasets["moments"][-1]
    assert last["v2"] == "45.00\u00a0% · live"
    lines = {group.number: mean_line(group, EPOCHS, ACCURACY) for group in found}
    going = {group.number for group in found if group.is_live}
    assert dict(dict(moments.steps(lines, going, is_time=False, is_share=True))["3"])[2] == "45.00\u00a0% · live"


def test_at_a_second_a_run_says_what_it_had_reached_by_then() -> None:
    slow = item("b", BASE.replace(width=1.0), (0.3, 0.45), seconds=25.0, label="slow")
    rows = {row["x"]: row for row in curves(groups([item("a", label="fast"), slow]), by=SECONDS).datasets["moments"]}
    assert sorted(rows) == [10, 20, 25, 30, 50] and rows[25]["when"] == "0:25"
    assert rows[10]["v2"] == rows[20]["v2"] == "–" and rows[25]["v1"] == "50.00\u00a0% · fast"
    assert rows[30]["v2"] == "30.00\u00a0% · slow" and rows[50]["v1"] == "60.00\u00a0% · fast (ended)"


def test_the_strips_leave_no_gap_between_the_axis_ends() -> None:
    rows = curves(pair(), by=SECONDS).datasets["moments"]
    assert rows[0]["x0"] == 0 and all(a["x1"] == b["x0"] for a, b in itertools.pairwise(rows))
    assert all(row["x0"] <= row["x"] < row["x1"] for row in rows)


@pytest.mark.parametrize("what", ["accuracy", LOSS])
def test_a_point_under_the_pointer_says_all_of_them_too(what: str) -> None:
    figure = curves(pair(), what=what)
    at = {row["x"]: row for row in figure.datasets["moments"]}
    for hit in figure.datasets["hits"]:
        assert (hit["v1"], hit["v2"]) == (at[hit["x"]]["v1"], at[hit["x"]]["v2"])
    fields = [tip["field"] for layer in figure.spec["layer"] for tip in layer["encoding"].get("tooltip", [])]
    assert fields.count("v1") == fields.count("v2") == 2  # in the strips and in the points
    if what == LOSS:
        assert at[1]["v1"] == "1.600 · narrow"


def test_a_line_without_a_value_says_nothing() -> None:
    found = groups([item("a"), from_published(experiments()["notes/label-smoothing"])])
    rows = curves(found, what=LOSS).datasets["moments"]
    assert {row["v2"] for row in rows} == {"–"} and len(rows) == 3


@pytest.mark.parametrize("what", [ACCURACY, LOSS])
@pytest.mark.parametrize("by", [EPOCHS, SECONDS])
def test_every_step_of_the_slider_says_what_the_pointer_shows(by: str, what: str) -> None:
    found = pair()
    lines = {group.number: mean_line(group, by, what) for group in found}
    steps = moments.steps(lines, is_time=by == SECONDS, is_share=what == ACCURACY)
    pointed = {row["when"]: row for row in curves(found, by=by, what=what).datasets["moments"]}
    assert [when for when, _ in steps] == list(pointed) and len(steps) == 5
    knob = Knob("moment", "compare.moment", tuple(pointed), is_choice=True)
    at = {"of": steps, "moment": knob.values[0]}
    columns = along(knob, at, (moments.lines_at,))
    for i, when in enumerate(knob.values):
        shown = now(at, (moments.lines_at,)) | {slot: column[i] for slot, column in columns.items()}
        assert (shown["moment"], shown["v1"], shown["v2"]) == (when, pointed[when]["v1"], pointed[when]["v2"])
        assert moments.told_at(steps, when)["said"] == f"{when}: 1. {shown['v1']}; 2. {shown['v2']}"
    template = moments.template({group.number: role_of(group, "b") for group in found}, is_time=by == SECONDS)
    assert slots_of(template) == {"moment", "v1", "v2"}
