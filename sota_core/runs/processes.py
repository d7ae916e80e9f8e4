"""Other processes of this machine: are they alive, and away with them and all they started.

A process is a pid and a birth (identity.birth_of): a pid alone may be somebody else's by now.
"""

import contextlib
import os
import signal

import psutil

from sota_core.runs.identity import birth_of


def is_alive(pid: int | None, birth: str | None) -> bool:
    """A zombie counts as dead; so does a later process with the same pid."""
    return pid is not None and birth is not None and birth_of(pid) == birth


def open_pidfd(pid: int) -> int | None:
    """A file descriptor that becomes readable when the process ends; None where the system has no such thing."""
    opener = getattr(os, "pidfd_open", None)
    if opener is None:
        return None
    try:
        return opener(pid)
    except OSError:
        return None


def signal_group(pid: int, number: int) -> None:
    """Send a signal to a process and, where it leads a group, to the whole group; nothing if they are gone."""
    with contextlib.suppress(ProcessLookupError, PermissionError):
        if os.getpgid(pid) == pid:
            os.killpg(pid, number)
        else:
            os.kill(pid, number)


def kill_leftovers(session: int) -> list[int]:
    """Kill what a session leader that is dead left behind (data-loader children). Returns their pids."""
    if birth_of(session) is not None:
        return []  # alive, or the number has gone to somebody else meanwhile
    left = []
    for pid in psutil.pids():
        with contextlib.suppress(ProcessLookupError, PermissionError):
            if pid != session and os.getsid(pid) == session:
                os.kill(pid, signal.SIGKILL)
                left.append(pid)
    return left
