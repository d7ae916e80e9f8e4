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
from sota_core.system import nvidia_smi
from sota_core.system.environment import child_environment, log_folder
from sota_core.system.processes import start_detached
from sota_core.train.throughput import load_throughput

log = logging.getLogger(__name__)

MOST_S = 180.0  # some twenty seconds are usual; runs that wait for the measurement wait no longer than this
COMMAND = (sys.executable, "-m", "sota_core", "calibrate")


def cards_here() -> list[Gpu]:
    """This machine's. A part of a card (MIG) is in no list of nvidia-smi's: it is one without figures."""
    choice = os.environ.get("CUDA_VISIBLE_DEVICES", "")
    return [Gpu(choice, "a part of a card", 0, 0)] if nvidia_smi.names_a_part(choice) else gpus.find()


class Measuring:
    """Measures once in a dispatcher's life, if the first card is not the one that was measured last.

    find     the cards of this machine
    command  what measures and writes SOTA_HOME/throughput.json
    clock    monotonic
    """

    def __init__(
        self,
        settings: Settings,
        find: Callable[[], Sequence[Gpu]] = cards_here,
        command: Sequence[str] = COMMAND,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.settings, self.find, self.command, self.clock = settings, find, command, clock
        self.process: subprocess.Popen | None = None
        self.is_tried = False
        self.began = 0.0

    def start_if_due(self) -> None:
        """Start the measurement, if it is due. To be called while no run is under way.

        Blocking, once in a dispatcher's life: the driver is asked, which takes seconds where it is not kept loaded, and
        20 at most. The loop can bear that while nothing runs; a run that comes meanwhile starts so much later.
        """
        if self.is_tried:
            return
        self.is_tried = True
        cards = self.find()
        if not cards or _is_of(cards[0], load_throughput(self.settings).device):
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


def _is_of(card: Gpu, device: str) -> bool:
    """Was this device, as torch calls it, the card? A part is called by its card's name, MIG and its size.

    >>> _is_of(Gpu("GPU-1f", "NVIDIA L4", 0, 0), "NVIDIA L4"), _is_of(Gpu("MIG-0f", "", 0, 0), "NVIDIA A100 MIG 1g.5gb")
    (True, True)
    """
    return " MIG " in device if nvidia_smi.names_a_part(card.uuid) else card.name == device
