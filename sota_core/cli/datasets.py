"""`datasets [--json]`, `datasets get ID`, `datasets noisy ID`, and `datasets read [ID]`, which the data page starts."""

import argparse
import dataclasses
import json
import sys

from sota_core.cli.progress import Terminal
from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets import sources
from sota_core.data.sets.noisy import make_noisy
from sota_core.errors import SourceError
from sota_core.paths import expanded
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
    """Fetch with a bar; the same progress is written where the data page reads it. What nothing can be trained on is an
    error, as a folder of other files.
    """
    terminal = Terminal()
    try:
        path = sources.get_with_status(args.id, settings, terminal.prepare)
    finally:
        terminal.close()
    list_pictures(path)
    print(path)
    return 0


def noisy(args: argparse.Namespace, settings: Settings) -> int:
    """Make a set with the wrong labels of the set's own table, beside it unless --to says where; print its folder."""
    root = sources.resolve(args.id, settings)
    if root is None:
        raise SourceError(f"datasets noisy {args.id}: it is not here yet; fetch it first: datasets get {args.id}")
    to = expanded(args.to) if args.to else root.with_name(f"{root.name}-noisy{args.share}")
    made = make_noisy(root, args.share, to.absolute())
    print(f"{made.n_wrong} of {made.n_train} training labels are wrong", file=sys.stderr)
    print(made.folder)
    return 0


def read(args: argparse.Namespace, settings: Settings) -> int:
    """Turn the zip a visitor has sent into their data set or, without an ID, all waiting zips, one after the other. The
    progress is written where the data page reads it."""
    if args.id is None:
        sources.read_waiting(settings)
    else:
        print(sources.fill_with_status(args.id, settings))
    return 0
