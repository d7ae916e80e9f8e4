"""The offline kit: its contents, that it starts on its own, and that its wheels install without an index."""

import os
import platform
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from sota_core import paths
from sota_core.cli.kit import PARTS
from sota_core.cli.main import BAD_ARGUMENTS, FINISHED, main
from sota_core.data.sets import sources
from sota_core.settings import load


@pytest.fixture
def kit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., int]:
    """kit(*arguments): run the command in a home of its own, with a sample of two pictures."""
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("SOTA_DATA_DIR", str(tmp_path / "data"))
    sample = load().sample_dir / "v1"

    def ensure(*_: object) -> Path:
        for name in ("owl", "wren"):
            (sample / "train" / name).mkdir(parents=True, exist_ok=True)
            (sample / "train" / name / "1.jpg").write_bytes(b"x")
        return sample

    monkeypatch.setattr(sources, "ensure", ensure)
    return lambda *more: main(["kit", "--to", str(tmp_path / "kit"), *more])


def test_it_holds_the_project_its_sample_and_its_recordings_and_nothing_of_this_machine(
    kit: Callable[..., int], tmp_path: Path
):
    assert kit("--no-wheels") == FINISHED
    there = tmp_path / "kit"
    assert (there / "sota-lab" / "app.py").exists() and (there / "home" / "sample" / "v1" / "train" / "owl").is_dir()
    assert list((there / "sota-lab" / "sota_core" / "assets" / "recordings").glob("*.json"))
    assert (
        not list(there.rglob("__pycache__"))
        and not list(there.rglob("secrets.toml"))
        and not (there / "wheels").exists()
    )
    assert str(tmp_path) not in (there / "install.sh").read_text()


def test_another_program_s_folder_is_refused_though_it_has_an_installer(kit: Callable[..., int], tmp_path: Path):
    there = tmp_path / "kit"
    (there / "wheels").mkdir(parents=True)
    files = {"install.sh": "#!/bin/sh\necho my own\n", "requirements.txt": "mine==1\n", "wheels/mine.whl": "x"}
    for name, text in files.items():
        (there / name).write_text(text)
    assert kit("--no-wheels") == BAD_ARGUMENTS
    assert {name: (there / name).read_text() for name in files} == files


def test_made_again_it_replaces_what_it_has_made_and_keeps_what_the_class_has_made(
    kit: Callable[..., int], tmp_path: Path
):
    kit("--no-wheels")
    there = tmp_path / "kit"  # start.sh sets SOTA_HOME=kit/home and SOTA_DATA_DIR=kit/data
    of_the_class = [
        there / "home" / "runs.db",
        there / "home" / "artifacts" / "run1" / "model.pth",
        there / "home" / "sample" / "v0" / "drawn.jpg",  # an earlier version's, which earlier runs name
        there / "data" / "fetched" / "1.jpg",
        there / "sota-lab" / ".streamlit" / "secrets.toml",
    ]
    stale = [there / "home" / "sample" / "v1" / "train" / "crow" / "1.jpg", there / "sota-lab" / "pages" / "old.py"]
    for path in (*of_the_class, *stale):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("mine")
    assert kit("--no-wheels") == FINISHED
    assert [path.read_text() for path in of_the_class] == ["mine"] * len(of_the_class)
    assert not any(path.exists() for path in stale)


def test_whatever_the_program_reads_beside_its_own_code_comes_along():
    files = (path for top in (paths.CORE, paths.ROOT / "pages") for path in top.rglob("*.py"))
    found = {name for path in files for name in re.findall(r'\bROOT((?: / "[^"]+")+)', path.read_text("utf-8"))}
    read = {"/".join(re.findall(r'"(.+?)"', name)) for name in found}
    assert "deploy/nginx" in read
    assert {name for name in read if not any(f"{name}/".startswith(f"{part}/") for part in PARTS)} == set()


def test_a_folder_of_something_else_and_a_set_that_is_not_here_are_refused(
    kit: Callable[..., int], tmp_path: Path, capsys: pytest.CaptureFixture
):
    assert kit("--no-wheels", "--data", "imagenette2-160") == BAD_ARGUMENTS
    assert "is not here" in capsys.readouterr().err
    (tmp_path / "kit").mkdir(exist_ok=True)
    (tmp_path / "kit" / "thesis.txt").write_text("mine")
    assert kit("--no-wheels") == BAD_ARGUMENTS and (tmp_path / "kit" / "thesis.txt").exists()


def test_a_kit_that_is_this_project_or_its_home_is_not_removed_before_it_is_copied(
    kit: Callable[..., int], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture
):
    monkeypatch.setenv("SOTA_HOME", str(tmp_path / "kit" / "home"))
    drawn = tmp_path / "home" / "sample" / "v1"
    drawn.mkdir(parents=True)
    (tmp_path / "kit").mkdir()
    (tmp_path / "kit" / "install.sh").write_text("# Sets up sota-lab")
    (tmp_path / "kit" / "home").symlink_to(tmp_path / "home")
    monkeypatch.setattr(sources, "ensure", lambda id, settings, _: settings.sample_dir / "v1")
    assert kit("--no-wheels") == FINISHED and drawn.is_dir()
    monkeypatch.setattr(paths, "ROOT", tmp_path / "kit" / "sota-lab")
    capsys.readouterr()
    assert kit("--no-wheels") == BAD_ARGUMENTS and (paths.ROOT / "app.py").exists()
    assert "is the kit that this command was started in" in capsys.readouterr().err


PIP_REFUSES = """#!/bin/sh
case "$*" in
  *venv*) mkdir -p .venv/bin; printf '#!/bin/sh\\nexit 1\\n' > .venv/bin/python; chmod +x .venv/bin/python;;
"""


def refused(kit: Path, python: str) -> str:
    """What install.sh says of a Python, whose environments have a pip that refuses."""
    stand_in = kit.parent / "stand_in"
    stand_in.write_text(PIP_REFUSES + python + "\nesac\n")
    stand_in.chmod(0o755)
    ended = subprocess.run(
        ["sh", str(kit / "install.sh")],
        env={**os.environ, "PYTHON": str(stand_in)}, capture_output=True, text=True, timeout=60,
    )  # fmt: skip
    assert ended.returncode == 1 and "Ready" not in ended.stdout and not (kit / "start.sh").exists()
    return ended.stdout


def test_a_python_too_old_for_some_wheel_is_told_whose_they_are(kit: Callable[..., int], tmp_path: Path):
    kit("--no-wheels")
    (tmp_path / "kit" / "wheels").mkdir()
    (tmp_path / "kit" / "requirements.txt").touch()
    said = refused(tmp_path / "kit", "-V) echo Python 3.0.1;;")
    assert f"fetched with Python {platform.python_version()}, this is Python 3.0.1" in said


def test_a_kit_whose_wheels_or_list_are_not_whole_does_not_blame_the_python(kit: Callable[..., int], tmp_path: Path):
    kit("--no-wheels")
    (tmp_path / "kit" / "wheels").mkdir()
    this = f'*) exec {sys.executable} "$@";;'
    said = refused(tmp_path / "kit", this)
    assert "requirements.txt is not here" in said and "make it again" in said and "fetched with" not in said
    (tmp_path / "kit" / "requirements.txt").touch()
    said = refused(tmp_path / "kit", this)
    assert "pip could not install every package" in said and "make the kit again" in said and "fetched with" not in said


def test_made_again_without_wheels_it_can_be_installed(kit: Callable[..., int], tmp_path: Path):
    kit("--no-wheels")
    (tmp_path / "kit" / "wheels").mkdir()
    (tmp_path / "kit" / "requirements.txt").write_text("absent==1.0\n")
    assert kit("--no-wheels") == FINISHED
    install(tmp_path / "kit", PYTHON=sys.executable)


@pytest.mark.long
def test_it_starts_beside_nothing_but_python_and_the_packages(kit: Callable[..., int], tmp_path: Path):
    kit("--no-wheels")
    install(tmp_path / "kit", PYTHON=sys.executable)
    clean = {"PATH": os.environ["PATH"], "HOME": str(tmp_path)}
    said = subprocess.run(
        ["sh", str(tmp_path / "kit" / "start.sh"), "recipes"], env=clean, capture_output=True, text=True, timeout=240
    )
    assert said.returncode == 0 and "mixup" in said.stdout, said.stderr


@pytest.mark.slow
def test_wheels_are_fetched_and_installed_without_an_index(kit: Callable[..., int], tmp_path: Path):
    with zipfile.ZipFile(tmp_path / "tinykit-1.0-py3-none-any.whl", "w") as wheel:
        info = "tinykit-1.0.dist-info"
        wheel.writestr("tinykit.py", "ANSWER = 42\n")
        wheel.writestr(f"{info}/METADATA", "Metadata-Version: 2.1\nName: tinykit\nVersion: 1.0\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", f"tinykit.py,,\n{info}/METADATA,,\n{info}/WHEEL,,\n{info}/RECORD,,\n")
    wanted = tmp_path / "wanted.txt"
    wanted.write_text(f"--no-index\n--find-links {tmp_path}\ntinykit==1.0\n")
    assert kit("--requirements", str(wanted)) == FINISHED
    there = tmp_path / "kit"
    assert [path.name for path in (there / "wheels").iterdir()] == ["tinykit-1.0-py3-none-any.whl"]
    (tmp_path / "tinykit-1.0-py3-none-any.whl").unlink()
    wanted.unlink()  # the other machine has only the kit, and `sh kit/install.sh` as its instructions
    install(there, PYTHON=sys.executable)
    asked = [str(there / ".venv" / "bin" / "python"), "-c", "import tinykit; print(tinykit.ANSWER)"]
    assert subprocess.run(asked, capture_output=True, text=True, timeout=240).stdout == "42\n"


def install(kit: Path, **env: str) -> None:
    ended = subprocess.run(
        ["sh", str(kit / "install.sh")], env={**os.environ, **env}, capture_output=True, text=True, timeout=240
    )
    assert ended.returncode == 0 and "Ready" in ended.stdout, ended.stderr
