"""How processes of ours write their logs: plain lines, or with SOTA_LOG=json a JSON object a line, for a collector.

Either goes to stderr, which whoever starts the process has pointed at a file. In JSON each line has time, level,
logger, message, pid and role. What is said while a run is looked at or trained also has `run` and `attempt`; a plain
line's message begins with them.
"""

import logging
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from typing import Any

from sota_core.settings import Settings

_about: ContextVar[tuple[str, int | None] | None] = ContextVar("about", default=None)
FIELDS = {"levelname": "level", "name": "logger", "process": "pid", "exc_info": "traceback"}


def log_to_stderr(settings: Settings, role: str) -> None:
    """Set up logging in a process of ours: our own INFO, and other packages' warnings. Keeps handlers that are there.

    role  dispatcher | worker | stepper | web | serve …; call it again with another one if a process takes a new role
    """
    if settings.log == "json":
        handler = next((one for one in logging.root.handlers if isinstance(one.formatter, _formatter_class())), None)
        if handler is None and not logging.root.handlers:
            handler = logging.StreamHandler()
            logging.basicConfig(level=logging.WARNING, handlers=[handler])
            logging.captureWarnings(True)
            sys.excepthook = _log_uncaught
            threading.excepthook = lambda thrown: _log_uncaught(
                thrown.exc_type, thrown.exc_value or thrown.exc_type(), thrown.exc_traceback
            )
        if handler is not None:
            handler.setFormatter(json_formatter(role))
    plain = logging.StreamHandler()
    plain.setFormatter(plain_formatter())
    logging.basicConfig(level=logging.WARNING, handlers=[plain])
    logging.getLogger("sota_core").setLevel(logging.INFO)


@contextmanager
def about(run_id: str | None, attempt: int | None = None) -> Iterator[None]:
    """What this thread logs within the block is about this run; None: about no run. Also works as a decorator."""
    token = _about.set(None if run_id is None else (run_id, attempt))
    try:
        yield
    finally:
        _about.reset(token)


class _Plain(logging.Formatter):
    def formatMessage(self, record: logging.LogRecord) -> str:
        run, attempt = _about.get() or (None, None)
        record.about = "" if run is None else f"run {run}: " if attempt is None else f"run {run}, attempt {attempt}: "
        return super().formatMessage(record)


def plain_formatter() -> logging.Formatter:
    return _Plain("%(asctime)s %(name)s %(about)s%(message)s")


@lru_cache
def _formatter_class() -> Any:
    from pythonjsonlogger.json import JsonFormatter  # only where it is asked for: pages need every megabyte

    class Formatter(JsonFormatter):
        def add_fields(self, log_data: dict, record: logging.LogRecord, message_dict: dict) -> None:
            super().add_fields(log_data, record, message_dict)
            if (run := _about.get()) is not None:
                log_data["run"] = run[0]
                if run[1] is not None:
                    log_data["attempt"] = run[1]

    return Formatter


def json_formatter(role: str) -> logging.Formatter:
    return _formatter_class()(
        ["levelname", "name", "message", "process"],
        rename_fields=FIELDS,
        static_fields={"role": role},
        timestamp="time",
        json_ensure_ascii=False,
    )


def _log_uncaught(kind: type[BaseException], error: BaseException, traceback: object) -> None:
    if issubclass(kind, KeyboardInterrupt):
        return
    logging.getLogger("sota_core").critical("uncaught: %s", kind.__name__, exc_info=error)
