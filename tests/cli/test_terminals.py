"""On a terminal whose encoding lacks a character the command prints another one and goes on."""

import os
import subprocess
import sys

from sota_core import paths


def test_a_terminal_without_greek_letters_gets_its_answer():
    environment = os.environ | {"PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    command = [sys.executable, "-m", "sota_core", "recipes"]
    said = subprocess.run(command, cwd=paths.ROOT, env=environment, capture_output=True, text=True, timeout=240)
    assert said.returncode == 0 and "Traceback" not in said.stderr
    assert "Mixup" in said.stdout and "?" in said.stdout
