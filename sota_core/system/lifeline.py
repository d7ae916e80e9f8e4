"""Makes processes end with the one that started them, however that one ends: `kill -9` leaves no time to clean up.

The lifeline is a pipe into which nobody writes. Only the process that starts the others holds its writing end, and the
system closes that when the holder is gone: then whoever reads meets the end of the pipe. This needs no pid, which may
be another process's by now.
"""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Mapping

VARIABLE = "SOTA_LIFELINE"  # in a child's environment: the descriptor of its reading end
END_S = 5.0  # how long an orderly end may take


class Lifeline:
    """The lifeline of this process, for those it starts. Call `close` when all of them have ended."""

    def __init__(self) -> None:
        self._reading, self._writing = os.pipe()  # no child gets either unless it is handed over

    @property
    def environment(self) -> dict[str, str]:
        """For a child that calls `end_with_it`; its Popen needs `passed_on`."""
        return {VARIABLE: str(self._reading)}

    def tie(self, child: subprocess.Popen) -> subprocess.Popen:
        """For a child that knows nothing of lifelines: it gets SIGTERM when this process is gone. Returns the helper
        process that waits for that; end the helper before you wait for the child, whose pid is free from then on.
        """
        waits = ["/bin/sh", "-c", 'read _; kill "$0"', str(child.pid)]
        return subprocess.Popen(waits, stdin=self._reading, stderr=subprocess.DEVNULL, start_new_session=True)

    def close(self) -> None:
        for end in (self._reading, self._writing):
            os.close(end)


def passed_on(env: Mapping[str, str]) -> tuple[int, ...]:
    """What Popen must hand over (`pass_fds`) to a child with this environment."""
    return (int(env[VARIABLE]),) if VARIABLE in env else ()


def end_with_it() -> None:
    """From now on, this process ends when the one that gave it a lifeline is gone: by SIGTERM and, if it still runs
    after END_S, by a hard exit. Returns at once; without a lifeline nothing happens.
    """
    given = os.environ.pop(VARIABLE, None)  # our own children have no such descriptor
    if given is not None:
        threading.Thread(target=_end_after, args=(int(given),), name="lifeline", daemon=True).start()


def _end_after(reading: int) -> None:
    try:
        while os.read(reading, 1):
            pass
    except OSError:  # a variable that was handed on without its descriptor
        return
    os.kill(os.getpid(), signal.SIGTERM)
    time.sleep(END_S)
    os._exit(1)
