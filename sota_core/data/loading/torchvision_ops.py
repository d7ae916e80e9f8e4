"""The one workaround for a torchvision whose compiled part does not fit the installed torch.

Published torchvision wheels cannot load their compiled part beside a CPU-only torch; then `import torchvision`,
and with it `fastai.vision.all`, stops at `operator torchvision::nms does not exist` (pytorch/vision #9077, #9085).
`ensure_torchvision_ops()` is called before the first of these imports, by fastai_vision.py; `AS_CODE` is the same for
the scripts we write. Nothing here computes anything; only the call imports torch, since code that writes scripts needs
none.
"""

import importlib.util
import sys
from importlib.machinery import EXTENSION_SUFFIXES, ExtensionFileLoader, FileFinder
from pathlib import Path

# What torchvision registers shape functions for at import, without asking whether they exist.
_SCHEMA = "(Tensor dets, Tensor scores, float iou_threshold) -> Tensor"
_OPERATORS = ("torchvision::nms", "torchvision::qnms")
AS_CODE = f"""try:
    import torchvision
except RuntimeError:
    for name in ("{_OPERATORS[0]}", "{_OPERATORS[1]}"):
        torch.library.define(name, "{_SCHEMA}")"""


def ensure_torchvision_ops() -> bool:
    """Declare the two missing operators where torchvision's compiled part cannot be loaded.

    Declared only, never implemented: calling one still raises, as it should, since nothing of ours uses boxes.
    No effect where torchvision loads by itself, is imported already, or is not installed. Call it as often as you like.

    Shapes
        returns  True where the operators are declared by this call or an earlier one

    >>> from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops
    >>> ensure_torchvision_ops() == ensure_torchvision_ops()
    True
    """
    if _declared:
        return True
    if "torchvision" in sys.modules or _compiled_part_loads():
        return False
    import torch

    for name in _OPERATORS:
        torch.library.define(name, _SCHEMA)
    _declared.extend(_OPERATORS)
    return True


_declared: list[str] = []


def _compiled_part_loads() -> bool:
    """Whether `torchvision._C` loads; found the way torchvision finds it, without importing torchvision."""
    package = importlib.util.find_spec("torchvision")
    if package is None or package.origin is None:
        return True  # not installed: let the import itself say so
    finder = FileFinder(str(Path(package.origin).parent), (ExtensionFileLoader, EXTENSION_SUFFIXES))
    extension = finder.find_spec("_C")
    if extension is None or extension.origin is None:
        return False
    import torch

    try:
        torch.ops.load_library(extension.origin)
    except (ImportError, OSError):
        return False
    return True
