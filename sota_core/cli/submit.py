"""`submit`: queue a run and print its id."""

import argparse

from sota_core.cli.compose import compose
from sota_core.cli.progress import Terminal
from sota_core.runs.dispatch.starter import Starter
from sota_core.runs.store.store import Store
from sota_core.settings import Settings
from sota_core.system import engine
from sota_core.train.throughput import load_throughput


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Queue the run, with --budget scaled by this machine's last measurement. Starts the dispatcher if none runs."""
    engine.require(settings)
    terminal = Terminal()
    try:
        recipe = compose(args, settings, lambda: load_throughput(settings), terminal.prepare)
    finally:
        terminal.close()
    with Store(settings) as store:
        accepted = store.queue.submit(recipe, owner=args.owner, key=args.key)
    Starter(settings).ensure_running()
    print(accepted.id)
    return 0
