"""`train`: one run in this process. It is a row like any other, so the app shows it live."""

import argparse
import json
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from sota_core.cli.compose import compose
from sota_core.cli.progress import Terminal
from sota_core.recipes import Throughput
from sota_core.runs.run import Run
from sota_core.runs.states import State
from sota_core.runs.store.reuse import earlier_run, pictures_now
from sota_core.runs.store.store import Store
from sota_core.runs.worker.interrupts import OF_A_COMMAND, Interrupts
from sota_core.settings import Settings
from sota_core.system import engine
from sota_core.system.environment import prepare_to_train
from sota_core.train.events import Event, read

EXIT = {State.FINISHED: 0, State.CANCELLED: 130}


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Train, show the progress, and return an exit code for the state in which the run ended.

    The first Ctrl-C stops the run and keeps what it has; so do `kill`, stopping a service, and closing the terminal.
    """
    engine.require(settings)
    prepare_to_train()
    terminal = Terminal()
    try:
        recipe = compose(args, settings, _measure(settings, terminal), terminal.prepare)
    finally:
        terminal.close()
    with Store(settings) as store:
        if args.reuse and (earlier := earlier_run(store, recipe, pictures_now(recipe.source, settings))):
            print(f"run {earlier.id} is identical and has finished: not trained again", file=sys.stderr)
            _print_events(store.log.events(earlier.id), args.jsonl)
            return 0
        with Interrupts(*OF_A_COMMAND) as interrupts:  # set up before there is a row that a signal would leave behind
            mine = store.queue.submit(recipe, owner="cli", state=State.STARTING)
            ended = _work(mine, settings, store, _listener(args.jsonl, terminal), terminal, interrupts)
    return EXIT.get(ended.state, 1)


def _measure(settings: Settings, terminal: Terminal) -> Callable[[], Throughput]:
    def measure() -> Throughput:
        from sota_core.train.calibrate import measure_throughput  # imports torch

        terminal.say("Measuring how fast this machine trains")
        return measure_throughput(settings)

    return measure


def _work(
    mine: Run,
    settings: Settings,
    store: Store,
    listener: Callable[[Event], None],
    terminal: Terminal,
    interrupts: Interrupts,
) -> Run:
    from sota_core.runs.worker import worker

    try:
        worker.main(mine.id, mine.attempt, settings, listener=listener, interrupts=interrupts)
    finally:
        terminal.close()
    ended = store.history.get(mine.id)
    if ended.reason_text and ended.state is not State.FINISHED:
        print(f"{ended.state}: {ended.reason_text} {ended.message or ''}".rstrip(), file=sys.stderr)
    print(f"run {ended.id}: {ended.state}", file=sys.stderr)
    return ended


def _listener(jsonl: bool, terminal: Terminal) -> Callable[[Event], None]:
    return _print_event if jsonl else terminal


def _print_event(event: Mapping[str, Any]) -> None:
    print(json.dumps(event, allow_nan=False), flush=True)


def _print_events(events: Sequence[Mapping[str, Any]], jsonl: bool) -> None:
    terminal = Terminal()
    for row in events:
        if jsonl:
            _print_event(row)
        elif (event := read(row)) is not None:
            terminal(event)
    terminal.close()
