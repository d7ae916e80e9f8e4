"""The frame: sections, addresses, doors, and what the web process must never load."""

import base64
import io
import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pages.shared.frame import frame
from pages.shared.session import site
from sota_core import paths

ROOT = paths.ROOT
GUARD = """

if __name__ == "__main__":  # Streamlit has run this file instead of app.py: shared/session/site.py
    runpy.run_path(str(paths.APP))
"""


def test_the_three_sections_of_the_sidebar() -> None:
    assert list(site.SECTIONS) == ["Techniques", "Lab", "Learn"]


def test_every_address_is_a_file_with_a_page_and_every_file_is_in_the_table() -> None:
    files = {path.stem: path.read_text(encoding="utf-8") for path in (ROOT / "pages").glob("*.py")}
    assert set(files) == set(site.BY_ADDRESS) == {entry.address for entry in (*site.PAGES, site.OPERATOR)}
    assert len(files) == len(site.PAGES) + 1
    assert [name for name, text in files.items() if "\ndef page() -> None:\n" not in text] == []


def test_every_page_file_run_by_itself_runs_the_app() -> None:
    assert [path.name for path in (ROOT / "pages").glob("*.py") if not path.read_text().endswith(GUARD)] == []


def test_the_app_only_configures_and_navigates() -> None:
    called = re.findall(r"\bst\.(\w+)", (ROOT / "app.py").read_text(encoding="utf-8"))
    assert called == ["set_page_config", "navigation", "set_page_config"]


@pytest.mark.long
def test_the_app_without_streamlit_comes_to_its_end() -> None:
    """A child that multiprocessing spawns from a server runs it so."""
    run = subprocess.run([sys.executable, "app.py"], cwd=ROOT, capture_output=True, text=True, timeout=120)
    assert run.returncode == 0, run.stderr[-2000:]


def test_the_icon_is_a_picture_of_ours_and_needs_no_network() -> None:
    head, _, body = frame.icon().partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(body))).size == (64, 64)


@pytest.mark.slow
def test_no_page_brings_torch_or_fastai_into_the_web_process(tmp_path: Path) -> None:
    code = """
import os, sys
from streamlit.testing.v1 import AppTest
from pages.shared.session import site
from tests.pages.conftest import turn
app = AppTest.from_file("app.py", default_timeout=240).run()
for entry in site.PAGES:
    turn(app, entry.address).run()
    assert not app.exception, (entry.address, app.exception)
names = {name.partition(".")[0] for name in sys.modules}
found = names & {"torch", "torchvision", "fastai", "fastcore", "tensorboardX"}
print("found", sorted(found))
"""
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | homes, capture_output=True, text=True, timeout=580
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("found []")
