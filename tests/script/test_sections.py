"""The generated code does what the recipe says, and contains nothing the recipe does not need."""

import ast
import json
import re
from pathlib import Path

import pytest

from sota_core.cli.main import build_parser
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.recipes import PRESETS, TECHNIQUES, Phase, Recipe
from sota_core.script import notebook, python_script, sections
from sota_core.script.sections import CLOSE, LATER, N_CLOSE
from sota_core.script.snippets import URLS
from tests.pictures import class_folders
from tests.script.test_against_a_run import RECIPES

BASE = PRESETS["baseline"]
EVERYTHING = PRESETS["all"].replace(
    resplit=True, subset=0.3, valid_limit=100, label_noise=0.1, normalize="dataset", precision="auto", resize="pad"
)


def prose(recipe: Recipe) -> str:
    return " ".join(section.prose for section in sections(recipe))


@pytest.mark.parametrize("recipe", [*PRESETS.values(), EVERYTHING], ids=[*PRESETS, "everything"])
def test_every_preset_becomes_python_with_fastai_alone(recipe: Recipe):
    code = python_script(recipe)
    imports = [node for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Import | ast.ImportFrom)]
    names = {ast.unparse(node) for node in imports}
    assert names == {"import torch", "import torchvision", "from fastai.vision.all import *"}
    assert max(map(len, code.splitlines())) <= 120


def test_only_code_whose_loaders_have_workers_says_how_they_start():
    assert "set_start_method" in python_script(BASE) and "n_workers = 2 if" in python_script(BASE)
    assert not re.search("set_start_method|n_workers", python_script(BASE, num_workers=0).replace("num_workers=0", ""))


def test_the_baseline_is_what_a_teacher_would_write():
    code = "\n".join(
        line.split("  #")[0] for line in python_script(BASE).splitlines() if line and not line.startswith("#")
    )
    cure, _, code = code.partition("\nfrom fastai.vision.all import *\n")
    assert cure.startswith("import torch\ntry:\n    import torchvision\nexcept RuntimeError:\n")
    assert code == (
        """path = untar_data(URLs.IMAGENETTE)
files = sorted(get_image_files(path), key=str)
split = RandomSplitter(0.2, seed=42)(files)
dblock = DataBlock(
    blocks=(ImageBlock, CategoryBlock),
    get_y=parent_label,
    splitter=lambda _: split,
    item_tfms=Resize(460),
    batch_tfms=aug_transforms(size=224, min_scale=0.75),
)
set_seed(42)
dls = dblock.dataloaders(files, bs=64, num_workers=n_workers)
learn = Learner(
    dls,
    xresnet50(n_out=dls.c),
    loss_func=CrossEntropyLossFlat(),
    metrics=accuracy,
)
learn.fit_one_cycle(5, 3e-3)
print(f"accuracy {learn.validate()[1]:.4f}")
probs, labels = learn.tta(n=4, beta=0.25)
print(f"with TTA {accuracy(probs, labels).item():.4f}")"""
    )


ONE_KNOB = {
    "normalize=imagenet": "Normalize.from_stats(*imagenet_stats)",
    "normalize=batch": "Normalize(),",
    "normalize=dataset": "channel_stats([files[i] for i in split[0]])",
    "mixup_alpha=0.4": "cbs=MixUp(0.4)",
    "cutmix_alpha=1": "cbs=CutMix(1.0)",
    "label_smoothing=0.1": "LabelSmoothingCrossEntropy(eps=0.1)",
    "label_noise=0.05": "round(0.05 * len(train))",
    "split=official": 'GrandparentSplitter(valid_name="val")',
    "split_seed=7": "RandomSplitter(0.2, seed=7)",
    "resplit=true": "range(1)",
    "subset=0.25": "[: round(0.25 * len(train))]",
    "valid_limit=500": "rng.permutation(valid)[:500]",
    "normalize=pretrained pretrained=sample arch=xresnet18 width=0.1875": "from_stats([0.429343, 0.489095, 0.449931]",
    "pretrained=sample arch=xresnet18 width=0.1875": 'load_file("sota_core/assets/sample_model/model.safetensors")',
    "arch=xresnet18": "xresnet18(n_out=dls.c)",
    "width=0.5": "widen=0.5",
    "device=cpu": 'device="cpu"',
    "precision=fp16": ").to_fp16()",
    "precision=bf16": ").to_bf16()",
    "precision=auto": "if torch.cuda.is_available():",
    "resize=squish": "method=ResizeMethod.Squish",
    "resize=pad": "method=ResizeMethod.Pad",
    "presize=256": "Resize(256)",
    "size=128": "size=128",
    "bs=32": "bs=32",
    "n_epochs=3": "fit_one_cycle(3, 3e-3)",
    "lr=0.0015": "fit_one_cycle(5, 1.5e-3)",
    "method=fine_tune": "fine_tune(5, 3e-3)",
    "tta_n=8": "tta(n=8",
    "tta_beta=0.5": "beta=0.5",
    "tta_use_max=true": "use_max=True",
    "seed=7": "set_seed(7)",
    "source=imagewoof2-160": "URLs.IMAGEWOOF_160",
    "source=/home/ann/pets": 'Path("my_pictures")',
}


@pytest.mark.parametrize("setting", ONE_KNOB)
def test_a_turned_knob_is_in_the_code_and_was_not_before(setting: str):
    from sota_core.recipes import apply_settings

    assert ONE_KNOB[setting] not in python_script(BASE)
    assert ONE_KNOB[setting] in python_script(apply_settings(BASE, setting.split()))


def test_every_field_of_a_recipe_has_a_knob_above():
    from sota_core.recipes import FIELDS, PHASE_FIELDS

    # the loader is described in words only: the code always has the chapter's own loader
    without = {s.split("=")[0] for s in ONE_KNOB} ^ ({*FIELDS, *PHASE_FIELDS} - {"loader"})
    assert not without, f"{without}: give ONE_KNOB a setting and the code it must produce"
    assert "decodes every picture once" in python_script(BASE)
    assert "decodes every picture once" not in python_script(BASE.replace(loader="files"))


def test_every_technique_is_on_in_a_script_that_is_run_beside_our_run():
    on = {name for more in RECIPES.values() for name in more}
    assert set(TECHNIQUES) <= on, f"{set(TECHNIQUES) - on}: add it to one of RECIPES in test_against_a_run.py"


@pytest.mark.parametrize(("source", "name"), URLS.items())
def test_fastai_s_data_sets_bear_the_names_the_pages_use(source: str, name: str):
    assert f"path = untar_data(URLs.{name})" in python_script(BASE.replace(source=source))


@pytest.mark.parametrize("name", PRESETS)
def test_a_thousand_outputs_are_told_of_the_three_experiments_that_have_them(name: str):
    assert ("1000" in prose(PRESETS[name])) == (name in ("mixup", "label_smoothing", "all"))


def test_one_view_is_one_view():
    assert "with 1 augmented view of each: learn.tta makes 2 passes, one of them plain." in prose(BASE.replace(tta_n=1))
    assert "with 4 augmented views of each: learn.tta makes 5 passes, one of them plain." in prose(BASE)


def test_how_near_the_losses_come_is_what_the_comparison_with_a_run_allows():
    assert f"first {N_CLOSE} batches within {CLOSE:.5f}" in prose(BASE) and f"within {LATER}" in prose(BASE)
    assert "digit by digit" not in prose(BASE)


def test_of_the_set_s_own_statistics_no_such_nearness_is_said():
    """fastai's code has them rounded to three digits, so that the first losses differed by thousandths."""
    assert "Its tests" in prose(BASE)
    assert "Its tests" not in prose(BASE.replace(normalize="dataset"))


def test_without_views_there_is_no_tta():
    assert "tta" not in python_script(BASE.replace(tta_n=0)).lower()


def test_phases_share_a_function_and_one_split_unless_it_is_drawn_anew():
    code = python_script(PRESETS["progressive"])
    assert "learn.dls = get_dls(64, 224)\nlearn.fine_tune(5, 1e-3)" in code and "splits" not in code
    printed = python_script(PRESETS["progressive"].replace(resplit=True))
    assert "learn.dls = get_dls(64, 224, splits[1])" in printed


@pytest.mark.parametrize("source", sorted(DRAWN))
def test_drawn_pictures_are_found_by_a_command_that_there_is(source: str):
    script = python_script(PRESETS["baseline"].replace(source=source))
    (command,) = re.findall(r"`python -m sota_core (.+?)` draws", script)
    assert build_parser().parse_args(command.split()).id == source


def test_a_folder_is_named_where_it_is_known():
    code = python_script(BASE.replace(source="sample"), folder="/data/it's here")
    assert ast.literal_eval(re.search(r"path = Path\((.*)\)", code)[1]) == "/data/it's here"


@pytest.mark.parametrize("recipe", [BASE, EVERYTHING], ids=["baseline", "everything"])
def test_the_notebook_is_one_and_holds_the_script(recipe: Recipe):
    book = json.loads(notebook(recipe))
    # what the nbformat 4.5 schema requires of a notebook and its cells
    assert (book["nbformat"], book["nbformat_minor"]) == (4, 5)
    assert set(book) == {"metadata", "nbformat", "nbformat_minor", "cells"}
    assert set(book["metadata"]["kernelspec"]) >= {"name", "display_name"}
    assert book["metadata"]["accelerator"] == "GPU"  # read by Colab alone
    ids = [cell["id"] for cell in book["cells"]]
    assert len(set(ids)) == len(ids) and all(re.fullmatch(r"[a-zA-Z0-9_-]{1,64}", i) for i in ids)
    for cell in book["cells"]:
        more = {"outputs", "execution_count"} if cell["cell_type"] == "code" else set()
        assert set(cell) == {"id", "cell_type", "metadata", "source"} | more
        assert cell["cell_type"] in ("code", "markdown") and all(isinstance(line, str) for line in cell["source"])
        assert not more or (cell["outputs"] == [] and cell["execution_count"] is None)
    code = "\n".join("".join(cell["source"]) for cell in book["cells"] if cell["cell_type"] == "code")
    assert ast.dump(ast.parse(code)) == ast.dump(ast.parse(python_script(recipe)))
    assert "".join(book["cells"][0]["source"]).startswith("# ")


def test_a_name_with_quotes_cannot_leave_its_string():
    hostile = Recipe(phases=(Phase(),), source='x"); import os; os.system("true")', split="random20")
    for code in (python_script(hostile), python_script(hostile, folder=hostile.source)):
        assert not [n for n in ast.walk(ast.parse(code)) if isinstance(n, ast.Attribute) and n.attr == "system"]


@pytest.mark.slow
@pytest.mark.parametrize("changes", [{}, {"valid_limit": 3, "subset": 0.7}], ids=["all", "reduced"])
def test_wrong_labels_stay_out_of_validation_in_every_phase(changes, tmp_path: Path):
    from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

    ensure_torchvision_ops()
    class_folders(tmp_path, "abc", 12)
    phases = (Phase(size=16, bs=4, n_epochs=1), Phase(size=24, bs=4, n_epochs=1))
    recipe = Recipe(phases, split="random20", resplit=True, label_noise=0.5, presize=32, device="cpu", **changes)
    names: dict = {}
    exec("from fastai.vision.all import *", names)
    for section in sections(recipe, folder=str(tmp_path), num_workers=0):
        if section.title in ("The pictures", "Wrong labels", "Loaders"):
            exec(section.code, names)
    for split, phase in zip(names["splits"], phases, strict=True):
        dls = names["get_dls"](phase.bs, phase.size, split)
        held_out = [names["files"][i] for i in split[-1]]
        dl = dls.test_dl(held_out, with_labels=True)
        said = [dls.vocab[int(y)] for _, ys in dl for y in ys]
        assert said == [file.parent.name for file in held_out]
        assert [file.parent.name for file in dls.valid.items] == [dls.vocab[int(y)] for _, ys in dls.valid for y in ys]
        trained = [(dls.vocab[int(dls.train_ds[i][1])], file.parent.name) for i, file in enumerate(dls.train.items)]
        assert any(label != right for label, right in trained)


def test_of_pictures_split_anew_those_held_out_are_read_with_their_right_label():
    """The rule alone, which takes milliseconds; the whole code is run above."""
    recipe = BASE.replace(label_noise=0.5, resplit=True, phases=(Phase(size=16), Phase(size=24)))
    (loaders,) = (section.code for section in sections(recipe) if section.title == "Loaders")
    names = {
        "files": list("abcdef"),
        "split": ([0, 1, 2, 3], [4, 5]),
        "parent_label": lambda file: f"{file}, right",
        "noisy_label": lambda file: f"{file}, perhaps wrong",
    }
    (held_out,), (get_y,) = (
        re.findall(pattern, loaders, re.MULTILINE) for pattern in (r"^ *(held_out = .+)$", r"get_y=(.+),$")
    )
    exec(held_out, names)
    said = [eval(get_y, names)(file) for file in names["files"]]
    assert said == [f"{file}, {'perhaps wrong' if file in 'abcd' else 'right'}" for file in names["files"]]


def test_the_prose_says_what_is_frozen():
    started = Recipe(
        phases=(Phase(method="fine_tune"),), pretrained="sample", normalize="pretrained", arch="xresnet18", width=0.1875
    )
    assert "It starts from the weights of the small net that comes with the app" in prose(
        started
    ) and "From scratch" not in prose(started)
    assert "only the batch norms learn" in prose(started) and "nothing is frozen" not in prose(started)
    assert "nothing is frozen" in prose(PRESETS["progressive"])
