"""Measures how fast this machine's graphics card trains, in a process of its own, while no run is under way.

Without a measurement the app assumes two CPU cores, and shrinks recipes to what those can do in the time asked for.
"""

import contextlib
import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Sequence

from sota_core.runs.executors import gpus
from sota_core.runs.executors.gpus import Gpu
from sota_core.settings import Settings
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.processes import start_detached
from sota_core.train.throughput import load_throughput

log = logging.getLogger(__name__)

MOST_S = 180.0  # some twenty seconds are usual; runs that wait for the measurement wait no longer than this
COMMAND = (sys.executable, "-m", "sota_core", "calibrate")


class Measuring:
    """Measures once in a dispatcher's life, if the first card is not the one that was measured last.

    find     the cards of this machine
    command  what measures and writes SOTA_HOME/throughput.json
    clock    monotonic
    """

    def __init__(
        self,
        settings: Settings,
        find: Callable[[], Sequence[Gpu]] = gpus.find,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.find, self.command, self.clock = settings, find, command, clock
        self.process: subprocess.Popen | None = None
        self.is_tried = False
        self.began = 0.0

    def start_if_due(self) -> None:
        """Start the measurement, if it is due. To be called while no run is under way. Returns at once."""
        if self.is_tried:
            return
        self.is_tried = True
        cards = self.find()
        if not cards or cards[0].name == load_throughput(self.settings).device:
            return
        log.info("measuring how fast %s trains", cards[0].name)
        env = child_environment(self.settings) | {"CUDA_VISIBLE_DEVICES": cards[0].uuid}
        try:
            self.process = start_detached(self.command, log_folder(self.settings) / "calibrate.log", env)
        except OSError as bad:
            log.warning("nothing could be measured: %s", bad)
        self.began = self.clock()

    def is_under_way(self) -> bool:
        """Is it going on, so that no run should start and share the card? Ends a measurement that takes too long."""
        if self.process is None:
            return False
        if self.process.poll() is None and self.clock() - self.began < MOST_S:
            return True
        self.stop()
        return False

    def stop(self) -> None:
        """End the measurement; also called when the dispatcher ends, since nobody is left to wait for it."""
        process, self.process = self.process, None
        if process is None:
            return
        if process.poll() is None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
        code = process.wait()
        if code:
            log.warning("the measurement ended with code %s; see %s", code, log_folder(self.settings) / "calibrate.log")
