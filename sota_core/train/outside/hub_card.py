"""README.md beside a net: a model card as the Hugging Face Hub reads it, so that the folder can be pushed as it is.

Made of model.json alone. Names of folders and classes are their owner's text: quoted by PyYAML in the front matter,
escaped in the Markdown below it.
"""

from collections.abc import Iterable, Mapping
from typing import Any

import yaml

from sota_core import words
from sota_core.recipes import Phase, Recipe
from sota_core.recipes.fields import RESNETS
from sota_core.recipes.pretrained import NETS, NONE
from sota_core.recipes.traits import known_before
from sota_core.train.outside.predict_script import CURE, loading_snippet

UNKNOWN = "unknown"  # the Hub's word for a license that nobody has named
_MAX_CLASSES = 50  # named one by one


def hub_card(card: Mapping[str, Any], *, is_exported: bool = False) -> str:
    """The card of the net that this model.json describes. A run that was stopped has no ONNX file; its card says that
    it was stopped where that was before its last epoch was over.

    is_exported  model.onnx lies beside it
    """
    recipe = Recipe.from_dict(card["recipe"])
    front = yaml.safe_dump(_front_matter(card, recipe, is_exported), sort_keys=False, allow_unicode=True)
    sections = (_head, _task, _data, _recipe, _accuracy, _loading, _not_for)
    return f"---\n{front}---\n\n" + "\n\n".join(section(card, recipe) for section in sections) + "\n"


def _title(card: Mapping[str, Any], recipe: Recipe) -> str:
    return " ".join(f"{recipe.arch} on {card['data']['title']}".split())  # a folder's name may hold a line's end


def _techniques(card: Mapping[str, Any], recipe: Recipe) -> list[str]:
    """The techniques of the run, written as the Hub's tags are."""
    used = {
        "progressive-resizing": len({phase.size for phase in recipe.phases}) > 1,
        "mixup": recipe.mixup_alpha,
        "cutmix": recipe.cutmix_alpha,
        "label-smoothing": recipe.label_smoothing,
        "test-time-augmentation": card["summary"].get("tta_accuracy") is not None,
    }
    return [name for name, is_used in used.items() if is_used]


def _front_matter(card: Mapping[str, Any], recipe: Recipe, is_exported: bool) -> dict[str, Any]:
    data, onnx = card["data"], ["onnx"] if is_exported else []
    found: dict[str, Any] = {"license": data["license"] or UNKNOWN}
    if data["license_name"]:
        found |= {"license_name": data["license_name"], "license_link": data["license_link"]}
    found |= {
        "library_name": "fastai",
        "pipeline_tag": "image-classification",
        "tags": ["fastbook", recipe.arch.rstrip("0123456789"), "safetensors", *onnx, *_techniques(card, recipe)],
    }
    if data["hub_id"]:
        found["datasets"] = [data["hub_id"]]
    found["metrics"] = ["accuracy"]
    if results := _results(card, recipe):
        found["model-index"] = [{"name": _title(card, recipe), "results": results}]
    return found


def _results(card: Mapping[str, Any], recipe: Recipe) -> list[dict[str, Any]]:
    """The results for the front matter; [] where there is no accuracy, because the Hub requires a value."""
    title = " ".join(card["data"]["title"].split())
    metrics = [
        {"type": "accuracy", "value": accuracy, "name": f"{name} ({words.plural(n, 'picture')}, seed {recipe.seed})"}
        for name, accuracy, n in _accuracies(card)
    ]
    task = {"type": "image-classification", "name": "Image classification"}
    dataset = {"type": card["data"]["hub_id"] or "imagefolder", "name": title, "split": "validation"}
    return [{"task": task, "dataset": dataset, "metrics": metrics}] if metrics else []


def _accuracies(card: Mapping[str, Any]) -> list[tuple[str, float, int]]:
    """(name, accuracy, number of pictures): plain, and with test-time augmentation where that was done."""
    got = card["summary"]
    if got.get("accuracy") is None:
        return []
    found = [("Accuracy", got["accuracy"], got["n_valid"])]
    if got.get("tta_accuracy") is not None:
        views = words.plural(got["tta_views"], "augmented view")
        found.append((f"Accuracy with {views}", got["tta_accuracy"], got["n_valid"]))
    return found


def _head(card: Mapping[str, Any], recipe: Recipe) -> str:
    said = f"# {words.markdown_safe(_title(card, recipe))}\n\n"
    start = NETS.get(recipe.pretrained)
    how = "Trained from scratch" if start is None else "Fine-tuned"
    said += f"{how} with fastai by {card['producer']} {card['producer_version']} on {card['date'][:10]}."
    if start is not None:
        said += f" It started from the weights of {start.title}, all but the last layer ({start.trained_on})."
    if card["stopped_early"]:
        said += " **The training was stopped before its end.**"
    return said


def _task(card: Mapping[str, Any], recipe: Recipe) -> str:
    names = card["class_names"]
    shown = ", ".join(words.markdown_safe(name) for name in names[:_MAX_CLASSES])
    more = f" and {len(names) - _MAX_CLASSES} more, all in `model.json`" if len(names) > _MAX_CLASSES else ""
    scale = (
        "divided by 255, then normalized with `mean` and `std` of `model.json`" if card["mean"] else "divided by 255"
    )
    return (
        f"## Task\n\nOne of {len(names)} classes for a picture: {shown}{more}.\n\n"
        f"Input: (B, 3, {card['size']}, {card['size']}) float32, RGB, {scale}. {card['view']} "
        f"Output: (B, {len(names)}) logits."
    )


def _data(card: Mapping[str, Any], recipe: Recipe) -> str:
    data = card["data"]
    said = f"## Data\n\n{words.markdown_safe(data['title'])}: trained on {words.plural(data['n_train'], 'picture')}"
    if n_valid := card["summary"].get("n_valid"):
        said += f", validated on {n_valid:,}{'' if recipe.resplit or known_before(recipe) else ' others'}"
    said += "."
    if recipe.label_noise:
        said += f" {words.asked_share(recipe.label_noise)} of the training labels were made wrong, on purpose."
    return f"{said} {_terms(data)}"


def _terms(data: Mapping[str, Any]) -> str:
    if data["terms"]:
        return data["terms"] + (f" See <{data['license_link']}>." if data["license_link"] else "")
    return (
        "sota-lab does not know the terms of use of these pictures. If you publish this folder, name the license in "
        f"place of `license: {UNKNOWN}` above."
    )


def _recipe(card: Mapping[str, Any], recipe: Recipe) -> str:
    width = "" if recipe.width == 1 else f", {recipe.width:g} times its default width"
    start = "from scratch" if recipe.pretrained == NONE else f"from pretrained weights ({recipe.pretrained})"
    rows = {
        "Net": f"{'torchvision' if recipe.arch in RESNETS else 'fastai'}'s {recipe.arch}{width}, {start}",
        "Training": ", then ".join(map(_phase, recipe.phases)),
        "Normalization": recipe.normalize,
        "Mixup": recipe.mixup_alpha and f"α = {recipe.mixup_alpha:g}",
        "CutMix": recipe.cutmix_alpha and f"α = {recipe.cutmix_alpha:g}",
        "Label smoothing": recipe.label_smoothing and f"ε = {recipe.label_smoothing:g}",
        "Precision and device": words.markdown_safe(f"{card['precision']}, {card['device']}"),
        "Seed": str(recipe.seed),
        "Versions": ", ".join(f"{name} {version}" for name, version in card["versions"].items()),
    }
    table = _table(("", ""), ((name, value) for name, value in rows.items() if value))
    return f"## Recipe\n\n{table}\n\nEvery field of the recipe is in `model.json` under `recipe`."


def _phase(phase: Phase) -> str:
    return f"{phase.method}({phase.n_epochs}, {phase.lr:g}) at {phase.size} px, batches of {phase.bs}"


def _table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    lines = [tuple(head), *(tuple(row) for row in rows)]
    lines.insert(1, ("---",) * len(lines[0]))
    return "\n".join(f"| {' | '.join(cells)} |" for cells in lines)


def _accuracy(card: Mapping[str, Any], recipe: Recipe) -> str:
    found = _accuracies(card)
    if not found:
        return "## Accuracy\n\nNot known: the run ended before its last validation was complete."
    rows = [(name, words.percent(value), f"{n:,}", str(recipe.seed)) for name, value, n in found]
    said = (
        "One run with one seed; another seed or other pictures give other figures. The same validation pictures were "
    )
    said += "used to follow the run: there is no separate test set."
    if recipe.resplit and len(recipe.phases) > 1:
        said += (
            " They were drawn anew in every phase, so the net had been trained on most of them: the figure is too good."
        )
    if known := known_before(recipe):
        said += (
            f" The net it started from had been trained on about {words.share(known)} of them: the figure is too good."
        )
    return f"## Accuracy\n\n{_table(('', 'value', 'pictures', 'seed'), rows)}\n\n{said}"


def _loading(card: Mapping[str, Any], recipe: Recipe) -> str:
    n_classes = len(card["classes"])
    special = f"`{'num_classes' if recipe.arch in RESNETS else 'n_out'}` is the number of classes"
    if recipe.width != 1:
        special += (
            f", and `widen={recipe.width!r}` makes every block {recipe.width:g} times as wide as fastai's default"
        )
    parts = ["## How to load it"]
    if card["has_onnx"]:
        parts += [
            "With onnxruntime, without torch (`model.onnx` and `predict.py` are missing if the export failed):",
            _code("bash", "pip install pillow numpy onnxruntime\npython predict.py PICTURE\n"),
            "The metadata inside `model.onnx` says what it needs: classes, mean, std, size, how a picture is resized.",
        ]
    parts += [
        f"With plain fastai: `python predict_fastai.py PICTURE`, or in code of your own, where {special}:",
        _code("python", loading_snippet(recipe, n_classes)),
        "If its first line fails with `operator torchvision::nms does not exist`, the builds of torch and torchvision "
        "do not fit each other: for example, torch is a CPU build and torchvision comes from PyPI. Install both from "
        "the same index, or put this above that line:",
        _code("python", CURE),
        "There is no pickle, on purpose: `from_pretrained_fastai` needs a `model.pkl`, so it cannot load this folder.",
    ]
    return "\n\n".join(parts)


def _code(language: str, text: str) -> str:
    return f"```{language}\n{text}```"


def _not_for(card: Mapping[str, Any], recipe: Recipe) -> str:
    n = len(card["classes"])
    points = [
        "Decisions about people, health, safety or money. This net was trained to show what a technique does, and only "
        "its accuracy was measured.",
        f"Pictures unlike those it was trained on. It knows {n} classes and names one of them for every picture, even "
        "for one that shows none of them.",
        "Anything that relies on its probabilities: they have not been calibrated.",
    ]
    if recipe.mixup_alpha or recipe.cutmix_alpha or recipe.label_smoothing:
        points[-1] += " It was trained with soft labels, which change its probabilities on purpose."
    points.append("Anything that the terms of its training pictures do not allow (see *Data*).")
    return "## What it must not be used for\n\n" + "\n".join(f"- {point}" for point in points)
