"""`datasets [--json]`, `datasets get ID`, and `datasets read ID`, which the data page starts."""

import argparse
import dataclasses
import json

from sota_core.cli.progress import Terminal
from sota_core.data.sets import sources
from sota_core.settings import Settings


def show(args: argparse.Namespace, settings: Settings) -> int:
    rows = [(name, sources.describe(name, settings)) for name in sources.SOURCES]
    if args.as_json:
        found = [{"id": name, **dataclasses.asdict(presence)} for name, presence in rows]
        print(json.dumps(found, indent=1, default=str))
        return 0
    for name, presence in rows:
        where = f"present at {presence.path}" if presence.present else "not here yet: datasets get " + name
        print(f"{name:<16} {sources.SOURCES[name].title:<28} {where}")
    return 0


def get(args: argparse.Namespace, settings: Settings) -> int:
    """Fetch with a bar; the same progress is written where the data page reads it."""
    terminal = Terminal()
    try:
        path = sources.get_with_status(args.id, settings, terminal.prepare)
    finally:
        terminal.close()
    print(path)
    return 0


def read(args: argparse.Namespace, settings: Settings) -> int:
    """Make the zip a visitor has sent their data set; the progress goes where the data page reads it."""
    print(sources.fill_with_status(args.id, settings))
    return 0
