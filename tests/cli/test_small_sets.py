"""A set too small for the recipe's batch size: the batch is made smaller and a message says so, or nothing starts, with
exit code 2.
"""

from collections.abc import Callable
from pathlib import Path

import pytest

from sota_core.cli.main import main
from sota_core.runs.dispatch.lock import take_file
from sota_core.runs.store.store import Store
from sota_core.settings import Settings, load
from tests.pictures import class_folders


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    return load()


@pytest.fixture
def pictures(tmp_path: Path) -> Callable[[int], str]:
    """pictures(5): a folder with that many pictures of each of three classes."""

    return lambda n: str(class_folders(tmp_path / "d", "abc", n))


@pytest.mark.parametrize("budget", [[], ["--budget", "600"]])
@pytest.mark.parametrize(("n", "n_train", "bs"), [(5, 12, 3), (16, 39, 9)])
def test_the_batch_follows_the_set_and_it_is_said(
    n: int, n_train: int, bs: int, budget: list[str], pictures, home: Settings, capsys: pytest.CaptureFixture
):
    held = take_file(home)  # no dispatcher starts, so the run stays queued
    assert held is not None
    assert main(["submit", "--recipe", "baseline", "--data", pictures(n), *budget]) == 0
    with Store(home) as store:
        (run,) = store.history.list_runs()
    assert [phase.bs for phase in run.recipe.phases] == [bs]
    if not budget:
        said = f"{n_train} training pictures do not fill a batch of 64; bs={bs} is used"
        assert said in capsys.readouterr().err.splitlines()


@pytest.mark.parametrize("command", ["train", "submit"])
@pytest.mark.parametrize(
    ("n", "more", "words"),
    [
        (5, ["--set", "bs=13"], "a batch of 13 needs at least as many pictures to train on, got 12"),
        (5, ["--set", "bs=1"], "bs: must be a whole number from 2 to 1024, got '1'"),
        (1, [], "1 to validate on are needed, got 3 and 0"),
    ],
)
def test_what_cannot_fit_is_refused_before_there_is_a_run(
    command: str, n: int, more: list[str], words: str, pictures, home: Settings, capsys: pytest.CaptureFixture
):
    assert main([command, "--recipe", "baseline", "--data", pictures(n), *more]) == 2
    assert words in capsys.readouterr().err
    with Store(home) as store:
        assert store.history.list_runs() == []
