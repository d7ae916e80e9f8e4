"""Values of the environment that are no path or no address are refused in a sentence, or mean what they say."""

from pathlib import Path

import pytest

from sota_core import settings
from sota_core.cli.main import main
from sota_core.errors import InputError
from sota_core.paths import expanded
from sota_core.runs.store.store import Store


@pytest.mark.parametrize(
    "url", ["/tmp/x.db", "runs.db", "nonsense", "postgresql+psycopg://u:chalk@h:abc/db", "foo://h/db"]
)
def test_what_names_no_database_is_refused_without_its_password(url: str, tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path))
    monkeypatch.setenv("SOTA_DB_URL", url)
    assert main(["runs", "list"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: SOTA_DB_URL must be ") and "chalk" not in said


@pytest.mark.parametrize("name", ["a%41", "b?x=1", "c%2Fd", "e f#ü@"])
def test_the_database_lies_in_its_home_whatever_that_is_called(name: str, tmp_path: Path):
    with Store(settings.load({"SOTA_HOME": str(tmp_path / name), "SOTA_DATA_DIR": str(tmp_path / "data")})) as store:
        assert store.history.list_runs() == []
    assert (tmp_path / name / "runs.db").is_file() and [p.name for p in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize("variable", ["SOTA_HOME", "SOTA_DATA_DIR"])
def test_a_folder_of_nobody_is_refused(variable: str):
    with pytest.raises(InputError, match=f"{variable} must be a folder, got '~nobody-here/x'"):
        settings.load({variable: "~nobody-here/x"})


def test_a_set_in_a_folder_of_nobody_is_an_unknown_one(tmp_path: Path, capsys, monkeypatch):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path))
    for command in (["train", "--recipe", "baseline", "--data"], ["ladder", "start", "--data"], ["datasets", "get"]):
        assert main([*command, "~nobody-here/x"]) == 2
        assert "unknown data set '~nobody-here/x'" in capsys.readouterr().err
    assert expanded("~/x") == Path.home() / "x" and expanded("~nobody-here/x") == Path("~nobody-here/x")
