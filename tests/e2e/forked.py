"""Servers in a fraction of the usual time: forked from a process that has imported the libraries, but nothing of ours.

So in each of them the app's own imports, and what Streamlit remembers of a first request, start from nothing.
"""

import multiprocessing
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LIBRARIES = ["altair", "numpy", "pandas", "PIL.Image", "sqlalchemy", "streamlit.web.bootstrap", "streamlit.web.cli"]
APP = Path(__file__).resolve().parents[2] / "app.py"


def run(port: int, homes: dict[str, str]) -> None:
    """`streamlit run app.py` at this port, in a process that has just been forked."""
    from streamlit.web import cli

    os.environ.update(homes)
    os.chdir(APP.parent)
    cli.main(["run", str(APP), "--server.headless=true", f"--server.port={port}"])


@contextmanager
def forked(port: int, homes: dict[str, str]) -> Iterator[str]:
    """The address of a new server, which may not answer yet; it ends with the block."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    process = context.Process(target=run, args=(port, homes), daemon=True)
    process.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.join(20)
