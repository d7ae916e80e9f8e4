"""`worker RUN ATTEMPT` and `dispatch`: the processes behind the app."""

import argparse

from sota_core.runs.dispatch import dispatcher
from sota_core.settings import Settings
from sota_core.system.logs import log_to_stderr


def work(args: argparse.Namespace, settings: Settings) -> int:
    from sota_core.runs.worker import worker

    log_to_stderr(settings, "worker")
    return worker.main(args.id, args.attempt, settings)


def dispatch(args: argparse.Namespace, settings: Settings) -> int:
    """Dispatch until idle for --idle-timeout seconds or told to end; the runs it has started then go on."""
    return dispatcher.run(settings, idle_timeout_s=args.idle_timeout)
