"""`predict.py` and `predict_fastai.py` beside a model: scripts that make a picture's validation view and run the net.

Text only: one runs model.onnx with onnxruntime, the other model.safetensors with plain fastai, both on the same view.
Our own runs make their pixels in data/pictures.
"""

import math
import textwrap
from typing import Any

from sota_core.data.loading.torchvision_ops import AS_CODE
from sota_core.data.pictures.decoding import WHITES
from sota_core.data.pictures.view import MOST_PADDED
from sota_core.recipes import Recipe
from sota_core.recipes.fields import RESNETS

CURE = f"import torch\n\n{AS_CODE}\n"
"""Code that the scripts begin with: it lets fastai be imported where torchvision was built for another torch."""


def view_of(recipe: Recipe, loader: str) -> tuple[str, list[dict[str, Any]]]:
    """How presize, cut and size combine: one sentence, and the steps in order.

    loader  by which the run validated: `cache`, or `files` (also where the disk had no room for the cache)
    """
    presize, size = recipe.presize, recipe.phases[-1].size
    cut = {
        "crop": ("its centre square is cut out", {"step": "centre_crop", "to": "shorter side"}),
        "squish": ("it is kept whole, whatever its proportions", {"step": "squish"}),
        "pad": ("it is padded to a square by mirroring it at its edges", {"step": "reflect_pad", "to": "longer side"}),
    }[recipe.resize]
    if loader == "files":
        said = (
            f"{cut[0]}, then the result is resized to {presize} × {presize} px (bilinear, antialiased; smaller "
            f"squares grow), then sampled bilinearly at {size} × {size} points from corner to corner, as fastai does"
        )
        steps = [cut[1], {"step": "resize", "to": [presize, presize]}, {"step": "sample", "to": [size, size]}]
    else:
        said = (
            f"its shorter side is reduced to {presize} px (bilinear, antialiased; smaller pictures stay as they are), "
            f"then {cut[0]}, then the result is resized to {size} × {size} px (bilinear, antialiased)"
        )
        steps = [{"step": "shorter_side", "at_most": presize}, cut[1], {"step": "resize", "to": [size, size]}]
    return f"The picture is converted to RGB; {said}.", steps


def predict_script(recipe: Recipe, loader: str) -> str:
    """The script: `python predict.py PICTURE…` prints each picture's class and its probability."""
    return _SCRIPT.format(**_view_code(recipe, loader), **_ONNX)


def fastai_script(recipe: Recipe, loader: str, n_classes: int) -> str:
    """The same for the weights in fastai's own net: `python predict_fastai.py PICTURE…`."""
    code = _view_code(recipe, loader)
    code["imported"] += f"\n\n{AS_CODE}\nfrom {_module(recipe)} import {recipe.arch}"
    code["imported"] += "\nfrom safetensors.torch import load_file"
    net = _FASTAI["net"].format(net=_net(recipe, n_classes))
    return _SCRIPT.format(**code, **_FASTAI | {"net": net})


def loading_snippet(recipe: Recipe, n_classes: int) -> str:
    """How the weights are loaded where fastai is and this project is not."""
    return _SNIPPET.format(module=_module(recipe), arch=recipe.arch, net=_net(recipe, n_classes))


def _module(recipe: Recipe) -> str:
    return "torchvision.models" if recipe.arch in RESNETS else "fastai.vision.models.xresnet"


def _net(recipe: Recipe, n_classes: int) -> str:
    """The call that makes the net; only the number of outputs, and a width other than 1, are not its defaults."""
    if recipe.arch in RESNETS:
        return f"{recipe.arch}(num_classes={n_classes})"
    width = "" if recipe.width == 1 else f", widen={recipe.width!r}"
    return f"{recipe.arch}(n_out={n_classes}{width})"


def _view_code(recipe: Recipe, loader: str) -> dict[str, str]:
    """The parts of both scripts that describe and prepare a picture."""
    said, _ = view_of(recipe, loader)
    presize, size = recipe.presize, recipe.phases[-1].size
    if loader == "files":
        margin = presize / size / 2
        pooled = _POOLED.format(to=math.floor(presize * (1 / margin))) if margin > 1 else ""
        opened, sized = _AS_FASTAI, _SAMPLED.format(presize=presize, size=size, pooled=pooled)
        side = f"int(min(image.size) / {presize} * {presize})"  # fastai's own rounding
    else:
        opened = _UPRIGHT.format(presize=presize, gap=2 * presize, whites=(1, *WHITES))
        sized = _RESIZED.format(size=size)
        side = "min(image.size)"
    cut = _CUTS[recipe.resize].format(side=side)
    if recipe.resize == "pad" and loader != "files":
        cut = _LONG.format(most=MOST_PADDED) + cut
    imported = "Image" if loader == "files" else "Image, ImageOps"
    return {"said": textwrap.fill(said, 110), "imported": imported, "opened": opened, "cut": cut, "sized": sized}


_SCRIPT = '''"""{about}

{said}
{needs}
"""

import json
import sys
from pathlib import Path

import numpy as np
import {runtime}
from PIL import {imported}

HERE = Path(__file__).parent
CARD = json.loads((HERE / "model.json").read_text(encoding="utf-8"))
{net}


def view(path):
    "The picture as the net gets it, before normalization: (size, size, 3), 0 ... 255."
    image = Image.open(path)
{opened}{cut}{sized}

def predict(path):
    "The probability of each of CARD['classes']."
    x = view(path).astype(np.float32) / 255
    if CARD["mean"]:
        x = (x - np.float32(CARD["mean"])) / np.float32(CARD["std"])
    x = np.ascontiguousarray(x.transpose(2, 0, 1)[None])
{logits}
    odds = np.exp(logits - logits.max())
    return odds / odds.sum()


if __name__ == "__main__":
    for path in sys.argv[1:]:
        probs = predict(path)
        print(f"{{path}}\\t{{CARD['classes'][probs.argmax()]}}\\t{{probs.max():.4f}}")
'''

_ONNX = {
    "about": "Classify pictures with the exported model: python predict.py PICTURE…",
    "needs": "Needs pillow, numpy and onnxruntime, and beside this file model.onnx and model.json.",
    "runtime": "onnxruntime",
    "net": """\
SESSION = onnxruntime.InferenceSession(str(HERE / "model.onnx"), providers=["CPUExecutionProvider"])""",
    "logits": """\
    logits = SESSION.run(None, {"pictures": x})[0][0]""",
}
_FASTAI = {
    "about": "Classify pictures with the saved weights, in plain fastai: python predict_fastai.py PICTURE…",
    "needs": "Needs fastai, safetensors, pillow and numpy, and beside this file model.safetensors and model.json.",
    "runtime": "torch",
    "net": """\
NET = {net}
NET.load_state_dict(load_file(HERE / "model.safetensors"))
NET.eval()""",
    "logits": """\
    with torch.no_grad():
        logits = NET(torch.from_numpy(x))[0].numpy()""",
}
_SNIPPET = """\
from {module} import {arch}
from safetensors.torch import load_file

net = {net}
net.load_state_dict(load_file("model.safetensors"))
net.eval()
"""

# As our runs decode: JPEG at a fraction where that is enough, deep greys scaled, transparency on white, upright.
_UPRIGHT = """\
    k = min(1, {presize} / min(image.size))
    size = [round(side * k) for side in image.size]
    draft = image.draft("RGB", ({gap}, {gap}))  # a JPEG is decoded at 1/2, 1/4 or 1/8 size where that is enough
    # grey of more than 8 bits: white is the first of `whites` that no pixel exceeds, else the largest pixel
    if image.mode[0] in "IF":
        whites = {whites}[image.mode[0] == "I" :]  # 1 for floats only
        grey = np.asarray(image, np.float64)
        top = grey.max(initial=0, where=np.isfinite(grey))
        white = next((w for w in whites if top <= w), top)
        grey = np.nan_to_num(grey, nan=0, posinf=white, neginf=0)
        image = Image.fromarray(np.clip(grey * (255 / white) + 0.5, 0, 255).astype(np.uint8))
    if image.has_transparency_data:
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image.convert("RGBA"))
    image = image.convert("RGB")
    if list(image.size) != size:
        image = image.resize(size, Image.Resampling.BILINEAR, draft and draft[1])
    image = ImageOps.exif_transpose(image)
"""
_AS_FASTAI = """\
    image = image.convert("RGB")
"""
_LONG = """\
    k = min(1, {most} / max(image.size))  # a very long picture is reduced before it is padded
    image = image.resize([max(1, round(side * k)) for side in image.size], Image.Resampling.BILINEAR)
"""
_CUTS = {
    "crop": """\
    side = {side}
    left, top = (image.width - side) // 2, (image.height - side) // 2
    image = image.crop((left, top, left + side, top + side))
""",
    "squish": "",
    "pad": """\
    (w, h), side = image.size, max(image.size)
    left, top = (side - w) // 2, (side - h) // 2
    margins = ((top, side - h - top), (left, side - w - left), (0, 0))
    image = Image.fromarray(np.pad(np.asarray(image), margins, mode="reflect"))
""",
}
_RESIZED = """\
    return np.asarray(image.resize(({size}, {size}), Image.Resampling.BILINEAR))

"""
_SAMPLED = """\
    x = np.asarray(image.resize(({presize}, {presize}), Image.Resampling.BILINEAR), np.float32)
    for _ in range(2):  # along the height, then along the width
        x = sampled(x).transpose(1, 0, 2)
    return x


def sampled(x):
    "Interpolate x, (n, m, 3), linearly at {size} rows, evenly spaced from the first to the last."
{pooled}    at = np.linspace(0, len(x) - 1, {size})
    low = np.minimum(at.astype(int), len(x) - 2)
    share = (at - low)[:, None, None]
    return x[low] * (1 - share) + x[low + 1] * share

"""
# What fastai's _grid_sample does first where it would skip rows: means over {to} equal parts.
_POOLED = """\
    # as fastai does where sampling would skip rows: first average the rows in {to} parts
    parts = [(i * len(x) // {to}, -(-(i + 1) * len(x) // {to})) for i in range({to})]
    x = np.stack([x[first:last].mean(0) for first, last in parts])
"""
