"""What a run leaves behind: metrics first, then weights and predictions, the ONNX model last. Imports torch.

Plain formats only (CSV, JSON, npz without objects, safetensors, ONNX): nothing here is a pickle.
Files are written into a folder of the caller's; the run store makes them durable and visible.
"""

import csv
import json
import logging
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import torch
from safetensors.torch import save_file
from torch import nn

from sota_core.data.pictures.listing import Listing
from sota_core.recipes import Recipe
from sota_core.train.epoch_answers import EpochAnswers
from sota_core.train.evaluate import Predictions
from sota_core.train.events import Epoch
from sota_core.train.outside.hub_card import hub_card
from sota_core.train.outside.predict_script import fastai_script, predict_script

log = logging.getLogger(__name__)

METRICS, WEIGHTS, MODEL_JSON, PREDICTIONS, EPOCHS, PREDICT_FASTAI, ONNX, PREDICT = (
    "metrics.csv",
    "model.safetensors",
    "model.json",
    "predictions.npz",
    "epochs.npz",
    "predict_fastai.py",
    "model.onnx",
    "predict.py",
)
# Largest difference of a logit between torch and onnxruntime, as a share of the largest logit, or of 1 if that is less;
# 5e-6 is usual. A share, because both sum in float32: the larger the logits, the larger the rounding errors.
ONNX_TOLERANCE = 1e-3
_COLUMNS = (
    "phase",
    "stage",
    "epoch",
    "train_loss",
    "valid_loss",
    "accuracy",
    "valid_ce",
    "seconds",
    "images_per_s",
    "n_valid",
)


def write_metrics(path: Path, epochs: Sequence[Epoch]) -> Path:
    """One line per epoch; fastai's columns are among them."""
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(_COLUMNS)
        writer.writerows([event[column] for column in _COLUMNS] for event in epochs)
    return path


def write_weights(path: Path, model: nn.Module) -> Path:
    """Write the weights as safetensors, each tensor made contiguous as the format requires: channels-last ones are not.

    The file's metadata says that the tensors are torch's, as in files that Hugging Face's tools write.
    """
    tensors = {name: tensor.detach().cpu().contiguous() for name, tensor in model.state_dict().items()}
    path.touch()
    mode = path.stat().st_mode
    save_file(tensors, path, metadata={"format": "pt"})
    path.chmod(mode)  # safetensors lets only the owner read it; this file may be read like those beside it
    return path


def write_predictions(path: Path, found: Predictions, names: Sequence[str], classes: Sequence[str]) -> Path:
    """Arrays plain (B, N), views (V, B, N), labels (B,), names (B,) relative paths, classes (N,).

    Where there are any, also the features of some pictures: featured (M,), components (M, K), component_share (K,);
    and the probabilities of some from centre and corners: cornered (M,), corners (5, M, N).
    """
    kept: dict[str, Any] = {}
    if (of := found.featured) is not None:
        kept |= {"featured": of.index, "components": of.components, "component_share": of.share}
    if found.cornered is not None:
        kept |= {"cornered": found.cornered.index, "corners": found.cornered.probs}
    np.savez_compressed(
        path,
        plain=found.plain.astype(np.float32),
        views=found.views.astype(np.float32),
        labels=found.labels,
        names=np.array(names, dtype=np.str_),
        classes=np.array(classes, dtype=np.str_),
        **kept,
    )
    return path


def write_epochs(path: Path, kept: EpochAnswers, listing: Listing) -> Path:
    """The arrays of `kept`, n_epochs and n_asked; labels (M,), names (M,) relative paths and classes (N,).

    Answers take BYTES_EACH bytes a picture and epoch before compression: 1.2 MB at most, 60 kB for 20 epochs of 500
    pictures.
    """
    arrays = {field.name: getattr(kept, field.name) for field in fields(kept) if field.name != "index"}
    np.savez_compressed(
        path,
        labels=np.asarray(listing.labels)[kept.index].astype(np.int64),
        names=np.array([listing.name(i) for i in kept.index], dtype=np.str_),
        classes=np.array(listing.classes, dtype=np.str_),
        **arrays,
    )
    return path


def write_model_json(path: Path, card: dict[str, Any]) -> Path:
    """What somebody needs to use the model: classes, mean, std, size, resize, recipe, versions."""
    path.write_text(json.dumps(card, indent=1, ensure_ascii=False, allow_nan=False), encoding="utf-8")
    return path


def write_hub_card(path: Path, card: dict[str, Any], *, is_exported: bool = False) -> Path:
    """The model card of the Hugging Face Hub, for people; programs read model.json."""
    path.write_text(hub_card(card, is_exported=is_exported), encoding="utf-8")
    return path


def write_predict_fastai(path: Path, recipe: Recipe, loader: str, n_classes: int) -> Path:
    """A script that predicts from the weights with fastai and without this project; lies beside them and model.json."""
    path.write_text(fastai_script(recipe, loader, n_classes), encoding="utf-8")
    return path


def write_predict(path: Path, recipe: Recipe, loader: str) -> Path:
    """A script that predicts from the exported model without this project; lies beside it and model.json."""
    path.write_text(predict_script(recipe, loader), encoding="utf-8")
    return path


def write_onnx(path: Path, model: nn.Module, size: int, properties: Mapping[str, str]) -> Path:
    """Export with batch, height and width dynamic, and check it against torch with onnxruntime.

    Input `pictures` (B, 3, H, W) float32, normalized with the statistics of model.json; output `logits` (B, N).
    The net is traced; torch.export, which takes ten times as long, is used only if that fails.

    properties  goes into the file as its metadata, so that the file alone says what it needs: onnx_properties

    Raises
        RuntimeError  onnxruntime and torch disagree by more than ONNX_TOLERANCE; or the net's answers are not finite.
    """
    model = model.eval().float().cpu()
    _require_numbers(model, size)
    # a batch above 1 and unequal sides, so that the exporter cannot take a size for a constant, or two sizes for one
    example = torch.randn(2, 3, size, size + 8, generator=torch.Generator().manual_seed(0))
    try:
        _write_traced(path, model, example)
        _check_onnx(path, model, size)
    except Exception:  # whatever a torch without its older exporter raises, and what onnxruntime does
        log.info("a traced net would not do for ONNX: torch.export it is", exc_info=True)
        _write_captured(path, model, example)
        _check_onnx(path, model, size)
    label(path, properties)
    return path


def _require_numbers(model: nn.Module, size: int) -> None:
    with torch.no_grad():
        logits = model(_noise((1, 3, size, size)))
    if not logits.isfinite().all():
        raise RuntimeError(
            "write_onnx: the net must answer with finite numbers, got infinity or none at all (NaN): its training "
            "diverged; train with a lower learning rate"
        )


def _write_traced(path: Path, model: nn.Module, example: torch.Tensor) -> None:
    """By TorchScript, torch's older exporter: deprecated, but still in the pinned torch."""
    axes = {"pictures": {0: "batch", 2: "height", 3: "width"}, "logits": {0: "batch"}}
    _write(path, model, example, dynamo=False, dynamic_axes=axes)


def _write_captured(path: Path, model: nn.Module, example: torch.Tensor) -> None:
    """By torch.export, which takes some five seconds, most of them to rewrite the graph three times."""
    dims = {0: torch.export.Dim.DYNAMIC, 2: torch.export.Dim.DYNAMIC, 3: torch.export.Dim.DYNAMIC}
    _write(path, model, example, dynamo=True, dynamic_shapes=(dims,), external_data=False, verbose=False)


def _write(path: Path, model: nn.Module, example: torch.Tensor, **how: Any) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the exporters say of themselves: that they are deprecated
        torch.onnx.export(model, (example,), path, input_names=["pictures"], output_names=["logits"], **how)


def label(path: Path, properties: Mapping[str, str]) -> None:
    """Write the properties into an ONNX file, and take out what torch notes at each node.

    torch notes stack traces with this machine's folders in them; whoever downloads a model need not know where it was
    trained.
    """
    import onnx

    model = onnx.load(path)
    for node in model.graph.node:
        del node.metadata_props[:]
    onnx.helper.set_model_props(model, dict(properties))
    onnx.save(model, path)


def _check_onnx(path: Path, model: nn.Module, size: int) -> None:
    """Compare onnxruntime with torch on two shapes (batch, height, width) that the exporter has not seen."""
    import onnxruntime  # here only: a worker that exports nothing does not load it

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    for shape in ((3, 3, size, size), (1, 3, size + 9, size + 1)):
        x = _noise(shape)
        with torch.no_grad():
            expected = model(x).numpy()
        got = np.asarray(session.run(["logits"], {"pictures": x.numpy()})[0])
        off = float(np.abs(got - expected).max()) if got.shape == expected.shape else float("inf")
        most = ONNX_TOLERANCE * max(1.0, float(np.abs(expected).max()))
        if not off <= most:
            path.unlink()
            raise RuntimeError(f"write_onnx: torch and onnxruntime differ by {off:.2g}, more than {most:.2g}")


def _noise(shape: tuple[int, ...]) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(1))
