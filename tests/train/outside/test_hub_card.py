"""The model card: read with the Hub's own parser and rendered with a Markdown library, whatever the classes are
called.
"""

import re
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path

import pytest
import yaml
from huggingface_hub import ModelCard
from markdown_it import MarkdownIt

from sota_core.data.pictures.listing import list_pictures
from sota_core.recipes import Phase, Recipe
from sota_core.train.outside.hub_card import hub_card
from sota_core.train.outside.predict_script import CURE, loading_snippet
from sota_core.train.summary import model_card

SUMMARY = {"accuracy": 0.75, "n_valid": 24, "tta_accuracy": 0.8125, "tta_views": 2}
NAUGHTY = (
    "a|b",
    "<script>alert(1)</script>",
    "two\nlines\n---\nlicense: mit",
    "[x](javascript:alert(1))",
    "`code` **bold** # head",
    "- null",
    "yes: {no",
    "'quoted\" \\n",
    "🦊 Füchse",
    "bell\x07\x7f\x85\u2028end",
    "http://example.org/",
)


@pytest.fixture
def json_card(tiny_folder: Path, tiny_recipe_of: Callable[..., Recipe]) -> Callable[..., dict]:
    """make(fields, **changes): the model.json of a run of this recipe, with some of its fields replaced."""

    def make(fields: dict | None = None, **changes) -> dict:
        made = model_card(
            tiny_recipe_of(**changes),
            list_pictures(tiny_folder),
            loader="cache",
            stats=([0.5] * 3, [0.25] * 3),
            n_train=72,
            summary=SUMMARY,
            versions={"torch": "2.13.0", "fastai": "2.8.12"},
            device="CPU, 2 threads",
            precision="fp32",
            is_complete=True,
            has_onnx=True,
        )
        return made | (fields or {})

    return make


def rendered(card: ModelCard) -> tuple[set[str], str]:
    """The tags and the text of the card rendered as a page."""
    tags, texts = set(), []

    class Reader(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list) -> None:
            tags.add(tag)

        def handle_data(self, data: str) -> None:
            texts.append(data)

    Reader().feed(MarkdownIt("commonmark").enable(["table", "strikethrough"]).render(card.text))
    return tags, "".join(texts)


def test_the_hubs_parser_reads_the_license_the_task_and_the_accuracy_with_n_and_seed(json_card):
    card = ModelCard(hub_card(json_card(source="imagenette2-160", mixup_alpha=0.4, seed=7), is_exported=True))
    assert card.data.to_dict().keys() == {
        "license", "license_name", "license_link", "library_name", "pipeline_tag", "tags", "datasets", "metrics",
        "model-index",
    }  # fmt: skip
    assert (card.data.license, card.data.license_name) == ("other", "imagenet")
    assert (card.data.library_name, card.data.pipeline_tag) == ("fastai", "image-classification")
    assert {"mixup", "test-time-augmentation", "onnx", "safetensors"} <= set(card.data.tags)
    assert "label-smoothing" not in card.data.tags
    assert (card.data.datasets, card.data.metrics) == (["frgfm/imagenette"], ["accuracy"])
    plain, tta = card.data.eval_results
    assert card.data.model_name == "xresnet18 on Imagenette, shorter side 160 px"
    assert (plain.task_type, plain.dataset_type, plain.metric_type) == (
        "image-classification",
        "frgfm/imagenette",
        "accuracy",
    )
    assert (plain.metric_value, plain.metric_name) == (0.75, "Accuracy (24 pictures, seed 7)")
    assert (tta.metric_value, tta.metric_name) == (0.8125, "Accuracy with 2 augmented views (24 pictures, seed 7)")


def test_the_sample_is_ours_to_give_and_a_folder_is_its_owners(json_card, tiny_folder: Path):
    assert ModelCard(hub_card(json_card(source="sample"))).data.license == "apache-2.0"
    card = ModelCard(hub_card(json_card()))
    assert card.data.license == "unknown" and card.data.datasets is None
    assert card.data.eval_results[0].dataset_type == "imagefolder"
    assert "If you publish this folder, name the license" in card.text
    assert tiny_folder.name in card.data.model_name and str(tiny_folder) not in card.content


def test_the_text_says_task_data_recipe_accuracy_loading_and_what_it_is_not_for(json_card):
    phases = (Phase(size=32, bs=16, n_epochs=2, lr=5e-3), Phase(size=48, bs=8, n_epochs=1, lr=1e-3, method="fine_tune"))
    made = json_card(source="sample", phases=phases, label_smoothing=0.1, label_noise=0.125, seed=7)
    card = ModelCard(hub_card(made))
    heads = ["Task", "Data", "Recipe", "Accuracy", "How to load it", "What it must not be used for"]
    assert re.findall(r"^## (.+)", card.text, re.M) == heads
    _, text = rendered(card)
    for said in (
        "One of 3 classes for a picture: amber, blue, coral.",
        made["view"],
        "Sample, drawn here: trained on 72 pictures, validated on 24 others. 12.5\u00a0% of the training labels",
        "fit_one_cycle(2, 0.005) at 32 px, batches of 16, then fine_tune(1, 0.001) at 48 px, batches of 8",
        "ε = 0.1",
        "75.0\u00a0%",
        "81.2\u00a0%",
        "widen=0.25 makes every block 0.25 times as wide",
        "python predict.py PICTURE",
    ):
        assert said in text, said
    assert f"```python\n{loading_snippet(Recipe.from_dict(made['recipe']), 3)}```" in card.text
    assert "operator torchvision::nms does not exist" in text and f"```python\n{CURE}```" in card.text
    assert "mixup" not in card.content.lower().replace("mixup\\_alpha", "")
    assert {"progressive-resizing", "label-smoothing"} <= set(card.data.tags)


def test_a_run_that_was_stopped_says_so_and_promises_neither_accuracy_nor_onnx(json_card):
    fields = {
        "stopped_early": True,
        "has_onnx": False,
        "summary": {"accuracy": None, "n_valid": None, "tta_accuracy": None, "tta_views": 0},
    }
    card = ModelCard(hub_card(json_card(fields, tta_n=2)))
    assert not {"onnx", "test-time-augmentation"} & set(card.data.tags)
    assert card.data.eval_results is None and "model-index" not in card.data.to_dict()
    assert "stopped before its end" in card.text and "Not known" in card.text
    assert "model.onnx" not in card.text and "load_state_dict" in card.text and "onnx" not in card.data.tags


def test_one_picture_that_is_wrong_is_not_rounded_away(json_card):
    summary = {"accuracy": 3924 / 3925, "n_valid": 3925, "tta_accuracy": 1.0, "tta_views": 2}
    text = ModelCard(hub_card(json_card({"summary": summary}))).text
    assert "| Accuracy | >99.9\u00a0% | 3,925 |" in text and "| 100.0\u00a0% | 3,925 |" in text


def test_a_split_drawn_anew_in_every_phase_is_called_too_good(json_card):
    phases = (Phase(size=32), Phase(size=48))
    assert "too good" in ModelCard(hub_card(json_card(phases=phases, split="random20", resplit=True))).text
    assert "too good" not in ModelCard(hub_card(json_card(phases=phases, split="random20"))).text


def test_a_start_that_knew_the_validation_pictures_is_told_and_the_figure_called_too_good(json_card):
    start = {"source": "sample", "arch": "xresnet18", "width": 0.1875, "pretrained": "sample"}
    text = ModelCard(hub_card(json_card(split="random20", **start))).text
    assert "validated on 24." in text and "others" not in text
    assert "had been trained on about 75\u00a0% of them: the figure is too good" in text
    text = ModelCard(hub_card(json_card(split="official", **start))).text
    assert "validated on 24 others." in text and "too good" not in text


def test_a_small_share_of_wrong_labels_is_not_called_none(json_card):
    assert "0.4\u00a0% of the training labels were made wrong" in hub_card(json_card(label_noise=0.004))
    assert "25\u00a0% of the training labels were made wrong" in hub_card(json_card(label_noise=0.25))


@pytest.mark.parametrize("name", NAUGHTY)
def test_whatever_a_folder_and_its_classes_are_called_stays_a_name(name: str, json_card):
    made = json_card({"classes": [name, "b"], "class_names": [name, "b"]})
    made["data"]["title"] = name
    content = hub_card(made)
    card, plain = ModelCard(content), ModelCard(hub_card(json_card()))
    # the Hub's own parser and any other YAML reader find the same block, with nothing else in it
    assert yaml.safe_load(content.split("\n---\n")[0]) == card.data.to_dict()
    assert card.data.to_dict().keys() == plain.data.to_dict().keys() and card.data.license == "unknown"
    said = " ".join(name.split())
    assert card.data.model_name == f"xresnet18 on {said}"
    assert card.data.eval_results[0].dataset_name == said
    tags, text = rendered(card)
    assert tags == rendered(plain)[0]
    assert len(re.findall(r"^## ", card.text, re.M)) == 6
    seen = " ".join(text.replace("\u2060", "").split())  # put into addresses so that they do not become links
    assert " ".join(f"One of 2 classes for a picture: {name}, b.".split()) in seen


def test_a_thousand_classes_are_not_all_told(json_card):
    many = [f"class{i}" for i in range(1000)]
    text = ModelCard(hub_card(json_card({"classes": many, "class_names": many}))).text
    assert "One of 1000 classes" in text and "class49 and 950 more" in text and "class50," not in text


def test_a_net_that_did_not_begin_at_random_says_from_what_and_on_what_terms(json_card):
    text = ModelCard(hub_card(json_card(arch="xresnet18", width=0.1875, pretrained="sample"))).text
    assert "from scratch" not in text and "Fine-tuned with fastai" in text
    assert "started from the weights of the small net that comes with the app, all but the last layer" in text
    assert "under the Apache License 2.0" in text and "from pretrained weights (sample)" in text
    assert "Trained from scratch" in ModelCard(hub_card(json_card())).text
