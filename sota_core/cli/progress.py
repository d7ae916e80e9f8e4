"""What `train` shows in a terminal: one bar, and fastai's table line by line. Everything goes to stderr."""

import math
import sys
from typing import Any

from tqdm import tqdm

from sota_core import words
from sota_core.train.events import Batch, Epoch, Event, Log, Started, TtaPass
from sota_core.words import FETCHING

_HEADER = f"{'epoch':>5}  {'train_loss':>10}  {'valid_loss':>10}  {'accuracy':>8}  {'time':>6}"


def format_time(seconds: float) -> str:
    """As fastai prints it: `00:21`, `1:02:03`.

    >>> format_time(21.4), format_time(3723)
    ('00:21', '1:02:03')
    """
    minutes, s = divmod(int(seconds), 60)
    hours, m = divmod(minutes, 60)
    return f"{hours}:{m:02}:{s:02}" if hours else f"{m:02}:{s:02}"


class Terminal:
    """A listener for a run's events. `close` leaves the cursor on a fresh line."""

    def __init__(self) -> None:
        self.bar: tqdm[Any] | None = None
        self.stage = ""
        self.printed_header = False

    def __call__(self, event: Event) -> None:
        show = getattr(self, f"on_{event['kind']}", None)
        if show:
            show(event)

    def prepare(self, done: int, total: int | None, message: str) -> None:
        """The bar of a preparation; a new message makes a new bar."""
        if self.stage != message or self.bar is None:
            self.close()
            self.stage = message
            said, is_bytes = FETCHING.get(message, (message, False))
            unit = "B" if is_bytes else ""
            self.bar = tqdm(total=total, desc=said, file=sys.stderr, leave=False, unit=unit, unit_scale=is_bytes)
        if total and self.bar.total != total:
            self.bar.total = total
        self.bar.update(done - self.bar.n)

    def on_log(self, event: Log) -> None:
        if "done" in event:
            self.prepare(event["done"], event.get("total"), event["message"])
        else:
            self.say(event["message"])

    def on_started(self, event: Started) -> None:
        self.close()
        self.say(
            f"{event['n_train']} pictures to train on, {event['n_valid']} to validate on; "
            f"{event['device']}, {event['precision']}"
        )
        self.bar = tqdm(total=event["total_steps"], file=sys.stderr, leave=False, unit="step")

    def on_batch(self, event: Batch) -> None:
        if self.bar is not None:
            self.bar.set_postfix(loss=f"{_number(event['smooth_loss']):.3f}", refresh=False)
            self.bar.update(event["step"] - self.bar.n)

    def on_epoch(self, event: Epoch) -> None:
        if not self.printed_header:
            self.say(_HEADER)
            self.printed_header = True
        both = (event["train_loss"], event["valid_loss"])
        losses = "  ".join(f"{_number(loss):>10.6f}" for loss in both)
        self.say(f"{event['epoch']:>5}  {losses}  {event['accuracy']:>8.6f}  {format_time(event['seconds']):>6}")

    def on_tta_pass(self, event: TtaPass) -> None:
        name = "plain" if event["k"] == 0 else f"TTA, {words.plural(event['k'], 'view')}"
        self.say(f"{name:<12} {words.percent(event['accuracy'])} of {event['n']}")

    def say(self, text: str) -> None:
        tqdm.write(text, file=sys.stderr)

    def close(self) -> None:
        if self.bar is not None:
            self.bar.close()
            self.bar = None


def _number(loss: float | None) -> float:
    """A diverged loss is stored as None."""
    return math.nan if loss is None else loss
