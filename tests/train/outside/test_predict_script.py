"""`predict.py`, `predict_fastai.py` and the card's snippet, run as an outsider would, beside the model and without this
project, give the stored predictions.
"""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, ImageOps

from sota_core.data.pictures.view import load_presized, valid_view
from sota_core.recipes import Recipe
from sota_core.recipes.fields import ARCHS
from sota_core.settings import Settings
from sota_core.train.fit import run_recipe
from sota_core.train.outside.predict_script import fastai_script, loading_snippet, predict_script, view_of

pytestmark = pytest.mark.long  # a Learner, so fastai

# Answers one question after another, so that fastai is imported once. It reads a line with a folder and its pictures,
# and writes a line with the predictions of the scripts (imported as modules) and of the snippet's net, and with what
# the scripts print for the first picture (called as commands).
OUTSIDER = """
import contextlib, importlib, io, json, os, re, runpy, sys
for line in sys.stdin:
    folder, *pictures = json.loads(line)
    os.chdir(folder)
    with open("README.md", encoding="utf-8") as card:
        snippet, cure = re.findall("```python\\n(.*?)```", card.read(), re.DOTALL)
    names = {}
    for code in (cure, snippet):  # first: later code applies the cure, too
        exec(code, names)
    told = {}
    for name in ("predict", "predict_fastai"):
        sys.modules.pop(name, None)
        importlib.invalidate_caches()
        module = importlib.import_module(name)
        assert os.path.dirname(os.path.realpath(module.__file__)) == os.path.realpath(folder)
        sys.argv[:] = [name + ".py", pictures[0]]
        with contextlib.redirect_stdout(io.StringIO()) as out:
            runpy.run_path(name + ".py", run_name="__main__")
        told[name] = [module.predict(picture).tolist() for picture in pictures], out.getvalue()
    module.NET = names["net"]
    told["README"] = [module.predict(picture).tolist() for picture in pictures], told[name][1]
    assert "sota_core" not in sys.modules
    print(json.dumps(told), flush=True)
"""


@pytest.fixture(scope="module")
def pictures(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two classes of wide, tall, small and large pictures, among them JPEGs that are decoded at a fraction of their
    size.
    """
    root, rng = tmp_path_factory.mktemp("shapes"), np.random.default_rng(0)
    sizes = [(160, 96), (96, 160), (40, 28), (512, 384), (384, 640), (101, 67)]
    for part, n in (("train", 8), ("val", 6)):
        for name in ("a", "b"):
            folder = root / part / name
            folder.mkdir(parents=True)
            for i in range(n):
                coarse = Image.fromarray(rng.integers(0, 255, (5, 8, 3), np.uint8))
                suffix = "jpg" if i % 2 else "png"
                coarse.resize(sizes[i % len(sizes)], Image.Resampling.BICUBIC).save(folder / f"{i}.{suffix}")
            if part == "val":
                _kinds(folder, rng)
    return root


def _kinds(folder: Path, rng: np.random.Generator) -> None:
    """Add what a decoder can get wrong: a photo lying on its side, one with transparency, one of 16 and one of 12
    bits.
    """
    photo = Image.fromarray(rng.integers(0, 255, (5, 8, 3), np.uint8)).resize((400, 300), Image.Resampling.BICUBIC)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    photo.save(folder / "turned.jpg", exif=exif)
    layer = photo.copy()
    layer.putalpha(Image.linear_gradient("L").resize(photo.size))
    layer.save(folder / "see_through.png")
    deep = np.asarray(photo.convert("L")).astype(np.uint16) * 257
    Image.fromarray(deep).save(folder / "deep.png")
    Image.fromarray(deep // 16).save(folder / "deep12.png")


@pytest.fixture(scope="module")
def outsider(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[Path, list[str]], dict]]:
    """outsider(folder, pictures): what the scripts in this folder tell a process that has no access to this project."""
    place = tmp_path_factory.mktemp("outsider")
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    with (place / "errors").open("w") as errors:
        process = subprocess.Popen(
            [sys.executable, "-c", OUTSIDER], cwd=place, env=environment, text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        )  # fmt: skip
    assert process.stdin is not None and process.stdout is not None

    def ask(folder: Path, pictures: list[str]) -> dict:
        process.stdin.write(json.dumps([str(folder), *pictures]) + "\n")
        process.stdin.flush()
        told = process.stdout.readline()
        assert told, (place / "errors").read_text()
        return json.loads(told)

    yield ask
    process.communicate(timeout=240)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")  # warnings of fastai and torch about tensors
@pytest.mark.parametrize(
    "changes",
    [{}, {"resize": "squish"}, {"resize": "pad"}, {"loader": "files"}, {"loader": "files", "presize": 80},
     {"loader": "files", "resize": "squish"}],
    ids=str,
)  # fmt: skip
def test_an_outsiders_predictions_are_the_stored_ones(
    changes: dict, pictures: Path, tiny_recipe_of: Callable[..., Recipe], settings: Settings, tmp_path: Path, outsider
):
    recipe = tiny_recipe_of(source=str(pictures), tta_n=0, split="official", **changes)
    recipe = recipe.replace(phases=tuple(type(p)(size=32, bs=4, n_epochs=2, lr=5e-3) for p in recipe.phases))
    done = run_recipe(recipe, settings, emit=lambda event: None, should_stop=lambda: False, out_dir=tmp_path)
    assert done.export is not None and set(done.export()) == {"model.onnx", "predict.py", "README.md"}
    stored = np.load(tmp_path / "predictions.npz")
    files = [str(pictures / name) for name in stored["names"]]
    best = stored["classes"][stored["plain"][0].argmax()]
    told = outsider(tmp_path, files)
    assert told.keys() == {"predict", "predict_fastai", "README"}
    for probs, printed in told.values():
        # the run reduces with torch, the script with Pillow: they may differ by a grey level
        np.testing.assert_allclose(probs, stored["plain"], atol=2e-3)
        assert printed.split("\t")[:2] == [files[0], best]
    card = json.loads((tmp_path / "model.json").read_text())
    assert (card["view"], card["view_steps"]) == view_of(recipe, recipe.loader)


@pytest.mark.parametrize(
    "greys",
    [np.float32([0, 0.2, 1]), np.float32([0.5, np.nan, np.inf]), np.float32([0, 300, 1e6]), np.int32([0, 700, 1000]),
     np.int32([-5, 0, 10**6]), np.uint16([0, 40_000, 65_535]), np.uint8([0, 90, 255])],
    ids=lambda greys: f"{greys.dtype} {greys}",
)  # fmt: skip
def test_the_script_takes_deep_greys_as_the_run_does(greys: np.ndarray, tiny_recipe_of, tmp_path: Path):
    Image.fromarray(np.resize(greys, (60, 80))).save(tmp_path / "x.tif")
    recipe = tiny_recipe_of()
    code = predict_script(recipe, "cache")
    found: dict = {"np": np, "Image": Image, "ImageOps": ImageOps}
    exec(code[code.index("def view(") : code.index("def predict(")], found)
    ours = valid_view(load_presized(tmp_path / "x.tif", recipe.presize), recipe.phases[-1].size, recipe.resize)
    np.testing.assert_array_equal(found["view"](tmp_path / "x.tif").transpose(2, 0, 1), ours)


@pytest.mark.parametrize("size", [(3000, 40), (30, 2049), (2500, 1), (90, 60)])
def test_the_script_fills_up_a_long_picture_as_the_run_does(size: tuple[int, int], tiny_recipe_of, tmp_path: Path):
    noise = np.random.default_rng(0).integers(0, 255, (*size[::-1], 3), np.uint8)
    Image.fromarray(noise).save(tmp_path / "x.png")
    recipe = tiny_recipe_of(resize="pad")
    code = predict_script(recipe, "cache")
    found: dict = {"np": np, "Image": Image, "ImageOps": ImageOps}
    exec(code[code.index("def view(") : code.index("def predict(")], found)
    ours = valid_view(load_presized(tmp_path / "x.png", recipe.presize), recipe.phases[-1].size, "pad")
    np.testing.assert_array_equal(found["view"](tmp_path / "x.png").transpose(2, 0, 1), ours)


def test_the_card_says_in_a_sentence_how_presize_cut_and_size_combine(tiny_recipe: Recipe):
    said, steps = view_of(tiny_recipe, "cache")
    assert said == (
        "The picture is converted to RGB; its shorter side is reduced to 48 px (bilinear, antialiased; smaller "
        "pictures stay as they are), then its centre square is cut out, then the result is resized to 32 × 32 px "
        "(bilinear, antialiased)."
    )
    assert steps == [
        {"step": "shorter_side", "at_most": 48},
        {"step": "centre_crop", "to": "shorter side"},
        {"step": "resize", "to": [32, 32]},
    ]


@pytest.mark.parametrize("loader", ["cache", "files"])
@pytest.mark.parametrize("resize", ["crop", "squish", "pad"])
def test_the_scripts_import_nothing_of_ours(resize: str, loader: str, tiny_recipe_of: Callable[..., Recipe]):
    recipe = tiny_recipe_of(resize=resize)
    for code in (predict_script(recipe, loader), fastai_script(recipe, loader, 3)):
        compile(code, "predict.py", "exec")
        assert "sota_core" not in code
        assert max(map(len, code.splitlines())) <= 120
    assert "torch" not in predict_script(recipe, loader) and "fastai import" not in predict_script(recipe, loader)
    assert "onnxruntime" not in fastai_script(recipe, loader, 3)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::UserWarning")
@pytest.mark.parametrize(
    ("arch", "width"), [*((arch, width) for arch in ARCHS for width in (0.125, 0.375, 1.0)), ("resnet18", 1.0)]
)
def test_the_snippet_loads_the_weights_of_every_net_the_lab_has(
    arch: str, width: float, tmp_path: Path, tiny_recipe_of: Callable[..., Recipe], monkeypatch: pytest.MonkeyPatch
):
    import torch

    from sota_core.train.export import write_weights
    from sota_core.train.learner import build_model

    recipe = tiny_recipe_of(arch=arch, width=width)
    ours = build_model(recipe, 3).eval()
    write_weights(tmp_path / "model.safetensors", ours)
    monkeypatch.chdir(tmp_path)
    snippet = loading_snippet(recipe, 3)
    assert ("widen" in snippet) == (width != 1)
    found: dict = {}
    exec(snippet, found)
    x = torch.randn(2, 3, 32, 40, generator=torch.Generator().manual_seed(0))
    with torch.no_grad():
        torch.testing.assert_close(found["net"](x), ours(x))


def test_the_weights_say_that_they_are_torchs_and_may_be_read_like_any_file(tmp_path: Path):
    from safetensors import safe_open
    from torch import nn

    from sota_core.train.export import write_weights

    with safe_open(write_weights(tmp_path / "model.safetensors", nn.Linear(2, 3)), "pt") as file:
        assert file.metadata() == {"format": "pt"}
        assert set(file.keys()) == {"weight", "bias"}
    (tmp_path / "metrics.csv").write_text("epoch")
    assert (tmp_path / "model.safetensors").stat().st_mode == (tmp_path / "metrics.csv").stat().st_mode
