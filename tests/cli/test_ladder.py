"""`ladder`: the same ladder as the page's, queued once, with its verdicts as a table and as JSON."""

import json
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from sota_core.cli.main import main
from sota_core.errors import InputError
from sota_core.recipes import DEFAULT_THROUGHPUT
from sota_core.recipes.draft import Pictures, compose
from sota_core.recipes.ladder import RUNGS, SECONDS, TRAINED, planned, rung_of
from sota_core.runs import ladders
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.dispatch.supervision import Supervisor
from sota_core.runs.executors.inline import InlineExecutor
from sota_core.runs.states import LIVE
from sota_core.runs.store.reuse import pictures_now
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from sota_core.train.summary import Outcome

TINY = ["--set", "arch=xresnet18", "--set", "size=48", "--set", "bs=16", "--set", "n_epochs=3"]
# Accuracy of seed 1; seed 2 ends a point above it on every rung: a standard deviation of 0.7 points.
REACHED = {"baseline": 0.50, "normalize": 0.60, "progressive": 0.601, "mixup": 0.60, "smoothing": 0.50}
TTA_GAIN = 0.02


def stand_in(recipe, settings, *, emit, should_stop, out_dir):
    """A trainer that ends at once with the accuracy above."""
    accuracy = REACHED[rung_of(recipe) or ""] + 0.01 * (recipe.seed - 1)
    return Outcome(
        {
            "accuracy": accuracy,
            "tta_accuracy": accuracy + TTA_GAIN + 0.001 * recipe.seed,
            "n_valid": 500,
            "seconds": 61.0,
        }
    )


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Settings]:
    """Settings of a home for this test. The test holds the dispatcher's lock, so none is started and the queue
    stays.
    """
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    settings = load()
    held = take_file(settings)
    assert held is not None
    yield settings
    os.close(held)


@pytest.fixture
def started(home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture) -> str:
    """The name of a queued ladder with two seeds on the tiny pictures."""
    assert main(["ladder", "start", "--data", str(tiny_folder), *TINY]) == 0
    out, err = capsys.readouterr()
    assert "10 runs, about" in err
    return out.strip()


def work(settings: Settings) -> None:
    with Store(settings) as store:
        supervisor = Supervisor(store, InlineExecutor(settings, stand_in), settings)
        for _ in range(40):
            supervisor.tick()
            if not store.history.count(LIVE):
                return
    raise AssertionError("the queue did not empty")


def shown(name: str, capsys: pytest.CaptureFixture) -> dict:
    assert main(["ladder", "show", name, "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def test_every_rung_waits_with_every_seed_and_a_second_start_queues_nothing(
    started: str, home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture
):
    with Store(home) as store:
        runs = store.history.list_runs(limit=None)
    assert {(rung_of(run.recipe), run.recipe.seed) for run in runs} == {(r, s) for r in TRAINED for s in (1, 2)}
    assert {run.state for run in runs} == {"queued"} and {run.recipe.split for run in runs} == {"official"}
    assert main(["ladder", "start", "--data", str(tiny_folder), *TINY]) == 0
    assert capsys.readouterr().out.strip() == started
    with Store(home) as store:
        assert len(store.history.list_runs(limit=None)) == 10


def test_it_is_the_page_s_ladder(home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture):
    command = ["ladder", "start", "--data", str(tiny_folder), "--budget", "60", "--equal", SECONDS, "--seed", "4"]
    assert main(command) == 0
    name = capsys.readouterr().out.strip()
    pictures = Pictures(str(tiny_folder), 72, 24)
    draft = compose({"precision": "auto", "recipe": "baseline", "fit": "60"}, pictures, DEFAULT_THROUGHPUT)
    assert draft.recipe is not None
    recipes = planned(draft.recipe, pictures, [4, 5], DEFAULT_THROUGHPUT, equal=SECONDS)
    assert name == ladders.name_of(recipes, pictures_now(str(tiny_folder), home))


def test_a_finished_ladder_gives_each_rung_its_verdict(started: str, home: Settings, capsys: pytest.CaptureFixture):
    work(home)
    found = shown(started, capsys)
    assert (found["name"], found["is_live"], found["states"], found["n_valid"]) == (
        started, False, {"finished": 10}, 500,
    )  # fmt: skip
    rungs = found["rungs"]
    assert [rung["rung"] for rung in rungs] == [rung.name for rung in RUNGS]
    assert [rung["verdict"] for rung in rungs] == [None, "up", "noise", "up", "noise", "down"]
    assert [rung["mean"] for rung in rungs] == pytest.approx([0.505, 0.605, 0.606, 0.6275, 0.6265, 0.5265])
    assert rungs[1]["seeds"] == [1, 2] and rungs[1]["delta"] == pytest.approx(0.1)
    assert main(["ladder", "show", started]) == 0
    head, columns, *lines = capsys.readouterr().out.splitlines()
    assert head.startswith(f"{started}  complete    10 of 10 finished")
    assert columns.split() == ["rung", "accuracy", "step", "noise", "verdict", "training"]
    assert [line.partition("  ")[0] for line in lines] == [rung.title for rung in RUNGS]
    assert "60.5\u00a0% ± 0.7 (2)  +10.0  ± " in lines[1] and lines[1].endswith("up                1:01")
    assert "inside the noise" in lines[2] and lines[3].endswith("none")
    assert "  62.7\u00a0% " in lines[4] and "  52.6\u00a0% " in lines[5] and "−10.1" in lines[5], (
        "the step is the difference of the figures shown"
    )


def test_before_the_first_run_the_table_is_dashes(started: str, capsys: pytest.CaptureFixture):
    found = shown(started, capsys)
    assert found["is_live"] and {rung["mean"] for rung in found["rungs"]} == {None} and found["sd"] is None


def test_a_stopped_ladder_is_listed_and_goes_on_when_it_is_started_again(
    started: str, home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture
):
    assert main(["ladder", "stop", started]) == 0
    assert capsys.readouterr().out.startswith(f"{started}  ended early 0 of 10 finished")
    assert main(["ladder", "list", "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["is_live"], row["states"]) == (started, False, {"cancelled": 10})
    assert main(["ladder", "start", "--data", str(tiny_folder), *TINY]) == 0
    capsys.readouterr()
    work(home)
    assert main(["ladder", "list"]) == 0
    assert capsys.readouterr().out.startswith(f"{started}  complete    10 of 10 finished")


def test_the_operator_stops_a_ladder_of_somebody_else(home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture):
    assert main(["ladder", "start", "--data", str(tiny_folder), "--owner", "web-somebody", *TINY]) == 0
    assert main(["ladder", "stop", capsys.readouterr().out.strip()]) == 0
    with Store(home) as store:
        assert store.history.count(LIVE) == 0


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (["show", "0000000000"], 2, "none named '0000000000'"),
        (["stop", "0000000000"], 2, "none named '0000000000'"),
        (["start", "--recipe", "mixupp"], 2, "did you mean 'mixup'?"),
        (["start", "--seed", "-1"], 2, "seed: must be a whole number"),
        (["start", "--data", "FOLDER", *TINY[:-1], "n_epochs=2"], 2, "at least 3 epochs"),
        (["start", "--data", "FOLDER", *TINY, "--seeds", "3"], 1, "another ladder of yours is under way"),
    ],
)
def test_what_cannot_be_done_is_said_with_the_exit_code_of_its_kind(
    arguments: list[str], code: int, said: str, started: str, tiny_folder: Path, capsys: pytest.CaptureFixture
):
    assert main(["ladder", *(str(tiny_folder) if word == "FOLDER" else word for word in arguments)]) == code
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("arguments", [[], ["start", "--seeds", "6"], ["start", "--equal", "pictures"], ["show"]])
def test_a_command_line_that_is_none_ends_with_2(arguments: list[str], home: Settings):
    with pytest.raises(SystemExit) as caught:
        main(["ladder", *arguments])
    assert caught.value.code == 2


@pytest.mark.parametrize("changed", ["pictures", "code"])
def test_after_a_change_of_pictures_or_code_it_is_another_ladder(
    changed: str, home: Settings, tiny_folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture,
):  # fmt: skip
    folder = tmp_path / "pictures"
    shutil.copytree(tiny_folder, folder)
    assert main(["ladder", "start", "--data", str(folder), *TINY]) == 0
    started = capsys.readouterr().out.strip()
    with Store(home) as store:
        run = store.queue.claim()
        assert run is not None
        store.log.identify(run.id, run.attempt, data=pictures_now(str(folder), home))
    assert main(["ladder", "stop", started]) == 0
    with Store(home) as store:
        assert store.transitions.cancel(run.id, run.attempt)
    if changed == "pictures":
        next(folder.rglob("*.jpg")).rename(folder / "train" / "gone.txt")
    else:
        monkeypatch.setattr(ladders, "code_version", lambda: "of another day")
    with Store(home) as store:
        (old,) = ladders.ladders(store)
        data = pictures_now(str(folder), home)
        assert "have changed since this ladder was begun" in old.why_not_again(data)
        with pytest.raises(InputError, match="climb a new ladder"):
            ladders.again(store, "web", old, Pictures(str(folder), 72, 24), DEFAULT_THROUGHPUT, data)
    capsys.readouterr()
    assert main(["ladder", "start", "--data", str(folder), *TINY]) == 0
    name = capsys.readouterr().out.strip()
    assert name != started
    with Store(home) as store:
        assert {ladder.name: len(ladder.runs) for ladder in ladders.ladders(store)} == {started: 10, name: 10}


def test_a_ladder_goes_on_where_one_of_its_runs_was_removed(started: str, home: Settings, tiny_folder: Path):
    assert main(["ladder", "stop", started]) == 0
    with Store(home) as store:
        (ladder,) = ladders.ladders(store)
        store.history.delete(ladder.runs[0].id)
        (ladder,) = ladders.ladders(store)
        data, on = pictures_now(str(tiny_folder), home), Pictures(str(tiny_folder), 72, 24)
        assert len(ladder.runs) == 9 and ladder.why_not_again(data) == ""
        ladders.again(store, "web", ladder, on, DEFAULT_THROUGHPUT, data)
        assert store.history.count(LIVE) == 9


def test_a_ladder_that_has_lost_a_run_is_not_complete_until_it_is_started_again(
    started: str, home: Settings, tiny_folder: Path, capsys: pytest.CaptureFixture
):
    work(home)
    with Store(home) as store:
        (ladder,) = ladders.ladders(store)
        store.history.delete(ladder.runs[0].id)
    assert main(["ladder", "list"]) == 0
    assert capsys.readouterr().out.startswith(f"{started}  incomplete  9 of 10 finished")
    assert shown(started, capsys)["n_deleted"] == 1
    assert main(["ladder", "start", "--data", str(tiny_folder), *TINY]) == 0
    work(home)
    capsys.readouterr()
    assert main(["ladder", "list"]) == 0
    assert capsys.readouterr().out.startswith(f"{started}  complete    10 of 10 finished")
