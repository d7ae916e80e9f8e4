"""A web process's own log as JSON lines, where SOTA_LOG asks for them: ours, Streamlit's and its server's."""

import logging

from sota_core import settings as environment
from sota_core.system.logs import json_formatter, log_to_stderr

ROLE = "web"

_kept = {"n": -1}  # how many loggers there were when they were last looked at


def keep() -> None:
    """Call it at the head of every run. It acts in the first, and whenever there are new loggers."""
    n = len(logging.root.manager.loggerDict)
    if n == _kept["n"]:
        return
    _kept["n"] = n
    settings = environment.load()
    if settings.log != "json":
        return
    log_to_stderr(settings, ROLE)
    for known in list(logging.root.manager.loggerDict.values()):
        # Streamlit gives each of its loggers a handler of its own, as they are made (1.67).
        for handler in getattr(known, "handlers", ()):
            if isinstance(handler, logging.StreamHandler):
                handler.setFormatter(json_formatter(ROLE))
