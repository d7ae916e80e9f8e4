"""Fresh servers in a fraction of the time: forked from a process that has imported the libraries, and nothing of ours.

What of the app is imported when, and what Streamlit remembers of a first request, is new in each of them.
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
    """The address of a server that may not answer yet; it ends with the block."""
    context = multiprocessing.get_context("forkserver")
    context.set_forkserver_preload(LIBRARIES)
    process = context.Process(target=run, args=(port, homes), daemon=True)
    process.start()
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.join(20)
