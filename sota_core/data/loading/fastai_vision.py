"""What we use of torchvision, and of fastai's modules that import it: imported here alone, once its operators are
declared. fastai's other modules, `fastai.vision.core` and `fastai.vision.data` among them, need no torchvision.
"""

from sota_core.data.loading.torchvision_ops import ensure_torchvision_ops

ensure_torchvision_ops()

# ruff: noqa: E402
from fastai.vision.augment import Resize, aug_transforms
from fastai.vision.models import xresnet
from torchvision import models

__all__ = ["Resize", "aug_transforms", "models", "xresnet"]
