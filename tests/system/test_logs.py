"""Logs as JSON lines and as plain text, the default; either names the run that a line is about."""

import json
import os
import subprocess
import sys
from dataclasses import replace

import pytest

from sota_core import paths
from sota_core.recipes import PRESETS
from sota_core.runs.store.store import Store
from sota_core.settings import Settings

SAY = """
import logging, threading, warnings
from sota_core import settings
from sota_core.system.logs import about, log_to_stderr
log_to_stderr(settings.load(), "fork server")
log = logging.getLogger("sota_core.tried")
log.info("plain %s", "λ")
with about("r1", 2):
    with about("r2"):
        log.warning("inner")
    try:
        raise ValueError("two\\nlines")
    except ValueError:
        log.exception("failed")
    log_to_stderr(settings.load(), "worker")
    log.info("of the worker")
    logging.getLogger("elsewhere").info("not ours, not told")
warnings.warn("careful")
def broken(): raise KeyError("in a thread")
thread = threading.Thread(target=broken); thread.start(); thread.join()
raise RuntimeError("the end")
"""


def said(code: str, settings: Settings, kind: str) -> list[str]:
    env = os.environ | {"SOTA_LOG": kind, "SOTA_HOME": str(settings.home), "SOTA_DATA_DIR": str(settings.data_dir)}
    told = subprocess.run([sys.executable, "-c", code], env=env, cwd=paths.ROOT, capture_output=True, text=True)
    return told.stderr.splitlines()


def test_every_line_is_an_object_and_says_which_run_it_is_about(settings: Settings):
    lines = [json.loads(line) for line in said(SAY, settings, "json")]
    about = [(line["message"].splitlines()[0], line["role"], line.get("run"), line.get("attempt")) for line in lines]
    assert about[:4] == [
        ("plain λ", "fork server", None, None),
        ("inner", "fork server", "r2", None),
        ("failed", "fork server", "r1", 2),
        ("of the worker", "worker", "r1", 2),
    ]
    assert "careful" in about[4][0] and about[5:] == [
        ("uncaught: KeyError", "worker", None, None),
        ("uncaught: RuntimeError", "worker", None, None),
    ]
    assert "ValueError: two\nlines" in lines[2]["traceback"] and "the end" in lines[6]["traceback"]
    assert {line["level"] for line in lines} == {"INFO", "WARNING", "ERROR", "CRITICAL"}
    assert all(line["time"].endswith("+00:00") and line["pid"] > 0 and line["logger"] for line in lines)


def test_a_plain_line_begins_with_the_run_it_is_about(settings: Settings):
    lines = said(SAY, settings, "text")
    assert lines[0].endswith(" sota_core.tried plain λ") and lines[0][:2] == "20"
    assert lines[1].endswith(" sota_core.tried run r2: inner")
    assert [line.partition(" sota_core.tried ")[2] for line in lines if ", attempt 2: " in line] == [
        "run r1, attempt 2: failed",
        "run r1, attempt 2: of the worker",
    ]
    assert not [line for line in lines if line.startswith("{")]


@pytest.mark.slow
def test_the_dispatcher_says_what_becomes_of_a_run_and_never_whose_it_is(settings: Settings):
    """The worker it starts cannot find its trainer, and says so in a log of its own."""
    with Store(replace(settings, slots=1)) as store:
        run = store.queue.submit(PRESETS["baseline"].replace(source="sample"), owner="web-0123456789abcdef")
    code = (
        "import threading; from sota_core import settings; from sota_core.runs.dispatch import dispatcher\n"
        "dispatcher.run(settings.load(), 0.5, trainer='tests.runs.trainers:no_such_one')"
    )
    lines = [json.loads(line) for line in said(code, settings, "json")]
    of_run = [line for line in lines if line.get("run") == run.id]
    assert [(line["message"], line["attempt"]) for line in of_run] == [("starting", 1)]
    assert {line["role"] for line in lines} == {"dispatcher"} and "web-0123456789abcdef" not in str(lines)
    worker = (settings.home / "logs" / f"{run.id}-1.log").read_text().splitlines()
    told = [json.loads(line) for line in worker if line.startswith("{")]
    assert told and {(line["role"], line["run"], line["attempt"]) for line in told} == {("worker", run.id, 1)}
    assert "no_such_one" in str(told)


@pytest.mark.long
def test_a_web_process_speaks_so_too(settings: Settings):
    code = (
        "import logging\nfrom streamlit.logger import get_logger\nfrom pages.shared.session import journal\n"
        "first = get_logger('streamlit.tried')\njournal.keep()\nfirst.error('one')\n"
        "second = get_logger('streamlit.later')\njournal.keep()\nsecond.warning('two')\n"
        "logging.getLogger('pages.shared.people.teacher').warning('three')"
    )
    lines = [json.loads(line) for line in said(code, settings, "json")]
    assert [(line["message"], line["role"]) for line in lines] == [("one", "web"), ("two", "web"), ("three", "web")]


@pytest.mark.parametrize("kind", ["JSON", "yaml"])
def test_another_kind_is_refused_by_its_variable(kind: str):
    from sota_core.errors import InputError
    from sota_core.settings import load

    with pytest.raises(InputError, match="SOTA_LOG must be one of text, json"):
        load({"SOTA_LOG": kind})
