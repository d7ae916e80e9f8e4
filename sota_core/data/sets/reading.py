"""Visitors' zips are read one after the other, in a fair order, by one reader that all of them share.

Zips that wait take nothing but room on the disk. The reader has each zip read by a fork of its own, so that a zip which
crashes its process harms no other. The zip whose network, and then whose owner, has kept the reader busy for the
shortest time goes first: whoever sends many zips, or slow ones, lets everybody else pass.
"""

import os
import signal
import sys
import time
import traceback
from collections import defaultdict
from collections.abc import Callable, Sequence
from pathlib import Path

from sota_core.data.sets import background, own, own_folders
from sota_core.data.sets.own_folders import OwnSet
from sota_core.data.sets.zipped import MAX_SECONDS, too_slow
from sota_core.settings import Settings
from sota_core.system.environment import log_folder
from sota_core.system.files import discard, read_json, write_json
from sota_core.system.locks import held
from sota_core.system.processes import birth_of, is_alive

COMMAND = (sys.executable, "-m", "sota_core", "datasets", "read")
END_S = MAX_SECONDS + 30  # so long a fork may live: it looks at the time between two pictures, and then sorts them
_LOOK_S = 0.1  # between two looks at a zip that the fork of an earlier reader still reads
_Busy = defaultdict[str, float]  # seconds of reading, by network and by owner


def start_reading(
    data: bytes,
    title: str,
    owner: str,
    settings: Settings,
    *,
    origin: str | None = None,
    command: Sequence[str] = COMMAND,
) -> OwnSet:
    """Start to make a visitor's zip their own data set, outside this process. Returns at once; job_status takes
    the set's id.

    command  replaces `python -m sota_core datasets read` (tests)

    Raises
        what own.begin raises.
    """
    for before in own.own_sets(owner, settings):  # it takes the place of one whose reading was cut off
        status = background.job_status(before.id, settings)
        if not before.is_ready and status is not None and status.stage == "interrupted":
            own.remove(before.id, owner, settings)
    made = own.begin(data, title, owner, settings, origin)
    file = _reader_file(settings)
    with held(file.with_suffix(".lock")):
        known = read_json(file) or {}
        if not is_alive(known.get("pid"), known.get("pid_started")):
            pid = background.start(command, "reader.log", settings)
            known = {"pid": pid, "pid_started": birth_of(pid)}
            write_json(file, known)
        background.tell_turn(made.id, known["pid"], known["pid_started"], settings)
    return made


def read_waiting(settings: Settings, read: Callable[[str, Settings], object] = background.fill_with_status) -> None:
    """The reader's work: have every zip that waits read, until none waits. Blocking; for a process with one thread.

    read  called with a set's id, in a fork
    """
    busy_s: _Busy = defaultdict(float)
    while (waiting := _waiting_or_leave(settings)) is not None:
        free = [made for made in waiting if not background.is_being_read(made.id, settings)]
        if len(free) < len(waiting):  # a fork would wait for it, and its time would pass
            time.sleep(_LOOK_S)
            continue
        made = min(free, key=lambda one: _place(one, busy_s))
        start = time.monotonic()
        _in_a_fork(made, settings, read)
        for who in {made.owner, made.origin or made.owner}:
            busy_s[who] += time.monotonic() - start


def _waiting_or_leave(settings: Settings) -> list[OwnSet] | None:
    """The sets that wait; None if there are none: then this process is no longer the reader, and the next zip starts
    another."""
    file = _reader_file(settings)
    with held(file.with_suffix(".lock")):
        waiting = own.waiting(settings)
        if not waiting:
            if (read_json(file) or {}).get("pid") == os.getpid():
                discard(file)
            return None
    for made in waiting:  # those too whose reader was gone
        own_folders.touch(own_folders.home(settings) / made.id)
        background.tell_turn(made.id, os.getpid(), birth_of(os.getpid()), settings)
    return waiting


def _place(made: OwnSet, busy_s: _Busy) -> tuple[float, float, float, str]:
    """A waiting set's place in the order; the smallest goes first."""
    return busy_s[made.origin or made.owner], busy_s[made.owner], made.created_at, made.id


def _in_a_fork(made: OwnSet, settings: Settings, read: Callable[[str, Settings], object]) -> None:
    """Read a zip in a fork, and wait until that has ended, END_S at most. A set left half done is removed, or it would
    be begun for ever."""
    pid = os.fork()
    if pid == 0:
        signal.signal(signal.SIGALRM, signal.SIG_DFL)  # ends it in the midst of a decoder, too, and without its reader
        signal.setitimer(signal.ITIMER_REAL, END_S)
        _say_into(log_folder(settings) / f"download-{made.id}.log")
        try:
            read(made.id, settings)
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    _, status = os.waitpid(pid, 0)
    if os.waitstatus_to_exitcode(status) == -signal.SIGALRM:
        background.tell_failed(made.id, too_slow(), settings)
    folder = own_folders.home(settings) / made.id
    if not own_folders.is_ready(folder):
        discard(folder, ignore_errors=True)


def _say_into(log: Path) -> None:
    """Write what this process prints from now on into a file."""
    with log.open("ab") as out:
        for stream in (1, 2):
            os.dup2(out.fileno(), stream)


def _reader_file(settings: Settings) -> Path:
    return own_folders.home(settings) / "reader.json"
