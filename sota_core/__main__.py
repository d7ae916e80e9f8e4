"""`python -m sota_core …`: see `sota_core.cli`."""

import sys

from sota_core.cli.main import main

if __name__ == "__main__":
    sys.exit(main())
