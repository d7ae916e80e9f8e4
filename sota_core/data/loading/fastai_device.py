"""Which device fastai falls back on. Imports fastai."""

import torch
from fastai.torch_core import defaults


def keep_fastai_on(device: torch.device) -> None:
    """Keep fastai from asking CUDA anything in a process that works on the CPU. For the whole process, until the next
    call; to be called before loaders or a Learner are made for a device.

    fastai asks at each fit and each batch for CUDA's current device, even where the loaders have a device of their own:
    it is the default argument of a `getattr`. That starts CUDA: it takes memory of a card that is not used, and raises
    where the driver is too old for torch although `is_available` says yes (fork server: process.py).

    Source
        fastai 2.8.12: callback/core.py, `TrainEvalCallback.before_fit`, and learner.py, `_set_device`, ask;
        torch_core.py, `default_device` and `to_device`: False means the CPU, whatever device `to_device` is told;
        None asks CUDA.
    """
    defaults.use_cuda = False if device.type == "cpu" else None
