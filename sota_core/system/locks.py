"""Advisory locks on files: only one at a time builds, downloads or dispatches; a lock is free when its holder dies.

The lock belongs to an open file (flock), not to a process or a thread: two threads that open it keep each other out, a
child that is given the open file holds it too, and it is free once the last copy is closed, however that happens.
The file is never removed: that would let two holders lock two files of one name. Its content means nothing.
"""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


def lock(descriptor: int) -> bool:
    """Lock an open file; False if another open file holds the lock, True also if this one does. Does not wait.

    Raises
        OSError  not an open file, or one that cannot be locked.
    """
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def take(path: Path) -> int | None:
    """The lock file, open and locked, or None if somebody else holds it. Does not wait; `os.close` gives it back.

    The file, which only its owner may open, and its folder are made. No child inherits it unless it is handed over.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    if lock(descriptor):
        return descriptor
    os.close(descriptor)
    return None


@contextlib.contextmanager
def held(path: Path, *, while_waiting: Callable[[], None] = lambda: None, poll_s: float = 0.1) -> Iterator[None]:
    """Hold the lock within the block. Blocking; `while_waiting` is called at each vain try and may raise to give up.

    The file and its folder are made.
    """
    while (descriptor := take(path)) is None:
        while_waiting()
        time.sleep(poll_s)
    try:
        yield
    finally:
        os.close(descriptor)
