"""`python -m sota_core …`: see `sota_core.cli`."""

import io
import sys

from sota_core.cli.main import main

if __name__ == "__main__":
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")  # a terminal that has no α shows ? and the command goes on
    sys.exit(main())
