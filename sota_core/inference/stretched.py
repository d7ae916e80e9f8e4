"""Predictions for the same validation pictures under weaker and stronger augmentation, where they were computed.

A run keeps the predictions for views of its own training, strength 1. The shipped model's folder also has the others.
"""

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from sota_core.data.pictures.view import Presized
from sota_core.functional.smoothing import log_softmax
from sota_core.inference.arrays import arrays_of
from sota_core.inference.model import ExportedModel, logits
from sota_core.inference.views import augmented_views, draws

STRETCHED = "stretched.npz"


def ask(model: ExportedModel, picture: Presized, n: int, seed: int, strength: float) -> np.ndarray:
    """ln p of n views of a picture, as `save` keeps them. Blocking: n forward passes.

    Shapes
        returns  (n, N)  float16
    """
    found = logits(model, augmented_views(picture, model.size, model.resize, draws(n, seed, strength)))
    return log_softmax(found.astype(np.float64)).astype(np.float16)


def save(path: Path, strengths: Mapping[float, np.ndarray]) -> None:
    """Write strength → ln p (V, B, N) float16. High and low bytes are stored apart: that compresses to two thirds."""
    parts = np.stack([strengths[s] for s in sorted(strengths)]).view(np.uint8)
    np.savez_compressed(path, strengths=sorted(strengths), high=parts[..., 1::2], low=parts[..., ::2])


def load(path: Path) -> dict[float, np.ndarray]:
    """Strength → probabilities. Blocking, some 20 ms; reads no pickle.

    Shapes
        returns  (V, B, N)  float32, each; rows sum to 1 but for float16's rounding

    Raises
        DataError  it is not what `save` writes.
    """
    arrays = arrays_of(path, "the predictions of stretched views", strengths="S", high="S V B N", low="S V B N")
    pairs = np.stack([arrays["low"], arrays["high"]], axis=-1)
    parts = pairs.reshape(*pairs.shape[:-2], -1).view(np.float16)
    return {float(s): np.exp(part.astype(np.float32)) for s, part in zip(arrays["strengths"], parts, strict=True)}
