"""`runs list | show | cancel`, and `ladder list`, beside rows that this version cannot read."""

import json

import pytest

from sota_core.cli.main import main
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from tests.databases import migrated
from tests.runs.builders import of_another_version


@pytest.fixture
def home(tmp_path, monkeypatch) -> Settings:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("SOTA_DB_URL", raising=False)
    migrated(tmp_path / "home" / "runs.db")
    return load()


@pytest.fixture
def strange(home: Settings) -> Run:
    with Store(home) as store:
        run = store.queue.submit(Recipe(), owner="ann", key="ladder:tower:x:0")
        of_another_version(store, run.id)
        store.queue.submit(Recipe(seed=1), owner="bob")
    return run


def test_another_version_s_run_is_listed_shown_and_stopped(strange: Run, home: Settings, capsys) -> None:
    for command in (["list"], ["show", strange.id], ["cancel", strange.id]):
        assert main(["runs", *command]) == 0
        assert f"{strange.id}  " in (said := capsys.readouterr().out) and "another version's" in said
    assert main(["runs", "list", "--json"]) == 0 and len(json.loads(capsys.readouterr().out)) == 2
    assert main(["ladder", "list"]) == 0 and "tower" in capsys.readouterr().out
    assert main(["ladder", "show", "tower"]) == 0
    with Store(home) as store:
        assert store.history.get(strange.id).state is State.CANCELLED
