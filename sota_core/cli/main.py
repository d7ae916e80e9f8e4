"""The argument parser, and the exit codes: 0 done, 1 failed, 2 asked for something impossible, 130 cancelled.

Every command is one function `(args, settings) -> exit code` in a module of this folder; those that need torch
import it inside, so that `recipes` and `runs` answer at once.
"""

import argparse
import codecs
import io
import os
import sqlite3
import sys
from collections.abc import Callable, Sequence

from sqlalchemy.exc import SQLAlchemyError

from sota_core import settings as settings_module
from sota_core.cli import calibrate, check, datasets, export, kit, ladder, recipes, runs, serve, submit, train, worker
from sota_core.cli.hosting import metrics, proxy, readiness
from sota_core.data.sets.noisy import SHARES
from sota_core.errors import InputError, SotaError, UnknownRunError
from sota_core.later import first_line
from sota_core.recipes import PRESETS
from sota_core.recipes.ladder import EPOCHS, MAX_SEEDS, SECONDS
from sota_core.recipes.pretrained import NETS
from sota_core.runs.store.database import trouble_of

FINISHED, FAILED, BAD_ARGUMENTS, CANCELLED = 0, 1, 2, 130
_MOST = 10**9  # the largest number that is accepted, so that what is computed from it stays finite


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m sota_core", description="Training a State-of-the-Art Model, live: without the screen."
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    one = commands.add_parser("train", help="train in this process; the run appears in the app")
    _recipe_arguments(one)
    one.add_argument("--jsonl", action="store_true", help="print each event as one JSON line")
    one.add_argument("--reuse", action="store_true", help="give back an identical finished run instead of training")
    one.set_defaults(run=train.run)

    one = commands.add_parser("submit", help="queue a run and print its id")
    _recipe_arguments(one)
    one.add_argument("--owner", type=_text, default="cli", help="whose run it is (default: cli)")
    one.add_argument("--key", type=_text, help="idempotency key: the same owner and key are accepted once")
    one.set_defaults(run=submit.run)

    one = commands.add_parser("dispatch", help="the dispatcher in the foreground")
    one.add_argument("--idle-timeout", type=_at_least_0(float), default=600, metavar="S", help="end if idle so long")
    one.set_defaults(run=worker.dispatch)

    one = commands.add_parser("worker", help="one run's worker, as the dispatcher's executor starts it")
    one.add_argument("id", type=_text, metavar="RUN")
    one.add_argument("attempt", type=_at_least_0(int))
    one.set_defaults(run=worker.work)

    one = commands.add_parser("calibrate", help="measure how fast this machine trains, for estimates and budgets")
    one.add_argument("--device", default="auto", choices=("auto", "cuda", "mps", "cpu"))
    one.set_defaults(run=calibrate.run)

    one = commands.add_parser("serve", help="the app and its dispatcher, ended together by Ctrl-C")
    one.add_argument("--port", type=int, default=8501)
    one.add_argument(
        "--address",
        type=_text,
        help=(
            "where to listen; 0.0.0.0: on all addresses of this machine (default: reachable from this machine "
            "alone, or on all if SOTA_OPERATOR_TOKEN or a sign-in is set)"
        ),
    )
    one.add_argument(
        "--behind-proxy",
        action="store_true",
        help="start the web processes alone, at 127.0.0.1 and the ports after --port, for a proxy of yours (see nginx)",
    )
    _front_arguments(one)
    one.set_defaults(run=serve.run)

    one = commands.add_parser(
        "nginx", help="print the configuration for a system's nginx in front of `serve --behind-proxy`"
    )
    one.add_argument("--port", type=int, default=8501, help="as for serve --behind-proxy")
    one.add_argument("--listen", help="port, or address:port (default: 443 with a certificate, else 80)")
    one.add_argument("--server-name", default="_", help="the name visitors type (default: any)")
    _front_arguments(one)
    one.set_defaults(run=proxy.run)

    one = commands.add_parser("check", help="is this machine fit to host the app? One line per part, with what to fix")
    one.add_argument("--address", help="as for serve")
    one.set_defaults(run=check.run)

    one = commands.add_parser("ready", help="are store, dispatcher, disk and device ready? Exit code 0 or 1")
    one.add_argument("--url", help="the app's address: also ask whether it answers")
    one.set_defaults(run=readiness.run)

    one = commands.add_parser("metrics", help="print what SOTA_METRICS_PORT serves, once, as OpenMetrics")
    one.set_defaults(run=metrics.run)

    one = commands.add_parser("datasets", help="list the data sets, or fetch one")
    one.add_argument("--json", action="store_true", dest="as_json")
    one.set_defaults(run=datasets.show)
    inner = one.add_subparsers(metavar="get")
    get = inner.add_parser("get", help="download, verify and unpack a data set")
    get.add_argument("id", type=_named)
    get.set_defaults(run=datasets.get)
    noisy = inner.add_parser(
        "noisy", help="make a copy of a set with the wrong labels from its own table (noisy_*.csv)"
    )
    noisy.add_argument("id", type=_named, help="imagenette2-160, say, or a folder that holds such a table")
    noisy.add_argument("--share", type=int, choices=SHARES, required=True, help="percent of wrong training labels")
    noisy.add_argument("--to", type=_named, metavar="FOLDER", help="default: beside the set")
    noisy.set_defaults(run=datasets.noisy)
    read = inner.add_parser("read", help="read visitors' zips, as the data page starts it")
    read.add_argument("id", type=_named, nargs="?", help="of one zip; default: all that are waiting, in turn")
    read.set_defaults(run=datasets.read)

    one = commands.add_parser(
        "kit", help="make a folder for a room without network: project, wheels, sample, recordings"
    )
    one.add_argument("--to", required=True, type=_named, metavar="DIR")
    one.add_argument("--no-wheels", action="store_true", help="leave the packages out, for machines that have them")
    one.add_argument(
        "--data",
        action="append",
        type=_named,
        default=[],
        metavar="ID",
        help="put in this data set too, which must be on this machine; repeatable",
    )
    one.add_argument("--requirements", type=_named, metavar="FILE", help="packages to fetch in place of the project's")
    one.set_defaults(run=kit.run)

    one = commands.add_parser("recipes", help="the chapter's experiments")
    one.add_argument("--json", action="store_true", dest="as_json")
    one.set_defaults(run=recipes.show)
    code = one.add_subparsers(metavar="code").add_parser("code", help="print one as a plain fastai script")
    code.add_argument("preset", metavar="PRESET")
    code.add_argument("--notebook", action="store_true", help="a Jupyter notebook instead")
    code.add_argument("--folder", type=_named, help="where the pictures lie, in place of fastai's download")
    code.add_argument("--set", action="append", default=[], metavar="FIELD=VALUE", dest="changes")
    code.set_defaults(run=recipes.code)

    one = commands.add_parser("runs", help="list, show, cancel, delete, export or back up runs")
    inner = one.add_subparsers(required=True, metavar="ACTION")
    action = inner.add_parser("list")
    action.add_argument("--json", action="store_true", dest="as_json")
    action.set_defaults(run=runs.show_all)
    for name, function in (("show", runs.show), ("cancel", runs.cancel), ("export", export.export)):
        action = inner.add_parser(name)
        action.add_argument("id", type=_text, nargs="?" if name == "export" else None)
        action.set_defaults(run=function)
        if name == "show":
            action.add_argument("--json", action="store_true", dest="as_json")
        if name == "export":
            action.add_argument(
                "--to", required=True, type=_named, metavar="DIR", help="without an id: every run, a folder each"
            )
            action.add_argument(
                "--as",
                default="files",
                choices=export.FORMS,
                dest="form",
                help="files: everything (default); model: a folder to push to the Hugging Face Hub; csv, tensorboard: "
                "the curves, for trackio and TensorBoard",
            )
    action = inner.add_parser("delete", help="runs that have ended, with their curves and files")
    action.add_argument("id", type=_text, nargs="+")
    action.set_defaults(run=runs.delete)
    action = inner.add_parser("clear", help="delete what SOTA_KEEP_DAYS and SOTA_KEEP_GB do not keep; pinned runs stay")
    action.add_argument("--days", type=_at_least_0(int), help="in place of SOTA_KEEP_DAYS; 0: keep runs of any age")
    action.add_argument("--gb", type=_at_least_0(float), help="in place of SOTA_KEEP_GB; 0: keep any amount")
    action.set_defaults(run=runs.clear)
    action = inner.add_parser("backup", help="copy the database while it is in use")
    action.add_argument("--to", required=True, type=_named, metavar="FILE")
    action.set_defaults(run=runs.backup)
    _ladder(commands.add_parser("ladder", help="add the techniques one by one, with several seeds each"))
    return parser


def _front_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--processes", type=int, default=1, metavar="N", help="web processes behind nginx (default: 1)")
    parser.add_argument("--certificate", type=_named, metavar="FILE", help="makes nginx serve https; needs --key")
    parser.add_argument("--key", type=_named, metavar="FILE")
    parser.add_argument(
        "--framed-by",
        action="append",
        default=[],
        metavar="ORIGIN",
        help="a site that may show the app in a frame; repeatable",
    )


def _at_least_0(kind: type[float]) -> Callable[[str], float]:
    """A type for argparse: a number from 0 to _MOST. argparse's error message calls it by its name, `number`."""

    def number(text: str) -> float:
        value = kind(text)
        if not 0 <= value <= _MOST:
            raise ValueError(text)
        return value

    return number


def _text(text: str) -> str:
    """A type for argparse: a text without bytes that the terminal's encoding does not know, which no database takes."""
    text.encode()
    return text


_text.__name__ = "text"  # what argparse's error message calls it


def _named(text: str) -> str:
    """A type for argparse: a path, or a set's id. An empty one would mean the current folder, or no file at all."""
    if not text:
        raise argparse.ArgumentTypeError("must not be empty; if it comes from a variable, set that")
    return text


def _ladder(parser: argparse.ArgumentParser) -> None:
    inner = parser.add_subparsers(required=True, metavar="ACTION")
    action = inner.add_parser("start", help="queue every rung with every seed and print the ladder's name")
    _recipe_arguments(action, default="baseline")
    action.add_argument("--seeds", type=int, default=2, choices=range(1, MAX_SEEDS + 1), help="how many (default: 2)")
    action.add_argument("--equal", default=EPOCHS, choices=(EPOCHS, SECONDS), help="what is equal for all rungs")
    action.add_argument("--owner", type=_text, default="cli", help="whose runs they are (default: cli)")
    action.set_defaults(run=ladder.start, seed=1)
    action = inner.add_parser("list")
    action.add_argument("--json", action="store_true", dest="as_json")
    action.set_defaults(run=ladder.show_all)
    action = inner.add_parser("show", help="each rung's accuracy, its step, and whether that is noise")
    action.add_argument("name", metavar="NAME")
    action.add_argument("--json", action="store_true", dest="as_json")
    action.set_defaults(run=ladder.show)
    action = inner.add_parser("stop", help="stop it; finished runs stay, and the same `start` continues")
    action.add_argument("name", metavar="NAME")
    action.set_defaults(run=ladder.stop)


def _recipe_arguments(parser: argparse.ArgumentParser, default: str | None = None) -> None:
    presets = f"one of {', '.join(PRESETS)}"
    parser.add_argument("--recipe", required=default is None, default=default, metavar="PRESET", help=presets)
    parser.add_argument(
        "--data", type=_named, default="sample", metavar="ID_OR_FOLDER", help="a data set or a class folder"
    )
    parser.add_argument("--budget", type=float, metavar="SECONDS", help="scale the recipe to this machine")
    parser.add_argument(
        "--set",
        action="append",
        default=[],
        metavar="FIELD=VALUE",
        dest="changes",
        help="change a field of the recipe, after scaling; repeatable",
    )
    parser.add_argument(
        "--pretrained",
        choices=NETS,
        help="start from this net's weights, with its architecture, width and statistics; --set may change the last",
    )
    parser.add_argument("--seed", type=int)


def _print_anything() -> None:
    """Printing must not make a command fail that is done: paths are printed as bytes, a terminal without α shows ?."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            is_utf8 = codecs.lookup(stream.encoding).name == "utf-8"
            stream.reconfigure(errors="surrogateescape" if is_utf8 else "replace")


def main(argv: Sequence[str] | None = None) -> int:
    _print_anything()
    args = build_parser().parse_args(argv)
    try:
        return args.run(args, settings_module.load())
    except (InputError, UnknownRunError) as bad:
        print(f"error: {bad}", file=sys.stderr)
        return BAD_ARGUMENTS
    except SotaError as bad:
        print(f"error: {bad}", file=sys.stderr)
        return FAILED
    except (SQLAlchemyError, sqlite3.Error) as bad:
        if (away := trouble_of(bad)) is None:
            raise
        print(f"error: {away} ({first_line(getattr(bad, 'orig', None) or bad)})", file=sys.stderr)
        return FAILED
    except BrokenPipeError:  # `… | head`: the reader has seen enough
        sys.stderr.close()
        return FINISHED
    except OSError as bad:  # a file or folder that was named, or the home, cannot be read or written
        if bad.errno is None:
            raise
        print(f"error: {bad.filename or args.run.__name__}: {os.strerror(bad.errno)}", file=sys.stderr)
        return FAILED
    except KeyboardInterrupt:
        print("cancelled", file=sys.stderr)
        return CANCELLED
