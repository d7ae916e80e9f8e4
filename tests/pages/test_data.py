"""The data page: it counts the sets that are here, can fetch the others, and lets no visitor choose a folder of the
host.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from urllib.parse import unquote

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from sota_core import words
from sota_core.data.sets.sources import address_of
from sota_core.system.files import write_json
from sota_core.system.processes import birth_of

PAGE = "data"
Visit = Callable[..., AppTest]


@pytest.fixture
def birds(tmp_path: Path) -> Path:
    """A folder of two classes: three owls and two wrens."""
    rng = np.random.default_rng(0)
    for name, n in (("owl", 3), ("wren", 2)):
        (tmp_path / "birds" / name).mkdir(parents=True)
        for i in range(n):
            picture = Image.fromarray(rng.integers(0, 256, (40, 60, 3), dtype=np.uint8))
            picture.save(tmp_path / "birds" / name / f"{i}.png")
    return tmp_path / "birds"


def shown(app: AppTest) -> str:
    return " ".join(str(m.value) for m in [*app.markdown, *app.header, *app.error])


def test_the_embedded_set_is_shown_before_it_is_drawn(visit: Visit) -> None:
    app = visit(PAGE)
    assert app.button(key="data.fetch").label == "Draw it now"
    assert "**24 pictures**" in shown(app)
    (choices,) = [group for group in app.get("button_group") if group.key == "data.source"]
    assert not [option.content for option in choices.proto.options if "✓" in option.content]  # on this disk is none yet


def test_a_drawn_set_tells_its_own_classes_before_it_is_drawn(visit: Visit) -> None:
    app = visit(PAGE, source="prints")
    assert app.button(key="data.fetch").label == "Draw it now" and "**24 pictures**" in shown(app)
    assert ":gray[Classes]  \n**6**" in shown(app) and ":gray[To train]  \n**300**" in shown(app)


def test_a_set_that_is_not_here_says_what_it_weighs(visit: Visit) -> None:
    app = visit(PAGE, source="imagenette2-320")
    assert app.button(key="data.fetch").label == "Fetch it, 342 MB"
    assert "9,469" in shown(app) and "3,925" in shown(app)


def test_a_download_can_be_stopped_by_whoever_has_started_it(visit: Visit, home: Path) -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        under_way = {"id": "imagenette2-320", "stage": "download", "done": 3, "total": 9, "pid": process.pid}
        write_json(home / "downloads" / "imagenette2-320.json", under_way | {"pid_started": birth_of(process.pid)})
        app = visit(PAGE, source="imagenette2-320")
        assert app.get("progress") and not [button for button in app.button if button.key == "data.stop"]
        app.session_state["data.mine"] = frozenset({"imagenette2-320"})
        app.run()
        app.button(key="data.stop").click().run()
        assert process.wait(60) == -signal.SIGTERM
    assert not app.run().exception and "goes on where it stopped" in " ".join(w.value for w in app.warning)


def test_a_folder_the_operator_offers_is_counted_class_by_class(
    visit: Visit, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", os.pathsep.join([str(birds.parent)]))
    app = visit(PAGE, source=str(birds))
    assert "birds" in shown(app)
    assert ":gray[To train]  \n**4**" in shown(app) and "**1, a random fifth**" in shown(app)  # of 5 pictures
    chart = app.get("vega_lite_chart")[0].proto
    assert "2 classes with 5 pictures, from 2 to 3 each." in (chart.alt or chart.spec)


def test_a_folder_s_name_is_text_and_no_markdown(visit: Visit, birds: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = birds.rename(birds.parent / "[*birds*](x)")
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(folder.parent))
    app = visit(PAGE, source=str(folder))
    safe = r"\[\*birds\*\]\(x\)"
    assert app.header[0].value == safe
    (choices,) = [group for group in app.get("button_group") if group.key == "data.source"]
    assert f"{safe} ✓" in [option.content for option in choices.proto.options]


@pytest.mark.parametrize(("file", "picker"), [(PAGE, "data.source"), ("train", "lab.source")])
def test_where_a_folder_lies_is_in_no_address(
    file: str, picker: str, visit: Visit, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(birds.parent))
    app = visit(file, source=str(birds))  # an old link still opens
    for key in ("selectbox", "button_group"):
        for control in app.get(key):
            if control.key == picker:
                control.set_value("sample").run()
                control.set_value(str(birds)).run()
    name = app.query_params["source"]
    assert (name if isinstance(name, str) else name[0]) == address_of(str(birds))
    links = [element.proto.query_string for element in app.get("page_link")]
    assert (links or file != PAGE) and not any(str(birds) in unquote(link) for link in links)
    assert app.session_state[picker] == str(birds)


@pytest.mark.parametrize("file", [PAGE, "train"])
def test_what_of_a_folder_is_not_used_is_said(
    file: str, visit: Visit, birds: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(birds.parent))
    (birds / "owl" / "notes_1.txt").write_text("of the night")
    app = visit(file, source=str(birds))
    said = words.markdown_safe("Passed over: 1 file that is no picture by its name: owl/notes_1.txt.")
    assert [m.value for m in app.markdown if said in m.value] == [f":small[:gray[:material/info: {said}]]"]


def test_a_folder_nobody_offers_is_not_shown(visit: Visit, birds: Path) -> None:
    assert "birds" not in shown(visit(PAGE, source=str(birds)))


def test_other_pictures_are_another_seed_in_the_address(visit: Visit) -> None:
    app = visit(PAGE, draw="5")
    assert "seed 5" in shown(app)
    app.button(key="data.draw").click().run()
    value = app.query_params["draw"]
    assert f"seed {value if isinstance(value, str) else value[0]}" in shown(app)


def test_choosing_a_set_puts_it_into_the_address(visit: Visit) -> None:
    app = visit(PAGE)
    app.button_group(key="data.source").set_value("imagewoof2-160").run()
    value = app.query_params["source"]
    assert (value if isinstance(value, str) else value[0]) == "imagewoof2-160"
