"""What the benchmark of a class that presses Start together counts as a fault."""

from dataclasses import replace

import pytest

from benchmarks.load.crowd import faults
from sota_core.recipes import PRESETS
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from tests.databases import migrated, settings_of


@pytest.fixture
def runs(tmp_path) -> list[Run]:
    """Finished runs of three learners, begun in the order in which they were submitted."""
    with Store(settings_of(migrated(tmp_path / "runs.db"))) as store:
        one = store.queue.submit(PRESETS["baseline"], owner="x")
    return [
        replace(one, owner=f"web-{i}", created_at=i, claimed_at=10.0 + i, state=State.FINISHED) for i in (2.0, 1.0, 3.0)
    ]


def test_a_class_with_a_run_each_in_turn_has_no_fault(runs: list[Run]):
    assert set(faults(3, runs).values()) == {0}


def test_each_kind_of_fault_is_counted(runs: list[Run]):
    none = {"missing": 0, "doubled": 0, "unfair": 0, "failed": 0}
    assert faults(4, runs) == none | {"missing": 1}
    assert faults(3, [*runs, replace(runs[2], created_at=4.0, claimed_at=14.0)]) == none | {"doubled": 1}
    assert faults(3, [replace(runs[0], claimed_at=99.0), *runs[1:]]) == none | {"unfair": 1}
    assert faults(3, [replace(runs[0], state=State.LOST), *runs[1:]]) == none | {"failed": 1}
    waits = replace(runs[1], claimed_at=None, state=State.QUEUED)  # the first in the queue never began
    assert faults(3, [runs[0], waits, runs[2]]) == none | {"unfair": 1, "failed": 1}
