"""One at a time who builds, downloads or writes: an advisory lock on a file, free again when its holder dies."""

import contextlib
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from pathlib import Path


@contextlib.contextmanager
def held(path: Path, *, while_waiting: Callable[[], None] = lambda: None, poll_s: float = 0.1) -> Iterator[None]:
    """Hold the lock file exclusively. Blocking; `while_waiting` is called at each look and may raise to give up.

    The file (and its folder) is made and stays: removing it would let two holders lock two files of one name.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        while True:
            try:
                fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
                break
            except BlockingIOError:
                while_waiting()
                time.sleep(poll_s)
        yield
    finally:
        os.close(handle)
