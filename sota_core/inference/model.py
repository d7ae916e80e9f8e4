"""What a run exported (model.onnx beside model.json), loaded and asked: pictures in, probabilities out.

A picture's view is made as in the run's validation, so a page's prediction equals the run's own for the same picture:
by valid_view, or, if fastai's own loader made the views, by fastai_view, which is the same to half a pixel.
onnxruntime is imported by the first load, not by the page that may never predict.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from sota_core.data.pictures.view import Presized, fastai_view, valid_view
from sota_core.errors import DataError, InputError, ShapeError
from sota_core.functional.normalize import normalize
from sota_core.functional.smoothing import softmax

ONNX, CARD = "model.onnx", "model.json"
# The web process has 300 MB for everything; a net's activations for 64 pictures took 75 MB. 4 are as fast on a CPU.
_BATCH = 4
_THREADS = 2  # a page's question must not take the machine from a training run
PerChannel = Sequence[float] | np.ndarray


@dataclass(frozen=True, slots=True, eq=False)
class ExportedModel:
    """A net, and what is needed to use it.

    classes    folder names, in the order of the outputs; `names` are the same for people
    mean, std  per channel, of pixels in [0, 1]; both None where the net was trained without normalization
    size, presize, resize  how a picture becomes the square the net was validated on
    is_sampled  fastai's own loader made that square
    """

    classes: tuple[str, ...]
    names: tuple[str, ...]
    mean: tuple[float, ...] | None
    std: tuple[float, ...] | None
    size: int
    presize: int
    resize: str
    session: Any
    is_sampled: bool = False

    @property
    def n_classes(self) -> int:
        return len(self.classes)

    def view(self, picture: Presized, size: int | None = None) -> np.ndarray:
        """(3, size, size) uint8: what the net sees of a picture, before normalization.

        size  another side than the net's own

        Raises
            InputError  the picture was presized to another side: it would have gone through two filters.
        """
        if picture.presize != self.presize:
            raise InputError(
                f"view: needs a picture presized to {self.presize} px, as this net's were, got {picture.presize} px; "
                f"open the file with load_presized(path, {self.presize})"
            )
        return (fastai_view if self.is_sampled else valid_view)(picture, size or self.size, self.resize)


def load_model(folder: Path) -> ExportedModel:
    """Read model.json and open model.onnx. Blocking (some 50 ms); safe to share between threads.

    Raises
        InputError  the folder lacks one of the two files.
        DataError   one of them is not what a run writes.
    """
    for name in (ONNX, CARD):
        if not (folder / name).is_file():
            raise InputError(f"load_model('{folder}'): {name} is missing; a finished run leaves both {ONNX} and {CARD}")
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = _THREADS
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")  # a thread that waits must not take a core
    options.enable_mem_pattern = False
    options.enable_cpu_mem_arena = False  # an arena grows to the largest question ever asked and stays
    options.log_severity_level = 3  # its warnings about this machine's graphics card are no visitor's concern
    try:
        card = json.loads((folder / CARD).read_text(encoding="utf-8"))
        session = onnxruntime.InferenceSession(str(folder / ONNX), options, providers=["CPUExecutionProvider"])
        stats = [None if card[key] is None else tuple(float(v) for v in card[key]) for key in ("mean", "std")]
        return ExportedModel(
            classes=tuple(card["classes"]),
            names=tuple(card["class_names"]),
            mean=stats[0],
            std=stats[1],
            size=int(card["size"]),
            presize=int(card["presize"]),
            resize=str(card["resize"]),
            session=session,
            is_sampled=any(step["step"] == "sample" for step in card.get("view_steps", ())),
        )
    except Exception as error:  # onnxruntime's own errors share no base class below Exception
        raise DataError(f"load_model('{folder}'): not a net that a run has exported ({error})") from error


def predict(
    model: ExportedModel, pictures: Sequence[Presized], mean: PerChannel | None = None, std: PerChannel | None = None
) -> np.ndarray:
    """Probabilities of the plain view of each picture; mean and std replace the model's own statistics.

    Shapes
        pictures   B, presized as the model's were: files by load_presized, uploads by open_upload_presized
        mean, std  (3,) or None: the model's own. (0, 0, 0) and (1, 1, 1) are no normalization
        returns    (B, N)  float32, rows sum to 1

    Raises
        InputError  only one of mean and std is given; a picture was presized for another net.
        RangeError  some std is not positive.
    """
    parts = [pictures[i : i + _BATCH] for i in range(0, len(pictures), _BATCH)]
    found = [probabilities(model, np.stack([model.view(p) for p in part]), mean, std) for part in parts]
    return np.concatenate(found) if found else np.empty((0, model.n_classes), np.float32)


def probabilities(
    model: ExportedModel, views: np.ndarray, mean: PerChannel | None = None, std: PerChannel | None = None
) -> np.ndarray:
    """Probabilities of views made already: the softmax of `logits`.

    Shapes
        as logits; rows sum to 1

    Raises
        as logits
    """
    return softmax(logits(model, views, mean, std))


def logits(
    model: ExportedModel, views: np.ndarray, mean: PerChannel | None = None, std: PerChannel | None = None
) -> np.ndarray:
    """What the net puts out for views made already; it takes any size, not only the one it was validated on.

    Shapes
        views      (B, 3, H, W)  uint8, or float in [0, 1]
        mean, std  as predict
        returns    (B, N)  float32

    Raises
        ShapeError  views is not (B, 3, H, W).
        InputError, RangeError  as predict.
    """
    if views.ndim != 4 or views.shape[1] != 3:
        raise ShapeError(f"logits: views must have shape (B, 3, H, W), got {views.shape}")
    if (mean is None) != (std is None):
        raise InputError("logits: mean and std belong together, got only one of them")
    if mean is None or std is None:
        mean, std = model.mean, model.std
    found = [np.empty((0, model.n_classes), np.float32)]
    for start in range(0, len(views), _BATCH):
        x = views[start : start + _BATCH]
        x = x.astype(np.float32) / 255 if x.dtype == np.uint8 else x.astype(np.float32)
        if mean is not None and std is not None:
            x = normalize(x, mean, std)
        found.append(model.session.run(["logits"], {"pictures": x})[0])
    return np.concatenate(found)
