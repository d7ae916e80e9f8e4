"""What a signal asks of a process that trains: first a stop that keeps what was reached, then an end where it is."""

import os
import signal
import threading
from typing import Any

from sota_core.runs.worker.sink import Sink

# What ends a command that somebody has started: `kill`, a service that is stopped, a terminal that is closed. A worker
# of a dispatcher's does not take them: there SIGTERM is what a worker gets that has not heard of a stop.
OF_A_COMMAND = (signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Use as a context manager around an attempt: Ctrl-C, and `also` other signals, are heeded within.

    The first asks for a stop that keeps what was reached, the second ends training where it is, by a KeyboardInterrupt.
    A terminal that closes may say so twice: for SIGHUP that is still the first. While the sink is impatient the first
    one ends: there is nothing left to wait for. And once the end is being written, a minute at most, none disturbs it.

    One of `also` that the process ignores (`nohup`) stays ignored. Outside the main thread nothing is taken.
    """

    def __init__(self, *also: signal.Signals) -> None:
        self.also = also
        self.is_asked = False
        self.is_settling = False
        self._sink: Sink | None = None
        self._pid = os.getpid()
        self._before: dict[signal.Signals, Any] = {}

    def __enter__(self) -> "Interrupts":
        if threading.current_thread() is threading.main_thread():  # Python lets only this one set handlers
            heeded = [one for one in self.also if signal.getsignal(one) not in (signal.SIG_IGN, None)]
            # SIGINT always: the sink's impatience comes by it, in a background job too
            self._before = {one: signal.signal(one, self._on_signal) for one in (signal.SIGINT, *heeded)}
        return self

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)
        self._before = {}

    def ask(self, sink: Sink) -> None:
        """From now on this sink brings the wish to stop to training, also one that has come before it."""
        self._sink = sink
        sink.is_interrupted = sink.is_interrupted or self.is_asked

    def _on_signal(self, number: int, frame: object) -> None:
        if os.getpid() != self._pid and number != signal.SIGINT:  # a forked loader's process: to end it means to end it
            signal.signal(number, signal.SIG_DFL)
            os.kill(os.getpid(), number)
            return
        if self.is_settling:
            return
        is_again = self.is_asked or (self._sink is not None and self._sink.is_interrupted)
        self.is_asked = True
        if (is_again and number != signal.SIGHUP) or (self._sink is not None and self._sink.is_impatient):
            raise KeyboardInterrupt
        if self._sink is not None:
            self._sink.is_interrupted = True
