"""A web process forked from a warm one: tests/e2e/test_processes.py has real ones; here is what goes wrong."""

import json
import os
import threading

import pytest

from pages.shared.frame.prefork import Prefork, threads


def test_a_fork_that_fails_is_told_and_does_not_end_the_others(caplog: pytest.LogCaptureFixture) -> None:
    def fork() -> int:
        raise OSError(11, "Resource temporarily unavailable")

    answers, replies = os.pipe()
    Prefork(-1, replies, lambda words: None, fork).asked({"n": 7, "words": ["run"]})
    assert json.loads(os.read(answers, 1000)) == {"forked": 7, "pid": None}
    assert "Resource temporarily unavailable" in caplog.text
    for fd in (answers, replies):
        os.close(fd)


def test_threads_that_would_not_survive_a_fork_are_named() -> None:
    go = threading.Event()
    other = threading.Thread(target=go.wait, name="watcher of files")
    other.start()
    try:
        assert "watcher of files" in threads()
    finally:
        go.set()
        other.join()
