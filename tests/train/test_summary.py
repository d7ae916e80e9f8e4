"""model.json: what it tells about a net, and what it must not tell."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import cast

import pytest

from sota_core import __version__
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets.sources import SOURCES
from sota_core.recipes import Recipe
from sota_core.train.events import Epoch
from sota_core.train.export import write_model_json
from sota_core.train.summary import model_card, onnx_properties, quickest_s, summarize

Card = Callable[..., dict]


@pytest.fixture
def card_of(tiny_folder: Path, tiny_recipe: Recipe) -> Card:
    def make(**changes) -> dict:
        return model_card(
            tiny_recipe.replace(**changes),
            list_pictures(tiny_folder),
            loader="cache",
            stats=([0.5, 0.25, 0.125], [0.25, 0.25, 0.5]),
            n_train=72,
            summary={"accuracy": 0.75, "n_valid": 24},
            versions={"torch": "2.13.0"},
            device="CPU",
            precision="fp32",
            is_complete=True,
            has_onnx=True,
        )

    return make


@pytest.mark.parametrize("source", SOURCES)
def test_every_data_set_of_the_table_says_on_what_terms_it_is_had(source: str, card_of: Card):
    data = card_of(source=source)["data"]
    assert data["title"] == SOURCES[source].title and data["n_train"] == 72
    if SOURCES[source].url is None:  # drawn by this project
        assert (data["license"], data["license_name"], data["hub_id"]) == ("apache-2.0", None, None)
    else:
        assert (data["license"], data["license_name"]) == ("other", "imagenet")
        assert data["license_link"].startswith("https://www.image-net.org/") and "non-commercial" in data["terms"]
        assert data["hub_id"] == "frgfm/" + source.rstrip("-0123456789")


def test_where_a_folder_of_ones_own_lay_is_nobodys_business(card_of: Card, tiny_folder: Path):
    card = card_of()
    assert card["recipe"]["source"] == card["data"]["title"] == tiny_folder.name
    assert str(tiny_folder.parent) not in json.dumps(card)
    assert (card["data"]["license"], card["data"]["terms"]) == (None, None)


def test_what_is_written_into_an_onnx_file_are_texts_and_says_all_that_is_needed(card_of: Card):
    found = onnx_properties(card_of(source="imagenette2-160"))
    assert all(isinstance(value, str) for value in found.values())
    assert json.loads(found["classes"]) == ["amber", "blue", "coral"]
    assert (json.loads(found["mean"]), json.loads(found["std"])) == ([0.5, 0.25, 0.125], [0.25, 0.25, 0.5])
    assert (found["size"], found["presize"], found["resize"]) == ("32", "48", "crop")
    assert "32 × 32 px" in found["view"] and json.loads(found["view_steps"])[-1] == {"step": "resize", "to": [32, 32]}
    assert (found["producer"], found["producer_version"]) == ("sota-lab", __version__)
    assert (found["license"], found["task"]) == ("imagenet", "image-classification")
    assert onnx_properties(card_of())["license"] == "unknown"
    assert onnx_properties(card_of(source="sample"))["license"] == "apache-2.0"


@pytest.mark.parametrize("diverged", [float("nan"), float("inf")])
def test_what_a_diverged_net_leaves_is_json(diverged: float, card_of: Card, tmp_path: Path):
    summary = summarize([], [], fit_s=1.0, valid_ce=diverged)
    assert summary.get("valid_ce", 0) is None
    path = write_model_json(tmp_path / "model.json", card_of() | {"metrics": summary})
    assert json.loads(path.read_text(), parse_constant=lambda name: pytest.fail(name))["metrics"]["valid_ce"] is None


def test_the_quickest_epoch_of_each_phase_and_stage_counts_for_all_of_it():
    told = [(0, "main", 518.0), (0, "main", 13.0), (1, "frozen", 7.0), (1, "main", 20.0), (1, "main", 18.0)]
    epochs = [cast(Epoch, {"phase": phase, "stage": stage, "seconds": taken}) for phase, stage, taken in told]
    assert quickest_s(epochs) == 2 * 13 + 7 + 2 * 18
    assert quickest_s([]) == 0
