"""cuDNN's search for the fastest kernels, where it pays. Imports fastai."""

from typing import Any

import torch
from fastai.callback.core import Callback


class SearchKernels(Callback):
    """Let cuDNN try its kernels at the first batch, for training alone.

    Training batches of a phase are all of one shape: squares of one size, the last, smaller batch dropped. Validation
    ends with a smaller batch, for which everything would be tried anew.
    """

    learn: Any
    order = -40  # before anything else in a pass
    before: bool | None = None

    def before_train(self) -> None:
        if self.before is None:
            self.before = torch.backends.cudnn.benchmark
        torch.backends.cudnn.benchmark = True

    def after_train(self) -> None:
        """Restore the setting; called also where an epoch or the fit is cancelled."""
        if self.before is not None:
            torch.backends.cudnn.benchmark, self.before = self.before, None

    after_cancel_epoch = after_cancel_fit = after_train
