"""The page Normalization: its numbers are functional's, and it works without a model."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from pages.shared.pictures import models
from sota_core.data.pictures.drawing import draw_pictures
from sota_core.data.sample.sample import SAMPLE
from sota_core.figures.normalization.statistics import batch_statistics, number
from sota_core.functional.normalize import IMAGENET_MEAN, IMAGENET_STD, channel_stats, normalize
from sota_core.published import two_runs
from tests.pages.conftest import codes, texts
from tests.pages.live import slots

PAGE = "normalization"
TYPED = {f"normalization.{what}_{c}": v for what, v in (("mean", "0.25"), ("std", "0.5")) for c in "rgb"}


def row(app: AppTest, which: str) -> list[str]:
    """Six numbers as shown, means then standard deviations: of the batch ("before", "after"), or the statistics used
    ("used").
    """
    now = slots(app)
    stem = "{}used_{}_{}" if which == "used" else "{}{}" + ("_after" if which == "after" else "") + "_{}"
    return [now[stem.format("", what, c)] for what in ("mean", "std") for c in "RGB"]


def shown(mean: np.ndarray, std: np.ndarray) -> list[str]:
    return [number(float(v)) for v in (*mean, *std)]


@pytest.mark.long
def test_the_numbers_on_the_screen_are_functionals(visit):
    app = visit(PAGE, normalization__bs="16", normalization__seed="3")
    x = draw_pictures(SAMPLE, 16, 3, presize=96).views(96).astype(np.float32) / 255
    assert row(app, "before") == shown(*channel_stats(x))
    after = normalize(x, IMAGENET_MEAN, IMAGENET_STD)
    assert row(app, "after") == shown(*channel_stats(after))


@pytest.mark.long
def test_another_choice_of_statistics_changes_the_numbers(visit):
    app = visit(PAGE, normalization__bs="8")
    app.button_group(key="normalization.stats").set_value("batch").run()
    assert row(app, "after") == ["0.000"] * 3 + ["1.000"] * 3
    assert "xb = own(xb)  # mean 0 and std 1, for this batch only" in codes(app)[0]


@pytest.mark.long
def test_typed_statistics_are_in_the_address_and_are_used(visit):
    app = visit(PAGE, normalization__stats="typed", **{k.replace(".", "__"): v for k, v in TYPED.items()})
    assert row(app, "used") == ["0.250"] * 3 + ["0.500"] * 3
    assert "from_stats([0.250, 0.250, 0.250], [0.500, 0.500, 0.500])" in codes(app)[0]


@pytest.mark.long
def test_the_statistics_of_the_set_say_of_how_many_pictures_they_are(visit):
    app = visit(PAGE, normalization__stats="the data set", normalization__bs="8")
    mean, std = batch_statistics(draw_pictures(SAMPLE, 300, 0, presize=96).views(96))
    assert row(app, "used") == shown(np.array(mean), np.array(std))
    assert "Statistics of 300 training pictures" in texts(app)


@pytest.mark.long
def test_drawing_again_moves_the_seed_and_the_batch(visit):
    app = visit(PAGE, normalization__bs="8")
    before, seed = row(app, "before"), app.session_state["normalization.seed"]
    next(b for b in app.button if b.label == "Draw again").click().run()
    assert app.session_state["normalization.seed"] != seed and row(app, "before") != before


def test_a_notice_sets_the_controls_to_where_it_can_be_seen(visit):
    app = visit(PAGE)
    next(b for b in app.button if b.label == "Eight pictures, their own").click().run()
    assert (app.session_state["normalization.stats"], app.session_state["normalization.bs"]) == ("batch", 8)
    assert row(app, "after") == ["0.000"] * 3 + ["1.000"] * 3


def test_the_shipped_net_loses_answers_under_statistics_that_are_not_its_own(visit):
    if not (models.SHIPPED_FOLDER / "model.onnx").is_file():
        pytest.skip("no shipped model in this checkout")
    app = visit(PAGE, normalization__asked="20")
    said = next(m.value for m in app.markdown if m.value.startswith("With its own statistics"))
    right, wrong = (int(part.split(" of 20")[0].rpartition("**")[2]) for part in said.split(";"))
    assert right > wrong and right >= 14


def test_without_a_model_the_page_says_where_one_comes_from(visit, tmp_path: Path, monkeypatch):
    monkeypatch.setattr(models, "SHIPPED_FOLDER", tmp_path)
    app = visit(PAGE, normalization__bs="8")
    assert any("no net to ask yet" in i.value for i in app.info)
    assert not [e.label for e in app.expander if "on all its" in e.label]  # nor a model's stored answers


def test_a_broken_model_is_said_and_nothing_else_breaks(visit, tmp_path: Path, monkeypatch):
    (tmp_path / "model.onnx").write_bytes(b"broken")
    (tmp_path / "model.json").write_text(json.dumps({"mean": None, "std": None}))
    monkeypatch.setattr(models, "SHIPPED_FOLDER", tmp_path)
    app = visit(PAGE, normalization__bs="8")
    assert any("not a net that a run has exported" in e.value.replace("\\", "") for e in app.error)
    assert any(s.value == "Prove it" for s in app.header)


@pytest.mark.long
def test_the_published_gain_is_called_noise(visit):
    app = visit(PAGE, normalization__bs="8")
    text = " ".join(m.value for m in app.markdown)
    assert "0.8252 without, 0.8245 with" in text and two_runs() in text


def test_what_chance_does_is_told_with_the_one_figure(visit):
    assert any(two_runs() in m.value for m in visit(PAGE).markdown)


def test_the_whole_validation_set_is_told_from_stored_answers(visit):
    (fold,) = (
        e for e in visit(PAGE, normalization__bs="8").expander if "on all its 500 validation pictures" in e.label
    )
    said = " ".join(m.value for m in fold.markdown)
    assert "426 of 500 right with the net's own statistics, 70 with none at all" in said
    assert re.search(r"ImageNet's −2.2 points \(\d+ rescued, \d+ broken\);", said)
    assert "of 64 pictures, +0.8 points (4 rescued, 0 broken, too few to tell from chance)" in said
