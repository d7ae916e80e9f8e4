"""`serve`: what `make run` starts. The app in front, the dispatcher with it; Ctrl-C ends both.

A run in progress has a process of its own and goes on; the text says so.
"""

import argparse
import signal
import subprocess
import sys

from sota_core import paths
from sota_core.runs.dispatch import dispatcher
from sota_core.runs.store.store import Store
from sota_core.settings import Settings


def run(args: argparse.Namespace, settings: Settings) -> int:
    settings.home.mkdir(parents=True, exist_ok=True)
    dispatcher.ensure_running(settings)
    command = [sys.executable, "-m", "streamlit", "run", str(paths.APP), "--server.port", str(args.port)]
    # The terminal's Ctrl-C reaches the app by itself (same process group); this process only waits for it.
    app = subprocess.Popen([*command, "--server.headless", "true"])
    # Opens every page once, so that the first visitor of each does not wait for imports and pictures.
    warming = [sys.executable, "-m", "pages.shared.frame.warm", f"http://localhost:{args.port}"]
    warm = subprocess.Popen(warming, cwd=paths.ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    signal.signal(signal.SIGTERM, lambda *_: app.terminate())
    print(f"sota-lab: http://localhost:{args.port} (Ctrl-C ends it)", flush=True)
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
    dispatcher.stop(settings)
    _say_what_goes_on(settings)
    return code


def _say_what_goes_on(settings: Settings) -> None:
    with Store(settings) as store:
        active = store.history.active()
    for one in active:
        print(f"run {one.id} goes on without the app: runs show {one.id}, or runs cancel {one.id}")
