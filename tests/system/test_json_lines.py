"""Messages through a pipe: whole however the pipe cuts them, and no bad line ends whoever reads."""

import os
import subprocess
import sys
from collections.abc import Iterator

import pytest

from sota_core import paths
from sota_core.system.json_lines import Reader, write


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    fds = os.pipe()
    yield fds
    for fd in fds:
        try:
            os.close(fd)
        except OSError:
            pass  # the test has closed it


def test_a_message_comes_whole_however_the_pipe_cuts_it(pipe: tuple[int, int]) -> None:
    reader = Reader(pipe[0])
    assert reader.next() is None
    os.write(pipe[1], b'{"n": ')
    assert reader.next(wait_s=0.01) is None and not reader.is_over
    os.write(pipe[1], b'1}\n{"n": 2}\n{"n"')
    assert [reader.next(), reader.next(), reader.next()] == [{"n": 1}, {"n": 2}, None]


def test_what_came_before_the_end_is_still_read(pipe: tuple[int, int]) -> None:
    write(pipe[1], {"n": 1})
    os.close(pipe[1])
    reader = Reader(pipe[0])
    assert reader.next() == {"n": 1} and not reader.is_over
    assert reader.next(wait_s=60.0) is None and reader.is_over


@pytest.mark.parametrize("line", [b"a library's word", b"\xff", b"[1]", b""])
def test_a_line_that_is_no_message_is_logged_and_passed_over(
    line: bytes, pipe: tuple[int, int], caplog: pytest.LogCaptureFixture
) -> None:
    os.write(pipe[1], line + b'\n{"n": 1}\n')
    assert Reader(pipe[0]).next() == {"n": 1}
    assert repr(line) in caplog.text


def test_a_long_message_is_written_whole_to_whoever_reads_slowly() -> None:
    code = """
import sys
from sota_core.system import json_lines
requests, replies = json_lines.take_pipes()
print("a library's word")
assert sys.stdin.read() == ""
json_lines.write(replies, json_lines.Reader(requests).next(60.0))
"""
    message = {"text": "x" * 300_000}
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        cwd=paths.ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )
    assert process.stdin is not None and process.stdout is not None and process.stderr is not None
    write(process.stdin.fileno(), message)
    assert Reader(process.stdout.fileno()).next(60.0) == message
    _, err = process.communicate()
    assert err == b"a library's word\n" and process.returncode == 0
