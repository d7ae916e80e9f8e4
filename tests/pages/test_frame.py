"""The frame: sections, addresses, doors, and what the web process must never load."""

import base64
import io
import os
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image

from pages._shared import frame
from pages._shared.frame import HOME, SECTIONS

ROOT = Path(__file__).parents[2]
ENTRIES = [entry for entries in SECTIONS.values() for entry in entries]


def test_the_three_sections_of_the_sidebar() -> None:
    assert list(SECTIONS) == ["Techniques", "Lab", "Learn"]


def test_addresses_and_files_are_each_used_once() -> None:
    assert len({file for file, *_ in ENTRIES}) == len({address for *_, address in ENTRIES}) == len(ENTRIES)


def test_every_page_file_is_in_the_navigation() -> None:
    below = {p.relative_to(ROOT / "pages").as_posix() for p in (ROOT / "pages").glob("[!_]*/*.py")}
    assert below <= {file for file, *_ in ENTRIES}


def test_every_address_has_its_door_and_every_door_only_runs_the_app() -> None:
    doors = {p.stem: p.read_text(encoding="utf-8") for p in (ROOT / "pages").glob("*.py")}
    assert set(doors) == {address for file, *_, address in ENTRIES if file != HOME}
    assert len({text.replace(f"/{name},", "/,", 1) for name, text in doors.items()}) == 1


def test_the_app_only_configures_and_navigates() -> None:
    lines = [line for line in (ROOT / "app.py").read_text(encoding="utf-8").splitlines() if line.startswith("st.")]
    assert len(lines) == 2 and lines[0].startswith("st.set_page_config") and lines[1].startswith("st.navigation")


def test_the_icon_is_a_picture_of_ours_and_needs_no_network() -> None:
    head, _, body = frame.icon().partition(",")
    assert head == "data:image/png;base64"
    assert Image.open(io.BytesIO(base64.b64decode(body))).size == (64, 64)


@pytest.mark.slow
def test_no_page_brings_torch_or_fastai_into_the_web_process(tmp_path: Path) -> None:
    code = """
import os, sys
from streamlit.testing.v1 import AppTest
from pages._shared.frame import ROOT, SECTIONS
app = AppTest.from_file(str(ROOT / "app.py"), default_timeout=120).run()
for entries in SECTIONS.values():
    for file, *_ in entries:
        if (ROOT / "pages" / file).is_file():
            app.switch_page(f"pages/{file}").run()
            assert not app.exception, (file, app.exception)
found = {name.partition(".")[0] for name in sys.modules} & {"torch", "torchvision", "fastai", "fastcore"}
print("found", sorted(found))
"""
    homes = {"SOTA_HOME": str(tmp_path / "home"), "SOTA_DATA_DIR": str(tmp_path / "data")}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=os.environ | homes, capture_output=True, text=True, timeout=280
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.strip().endswith("found []")
