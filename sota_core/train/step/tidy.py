"""fastai's Learner, whose callbacks undo what they did also where something breaks. Imports fastai."""

import contextlib
from collections.abc import Callable
from typing import Any

from fastai.callback import core
from fastai.learner import Learner

# fastai makes these classes while it is imported, where no type checker sees them
_CANCELS: tuple[type[Exception], ...] = tuple(
    getattr(core, f"Cancel{what}Exception") for what in ("Batch", "Backward", "Epoch", "Fit", "Step", "Train", "Valid")
)


class TidyLearner(Learner):
    """Takes any error for a cancellation as far as callbacks are concerned, and raises it all the same.

    fastai calls `after_cancel_…` for its own exceptions alone. After any other, such as a full card's, autocast would
    stay entered: torch keeps the weights it has cast until the outermost autocast is left, so every later net in this
    process would train on casts of its first weights, whose loss never falls.

    Source
        fastai 2.8.12 learner.py, `Learner._with_events`; torch 2.13 torch.amp.autocast, `__exit__`.
    """

    def _with_events(self, f: Callable[[], Any], event_type: str, ex: Any, final: Any = lambda: None) -> None:
        try:
            super()._with_events(f, event_type, ex, final)
        except _CANCELS:
            raise
        except BaseException:
            for callback in self.cbs.sorted("order"):
                with contextlib.suppress(Exception):  # the first error is the one to tell
                    callback(f"after_cancel_{event_type}")
            raise
