"""Where torch and fastai are not installed: every page opens, recordings come first, and pages say that nothing can be
trained.
"""

import importlib.metadata
import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from streamlit.testing.v1 import AppTest

from sota_core import paths, settings
from sota_core.recipes import Recipe
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.store import Store
from sota_core.system import engine
from tests.pages.conftest import texts  # type: ignore[import-not-found]

Visit = Callable[..., AppTest]
SAID = (
    "Nothing can be trained here: training needs torch, torchvision, fastai and fastcore, and they are not installed."
)
PINS = paths.ROOT / "deploy" / "streamlit" / "requirements.txt"


@pytest.fixture
def bare(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make torch, fastai and the others count as not installed, as Python marks missing modules."""
    for name in engine.PACKAGES:
        monkeypatch.setitem(sys.modules, name, None)


def button(app: AppTest, key: str):
    return next(b for b in app.button if b.key == key)


def recordings_come_first(app: AppTest) -> bool:
    said = [heading.value for heading in app.header]
    return said.index("1 · Data") > said.index("Watch a recorded run")


@pytest.mark.usefixtures("bare")
def test_train_shows_recordings_first_and_says_what_is_missing(visit: Visit) -> None:
    app = visit("train")
    assert app.info[0].value.startswith(SAID)
    assert [h.value for h in app.header].count("Watch a recorded run") == 1 and recordings_come_first(app)
    for key in ("lab.start", "lab.find.start"):
        assert button(app, key).disabled
    assert texts(app).count(SAID) >= 2  # beside the buttons too


@pytest.mark.usefixtures("bare")
@pytest.mark.parametrize(
    ("page", "key", "address"),
    [("overview", "home.run", {}), ("baseline", "baseline.start", {}), ("compare", "ladder.start", {"view": "ladder"})],
)
def test_no_page_offers_to_train(visit: Visit, page: str, key: str, address: dict[str, str]) -> None:
    app = visit(page, **address)
    assert button(app, key).disabled and SAID in texts(app)


@pytest.mark.usefixtures("bare")
def test_what_waits_from_before_says_why(visit: Visit, store: Store, tiny: Recipe) -> None:
    run = store.queue.submit(tiny, owner="somebody")
    app = visit("train", run=run.id)
    assert any(f"**Waiting.** {SAID}" in str(bar.proto.text) for bar in app.get("progress"))


@pytest.mark.usefixtures("bare")
def test_no_dispatcher_is_started_that_could_start_nothing(tmp_path: Path) -> None:
    of = settings.load({"SOTA_HOME": str(tmp_path)})
    Starter(of).ensure_running()
    assert not list(tmp_path.iterdir())


@pytest.mark.usefixtures("bare")
def test_other_machines_may_train() -> None:
    elsewhere = {"SOTA_DB_URL": "postgresql+psycopg://localhost/lab"}
    assert engine.why_not(settings.load({})) == SAID
    assert engine.why_not(settings.load(elsewhere)) == ""
    assert engine.why_not(settings.load(elsewhere), here=True) == SAID


def test_where_all_is_there_nothing_is_said(visit: Visit) -> None:
    assert engine.missing() == []
    app = visit("train")
    assert not app.info and not recordings_come_first(app)


def test_one_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fastai", None)
    assert engine.why_not(settings.load({})).endswith("training needs fastai, and it is not installed.")


OPEN_ALL = """
import json, sys
from streamlit.testing.v1 import AppTest
from streamlit.util import calc_hash
from pages.shared.session import site
from sota_core import paths
said = {}
for entry in site.PAGES:
    app = AppTest.from_file(str(paths.APP), default_timeout=240)
    app._page_hash = calc_hash(site.path(entry.address))
    app.run()
    said[entry.address] = [e.message for e in app.exception] or [i.value for i in app.info]
print("SAID", json.dumps(said))
"""


@pytest.mark.slow
def test_with_what_the_deployment_installs_alone_every_page_opens(tmp_path: Path) -> None:
    """Runs a Python that finds only the packages of deploy/streamlit/requirements.txt and their requirements."""
    env = {name: value for name, value in os.environ.items() if name in ("PATH", "HOME", "LANG")}
    env |= {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    env["PYTHONPATH"] = os.pathsep.join([str(linked(tmp_path / "packages")), str(paths.ROOT)])

    def python(*arguments: str) -> subprocess.CompletedProcess[str]:
        command = [os.path.realpath(sys.executable), "-S", *arguments]
        return subprocess.run(command, env=env, cwd=tmp_path, capture_output=True, text=True, timeout=580)

    opened = python("-c", OPEN_ALL)
    assert opened.returncode == 0, opened.stderr[-3000:]
    line = next(line for line in opened.stdout.splitlines() if line.startswith("SAID "))
    said = json.loads(line.removeprefix("SAID "))
    assert said.pop("train")[0].startswith(SAID)
    assert not any(said.values()), said
    tried = python("-m", "sota_core", "train", "--recipe", "baseline", "--data", "sample")
    assert tried.returncode == 2 and SAID in tried.stderr and "Traceback" not in tried.stderr


def linked(folder: Path) -> Path:
    """A folder of links to the files of these distributions, as if only they were installed."""
    folder.mkdir()
    for name in brought():
        for file in importlib.metadata.distribution(name).files or []:
            top = Path(file).parts[0]
            if top not in ("..", "__pycache__") and not (folder / top).exists():
                (folder / top).symlink_to(Path(str(file.locate())).parents[len(Path(file).parts) - 1] / top)
    return folder


def brought() -> set[str]:
    """The names of the pinned distributions and of everything they require."""
    wanted = [line.partition("==")[0] for line in PINS.read_text(encoding="utf-8").splitlines() if "==" in line]
    found: set[str] = set()
    while wanted:
        name = re.sub(r"[-_.]+", "-", wanted.pop()).lower()
        if name in found:
            continue
        found.add(name)
        for line in importlib.metadata.requires(name) or []:
            of = Requirement(line)
            if of.marker is None or of.marker.evaluate({"extra": ""}):
                wanted.append(of.name)
    return found
