"""What signals ask of a process that trains: first a stop that keeps what was reached, then an end at once."""

import os
import signal
import threading
from typing import Any

from sota_core.runs.worker.sink import Sink

# What ends a command that somebody has started: `kill`, a service that is stopped, a terminal that is closed. A worker
# that a dispatcher has started does not handle them: it gets SIGTERM only when it has not reacted to a stop.
OF_A_COMMAND = (signal.SIGTERM, signal.SIGHUP)


class Interrupts:
    """Use as a context manager around an attempt: within it, Ctrl-C and the signals `also` are handled.

    The first one asks for a stop that keeps what was reached; the second ends training where it is, by a
    KeyboardInterrupt. A terminal that closes may send SIGHUP twice: that never counts as the second. While the sink is
    impatient, already the first one ends the work: there is nothing left to wait for. While the end of the run is being
    written, a minute at most, signals are ignored.

    One of `also` that the process ignores (`nohup`) stays ignored. Outside the main thread no signal is handled.
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
            # SIGINT always, in a background job too: an impatient sink interrupts the main thread by it
            self._before = {one: signal.signal(one, self._on_signal) for one in (signal.SIGINT, *heeded)}
        return self

    def __exit__(self, *_: object) -> None:
        for one, before in self._before.items():
            signal.signal(one, before)
        self._before = {}

    def ask(self, sink: Sink) -> None:
        """From now on, pass the wish to stop on to training through this sink, also if it has come already."""
        self._sink = sink
        sink.is_interrupted = sink.is_interrupted or self.is_asked

    def _on_signal(self, number: int, frame: object) -> None:
        if os.getpid() != self._pid and number != signal.SIGINT:  # in a forked loader process a signal just ends it
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
