"""Counts of reruns that web processes leave in files, and how they are read."""

import json
import os
from pathlib import Path

from sota_core.system.reruns import BUCKETS_S, EVERY_S, MOST_ERRORS, MOST_PAGES, Drawn, Reruns, web_processes
from tests.runs.conftest import Clock


def failed(text: str) -> Exception:
    try:
        raise ValueError(text)
    except ValueError as bad:
        return bad


def test_what_was_drawn_is_read_again_by_page_and_by_bucket(tmp_path: Path):
    clock = Clock()
    one = Reruns(tmp_path, 8502, clock=clock)
    one.add("mixup", 0.05)  # exactly on a bucket's upper bound
    clock.pass_(EVERY_S)
    one.add("mixup", 9.0)
    (read,) = web_processes(tmp_path)
    assert (read.port, read.pid, read.url) == (8502, os.getpid(), "http://127.0.0.1:8502")
    assert read.pages == {"mixup": Drawn(2, 9.05, (1, *[0] * (len(BUCKETS_S) - 1), 1))} and read.n_errors == 0


def test_it_writes_now_and_then_and_an_error_at_once(tmp_path: Path):
    clock = Clock()
    one = Reruns(tmp_path, 8502, clock=clock)
    one.add("tta", 0.1)
    one.add("tta", 0.1)
    assert web_processes(tmp_path)[0].pages["tta"].n == 1
    one.add("tta", 0.1, failed("ann@example.org wrote this"))
    (read,) = web_processes(tmp_path)
    assert read.pages["tta"].n == 3 and read.n_errors == 1
    (error,) = read.errors
    assert error.page == "tta" and error.text.startswith("ValueError at tests/system/test_reruns.py:")
    assert "example.org" not in one.path.read_text()


def test_a_clock_that_was_set_back_does_not_keep_it_from_writing(tmp_path: Path):
    clock = Clock()
    one = Reruns(tmp_path, 8502, clock=clock)
    one.add("tta", 0.1)
    clock.pass_(-3600.0)
    one.add("tta", 0.1)
    assert web_processes(tmp_path)[0].pages["tta"].n == 2


def test_its_file_stays_small_whatever_happens(tmp_path: Path):
    one = Reruns(tmp_path, 8502)
    for i in range(500):
        one.add(f"page {i}", 0.1, failed("x" * 10_000))
    (read,) = web_processes(tmp_path)
    assert len(read.pages) == MOST_PAGES and len(read.errors) == MOST_ERRORS and read.n_errors == 500
    assert one.path.stat().st_size < 16_000


def test_only_processes_that_live_are_read_and_no_damaged_file(tmp_path: Path):
    for port in (8503, 8502, 8504):
        Reruns(tmp_path, port, "10.0.0.5" if port == 8503 else "0.0.0.0").add("tta", 0.1)
    told = json.loads((tmp_path / "web" / "8504.json").read_text())
    (tmp_path / "web" / "8504.json").write_text(json.dumps(told | {"birth": "another"}))
    for name, text in (("8505", "{"), ("8506", "[]"), ("8507", json.dumps(told | {"pages": 3})), ("x", "{}")):
        (tmp_path / "web" / f"{name}.json").write_text(text)
    assert [(one.port, one.url) for one in web_processes(tmp_path)] == [
        (8502, "http://127.0.0.1:8502"),
        (8503, "http://10.0.0.5:8503"),
    ]
    assert web_processes(tmp_path / "none") == []


def test_a_home_that_cannot_be_written_stops_nobody(tmp_path: Path):
    (tmp_path / "web").write_text("in the way")
    Reruns(tmp_path, 8502).add("tta", 0.1, failed("x"))
