"""A room with more runs than its board shows."""

import csv
import io
from collections.abc import Callable

import pytest
from streamlit.testing.v1 import AppTest

from pages.parts.room import results
from pages.shared.runs import room
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from tests.pages.conftest import texts
from tests.runs.told import begin, finish

Visit = Callable[..., AppTest]


@pytest.fixture
def submit(store: Store, tiny: Recipe) -> Callable[..., Run]:
    def submit(seed: int, preset: str = "normalize") -> Run:
        recipe = tiny.replace(preset=preset, seed=seed)
        return store.queue.submit(recipe, owner=f"web-{seed:020x}", room="FAST7", nickname=f"P{seed}")

    return submit


@pytest.fixture
def end(store: Store) -> Callable[[Run, float], None]:
    def end(run: Run, accuracy: float) -> None:
        assert begin(store).id == run.id
        finish(store, run.id, accuracy)

    return end


def line_of(name: str, app: AppTest) -> str:
    return next(line for line in texts(app).splitlines() if f"| {name} |" in line)


def test_a_run_keeps_its_difference_to_the_baseline_however_many_come_after_both(
    visit: Visit, submit: Callable[..., Run], end: Callable[[Run, float], None]
) -> None:
    end(submit(1, "baseline"), 0.5)
    end(submit(2), 0.7)
    for seed in range(3, room.SHOWN + 1):
        end(submit(seed), 0.65)
    app = visit("room", room="FAST7")
    assert "+20.0" in line_of("P2", app) and "| baseline |" in line_of("P1", app)
    assert "The newest 40 runs.\n" in texts(app) + "\n"
    end(submit(room.SHOWN + 1), 0.66)
    room.forget()
    app = visit("room", room="FAST7")
    assert "+20.0" in line_of("P2", app) and "+16.0" in line_of("P41", app) and "| P1 |" not in texts(app)
    said = next(line for line in texts(app).splitlines() if line.startswith("The newest 40 runs."))
    assert "The room's baseline is older: [Baseline · " in said and said.endswith(") by P1, 50.0\u00a0%.")
    changes = {row["by"]: row["change"] for row in csv.DictReader(io.StringIO(results._runs("FAST7")))}
    assert changes["P2"] == "0.2" and changes["P41"] == "0.16"


def test_the_class_s_file_names_the_same_differences_where_it_does_not_hold_the_baseline(
    home, submit: Callable[..., Run], end: Callable[[Run, float], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(results, "MOST_RUNS", 1)
    end(submit(1, "baseline"), 0.5)
    end(submit(2), 0.7)
    (row,) = csv.DictReader(io.StringIO(results._runs("FAST7")))
    assert (row["by"], row["change"]) == ("P2", "0.2")


def test_the_runs_that_ended_last_are_opened_whenever_they_were_started(
    visit: Visit, store: Store, submit: Callable[..., Run], end: Callable[[Run, float], None]
) -> None:
    """The run that was started first ends last, and more runs have come since than the board shows."""
    runs = [submit(seed) for seed in range(1, 6)]
    for run in runs:
        store.guesses.commit_accuracy(run.id, owner="ann", value=0.5)
        assert begin(store).id == run.id
    for run in runs[1:]:
        finish(store, run.id, 0.6)
    for seed in range(6, 6 + room.SHOWN):
        submit(seed)
    app = visit("room", room="FAST7")
    opened = [line for line in texts(app).splitlines() if line.startswith("**") and "seed" in line][-3:]
    assert [line[-3] for line in opened] == ["5", "4", "3"]
    was = room._seen("FAST7").state
    finish(store, runs[0].id, 0.7)
    room.forget()
    assert room._seen("FAST7").state != was, "a page that is open must be drawn anew"
    app = visit("room", room="FAST7")
    opened = [line for line in texts(app).splitlines() if line.startswith("**") and "seed" in line][-3:]
    assert [line[-3] for line in opened] == ["1", "5", "4"]
