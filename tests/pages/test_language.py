"""Every word on a page is from the catalogue: checked in a pseudo-language that marks those that are."""

from collections.abc import Callable
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.session import site
from sota_core.data.pictures.notes import OTHER, Note, sentence
from sota_core.later import later
from sota_core.recipes import Recipe
from sota_core.runs.store.store import Store
from sota_core.system.files import write_json
from sota_core.train import events as make
from tests.pages import seen
from tests.pages.conftest import codes
from tests.pictures import class_folders

# How many texts of a page are not from the catalogue. The numbers may only fall.
ALLOWED_LEFT: dict[str, int] = {
    "baseline": 2,  # fastai's log: epoch, train_loss …
    "resizing": 4,  # fastai's names of how to resize
    "tta": 1,  # fastai's max
    "train": 24,  # names of settings, as on the command line
    "compare": 1,  # the same
    "papers": 16,  # signs of formulas and how code writes them
}


@pytest.fixture
def in_pseudo(monkeypatch: pytest.MonkeyPatch, visit: Callable[..., AppTest]) -> Callable[..., AppTest]:
    seen.speak_pseudo(monkeypatch)
    return lambda page, **more: visit(page, lang=seen.PSEUDO, **more)


@pytest.mark.parametrize("page", [entry.address for entry in site.PAGES])
def test_what_a_visitor_reads_is_from_the_catalogue(page: str, in_pseudo: Callable[..., AppTest]) -> None:
    left = seen.left(in_pseudo(page))
    assert len(left) <= ALLOWED_LEFT.get(page, 0), "\n".join([f"{len(left)} left on {page}:", *left])


def test_it_sees_what_is_not_marked() -> None:
    assert seen.bare("⟦all⟧ but ⟦this ⟦word⟧⟧ `code` $x^2$ 3.5 px :material/home: [⟦link⟧](https://a.example)") == "but"


def test_it_reads_controls_charts_and_moving_figures(in_pseudo: Callable[..., AppTest]) -> None:
    read = "\n".join(seen.texts(in_pseudo("label_smoothing")))
    for text in (
        "Label smoothing",  # a title
        "epoch",  # a chart's axis
        "Softmax gives it",  # a moving figure's description
        "The net's output for this class",  # a help
        "C. Mills",  # a caption
    ):
        assert text in read, text


def test_why_a_run_failed_and_what_it_logged_are_read_in_the_visitor_s_language(
    in_pseudo: Callable[..., AppTest], store: Store, tiny: Recipe
) -> None:
    run = store.queue.submit(tiny, owner="somebody")
    assert store.queue.claim() is not None and store.transitions.begin(run.id, 1, pid=1, birth=None, host="here")
    said = ["unpack", sentence(Note(OTHER, 1, "owl/x.txt")), "as an older version wrote it"]
    logged = [{**make.log(text, stage="data"), "seq": i, "t": float(i)} for i, text in enumerate(said, 1)]
    store.log.append(run.id, 1, logged)
    assert store.transitions.lose(run.id, 1, "killed", later("its process was ended by {signal}", signal="SIGKILL"))
    app = in_pseudo("train", run=run.id)
    assert ":gray[⟦its process was ended by SIGKILL⟧]" in [str(one.value) for one in app.markdown]
    (log,) = [code for code in codes(app) if "older version" in code]
    assert log.splitlines() == [
        "⟦Unpacking⟧",
        "⟦Passed over: 1 file that is no picture by its name: owl/x.txt.⟧",
        "as an older version wrote it",
    ]


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ('{"later": ["The file is no zip, or it is cut off; pack the folder again.", "", {}]}', "⟦The file is no zip"),
        ("The download was lost.", "The download was lost"),  # as an older version wrote it
    ],
)
def test_why_a_download_failed_is_read_in_the_visitor_s_language(
    message: str, shown: str, in_pseudo: Callable[..., AppTest], home: Path
) -> None:
    write_json(
        home / "downloads" / "imagenette2-160.json", {"id": "imagenette2-160", "stage": "failed", "message": message}
    )
    (said,) = in_pseudo("data", source="imagenette2-160").warning
    assert str(said.value).startswith(shown)


def test_what_of_a_folder_is_not_used_is_read_in_the_visitor_s_language(
    in_pseudo: Callable[..., AppTest], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    birds = class_folders(tmp_path / "birds", ("owl", "wren"), 1)
    (birds / "owl" / "x.txt").write_text("of the night")
    monkeypatch.setenv("SOTA_LOCAL_ROOTS", str(tmp_path))
    said = "\n".join(str(one.value) for one in in_pseudo("data", source=str(birds)).markdown)
    assert "⟦Passed over" in said and "⟦A folder of yours" in said
