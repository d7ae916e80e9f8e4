"""`kit --to DIR`: the project, its packages as wheels, the sample and the recordings, for a room without network."""

import argparse
import platform
import shutil
import subprocess
import sys
from collections.abc import Callable, Sequence
from importlib import metadata
from pathlib import Path

from sota_core import paths
from sota_core.cli.progress import Terminal
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import sources
from sota_core.errors import InputError, SourceError
from sota_core.settings import Settings
from sota_core.system.files import bytes_below, discard

# What the app needs of the project's folder; the recordings are among sota_core's assets.
PARTS = (
    "app.py",
    "pages",
    "sota_core",
    "docs",
    "deploy/nginx",
    ".streamlit",
    "requirements.txt",
    "pyproject.toml",
    "README.md",
    "LICENSE",
)
_NOT = shutil.ignore_patterns("__pycache__", "*.pyc", "secrets.toml")
WHEELS, PROJECT, HOME, DATA, NEEDED = "wheels", "sota-lab", "home", "data", "requirements.txt"


def run(args: argparse.Namespace, settings: Settings) -> int:
    """Make the kit. Blocking: with wheels, pip fetches a gigabyte or more.

    A kit that is in the folder is made again. Where it has been used, its home and data hold the class's runs, own
    pictures and fetched sets: of these two only the sets that are copied now are replaced.

    Raises
        InputError   DIR exists and is no kit, or is the kit this project lies in; the project's folder is not here; pip
                     could not get the packages.
        SourceError  --data names a set that is not here.
    """
    to = Path(args.to)
    if to.exists() and (not to.is_dir() or (any(to.iterdir()) and not _is_kit(to))):
        raise InputError(f"kit: {to} is there and is no kit; name another folder")
    if (to / PROJECT).resolve() == paths.ROOT.resolve():
        raise InputError(f"kit: {to} is the kit that this command was started in; name another folder")
    if not paths.APP.exists():
        raise InputError(f"kit: needs the project's folder, got no {paths.APP}; start it there")
    missing = [name for name in args.data if name not in sources.SOURCES or sources.resolve(name, settings) is None]
    if missing:
        raise SourceError(
            f"kit: {', '.join(missing)} is not here; datasets get ID first (of {', '.join(sources.SOURCES)})"
        )
    discard(to / NEEDED)
    if args.no_wheels:
        discard(to / WHEELS)  # install.sh takes the packages from there if it is there
    _copy_project(to / PROJECT)
    _write_installer(to)
    _copy_sets(to, ["sample", *args.data], settings)
    if not args.no_wheels:
        wanted = Path(args.requirements or to / PROJECT / "requirements.txt")
        needed, builds = as_installed(wanted.read_text(encoding="utf-8"), _installed)
        (to / NEEDED).write_text(needed, encoding="utf-8")  # what install.sh reads
        _fetch_wheels(to / NEEDED, to / WHEELS, builds)
    print(f"{to}: {bytes_below(to) / 1e6:.0f} MB. On the other machine: sh {to.name}/install.sh")
    return 0


def _is_kit(folder: Path) -> bool:
    """Has this command made it? Other programs have an install.sh, too."""
    file = folder / "install.sh"
    return file.is_file() and PROJECT in file.read_text(encoding="utf-8", errors="replace")


def _copy_project(to: Path) -> None:
    to.mkdir(parents=True, exist_ok=True)
    for name in PARTS:
        here = paths.ROOT / name
        if name != ".streamlit":  # may hold the secrets.toml of who runs the kit
            discard(to / name)
        if here.is_dir():
            shutil.copytree(here, to / name, ignore=_NOT, dirs_exist_ok=True)
        elif here.exists():
            shutil.copy2(here, to / name)


def _copy_sets(to: Path, ids: Sequence[str], settings: Settings) -> None:
    """Copy each set to where the kit will look for it; the sample is drawn on this machine first."""
    terminal = Terminal()
    try:
        for id in dict.fromkeys(ids):
            root = sources.ensure(id, settings, terminal.prepare)
            place = to / HOME / root.relative_to(settings.home) if id in DRAWN else to / DATA / id
            if root.resolve() != place.resolve():  # SOTA_HOME may be the kit's own
                discard(place)
                shutil.copytree(root, place)
    finally:
        terminal.close()


def as_installed(pins: str, version_of: Callable[[str], str | None]) -> tuple[str, set[str]]:
    """The pins, each with the build that is installed here: with a CPU build of torch nobody wants 3 GB of CUDA.

    version_of  the installed version of a package, None where it is not here
    returns     the lines; and which builds they name, as PyTorch's own index calls them

    >>> as_installed("torch==2.13.0\\nnumpy==2.4.6\\n", {"torch": "2.13.0+cpu", "numpy": "2.4.6"}.get)
    ('torch==2.13.0+cpu\\nnumpy==2.4.6\\n', {'cpu'})
    """
    lines, builds = [], set()
    for line in pins.splitlines():
        name, _, version = line.partition("==")
        here = version_of(name) if version else None
        if here and here.startswith(f"{version}+"):
            line = f"{name}=={here}"
            builds.add(here.partition("+")[2])
        lines.append(line)
    return "\n".join(lines) + "\n", builds


def _installed(name: str) -> str | None:
    try:
        return metadata.version(name)
    except (metadata.PackageNotFoundError, ValueError):
        return None


def _fetch_wheels(requirements: Path, to: Path, builds: set[str]) -> None:
    """Fetch the builds from PyTorch's index, without their dependencies; then all packages, with these at hand.

    Raises
        InputError  pip ended with an error, which it has printed.
    """
    to.mkdir(exist_ok=True)
    pins = requirements.read_text(encoding="utf-8").splitlines()
    for build in sorted(builds):
        of_it = [pin for pin in pins if pin.endswith(f"+{build}")]
        _download(to, "--no-deps", "--index-url", f"https://download.pytorch.org/whl/{build}", *of_it)
    _download(to, "--find-links", str(to), "-r", str(requirements))


def _download(to: Path, *what: str) -> None:
    """Raises
    InputError  as _fetch_wheels.
    """
    command = [sys.executable, "-m", "pip", "download", "--disable-pip-version-check", "--only-binary", ":all:"]
    if subprocess.run([*command, "--dest", str(to), *what], check=False).returncode:
        raise InputError("kit: pip could not fetch every package as a wheel; what it said stands above")


def _write_installer(to: Path) -> None:
    file = to / "install.sh"
    version, full = "{}.{}".format(*sys.version_info), platform.python_version()
    file.write_text(_INSTALL.format(version=version, full=full, parts=sys.version_info[:3]), encoding="utf-8")
    file.chmod(0o755)


_INSTALL = """#!/bin/sh
# Sets up sota-lab in this folder, without a network. Set PYTHON to use another interpreter.
set -e
cd "$(dirname "$0")"
PYTHON="${{PYTHON:-python{version}}}"
if ! "$PYTHON" -c 'import sys; sys.exit("%d.%d" % sys.version_info[:2] != "{version}")'; then
  echo "The wheels are for Python {version}; set PYTHON to such an interpreter."
  exit 1
fi
NEEDED="${{REQUIREMENTS:-requirements.txt}}"
if [ -d wheels ]; then
  if [ ! -f "$NEEDED" ]; then
    echo "$NEEDED is not here, so this kit is not whole; make it again where there is a network."
    exit 1
  fi
  "$PYTHON" -m venv --clear .venv
  if ! .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-index --find-links wheels \\
    -r "$NEEDED"; then
    if ! "$PYTHON" -c 'import sys; sys.exit(sys.version_info[:3] >= {parts})'; then
      echo "pip could not install every package; what it said stands above."
      echo "If a package is not among the wheels, make the kit again where there is a network."
      exit 1
    fi
    echo "The wheels were fetched with Python {full}, this is $("$PYTHON" -V): some packages need one at least as new."
    echo "Set PYTHON to such a one: PYTHON=/usr/local/bin/python{version} sh install.sh"
    exit 1
  fi
  PYTHON="$PWD/.venv/bin/python"
fi
cat > start.sh <<END
#!/bin/sh
cd "$PWD/sota-lab"
export SOTA_HOME="$PWD/home" SOTA_DATA_DIR="$PWD/data"
exec "$PYTHON" -m sota_core "\\${{@:-serve}}"
END
chmod +x start.sh
echo "Ready: ./start.sh   or, for a whole class: ./start.sh serve --address 0.0.0.0"
"""
