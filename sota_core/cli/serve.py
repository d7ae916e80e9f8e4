"""`serve`: what `make run` starts. The app in front, the dispatcher with it; Ctrl-C ends both.

A run in progress has a process of its own and goes on; the text says so.
"""

import argparse
import os
import secrets
import signal
import subprocess
import sys

from sota_core import paths
from sota_core.cli import listening
from sota_core.errors import InputError
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.store.store import Store
from sota_core.settings import Settings

# What goes wrong unforeseen is told in the log, with its traceback; visitors of a server are no developers.
QUIET = ("--client.showErrorDetails", "none")


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Until Ctrl-C or SIGTERM, or the app ends; the exit code is the app's.

    Stops only what it, or its app, has started: another `serve` may share the home.

    Raises
        InputError  the pages are not here: they come with the project's folder, not with an installed package; or the
                    port is taken, or the address is not this machine's. Nothing has been started.
    """
    if not paths.APP.exists():
        raise InputError(f"serve: needs the project's folder, got no {paths.APP}; start it there, or run `make run`")
    address = listening.chosen(args.address, settings)
    listening.require_free_port(address, args.port)
    settings.home.mkdir(parents=True, exist_ok=True)
    me = os.environ[dispatcher.SERVED_BY] = secrets.token_hex(8)  # the app and the dispatchers it starts inherit it
    dispatcher.ensure_running(settings)
    command = [sys.executable, "-m", "streamlit", "run", str(paths.APP), "--server.port", str(args.port)]
    if address:
        command += ["--server.address", address]
    # The terminal's Ctrl-C reaches the app by itself (same process group); this process only waits for it.
    app = subprocess.Popen([*command, "--server.headless", "true", *QUIET], env=app_environment(settings))
    # Opens every page once, so that the first visitor of each does not wait for imports and pictures.
    warming = [sys.executable, "-m", "pages.shared.frame.warm", listening.url(address, args.port)]
    warm = subprocess.Popen(warming, cwd=paths.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: app.terminate())
    print(listening.told(address, args.port, settings), flush=True)
    try:
        code = app.wait()
    except KeyboardInterrupt:
        code = 0
        try:
            app.wait(timeout=1)
        except subprocess.TimeoutExpired:
            app.kill()
    warm.kill()
    warm.wait()
    dispatcher.stop(settings, served_by=me)
    _say_what_goes_on(settings)
    return code


def app_environment(settings: Settings) -> dict[str, str]:
    """What the app is started with, beside what this process was."""
    # uvicorn, below Streamlit, believes the X-Forwarded-For of whoever is named here; where nobody is, that of this
    # machine, and a proxy on it may pass on what a visitor has written.
    return os.environ | {"FORWARDED_ALLOW_IPS": ",".join(settings.proxies)}


def _say_what_goes_on(settings: Settings) -> None:
    with Store(settings) as store:
        active = store.history.active()
    for one in active:
        print(f"run {one.id} goes on without the app: runs show {one.id}, or runs cancel {one.id}")
