"""Texts without the folders of this machine, for readers who are not its operator.

An error of Python's, of a library or of our own names files by where they lie: a home's name, a user's, where the
pictures are. Its reader needs the file's own name. Logs and the command line have every text whole.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath

from sota_core.paths import ROOT

# In quotes a folder's name may have spaces. Elsewhere a path begins where no word, address or other path goes on.
_QUOTED = re.compile(r"""(['"`])(?:file://)?(?:/[^'"`\n/]+){2,}/*\1""")
_BARE = re.compile(r"""(?<![\w:/.<~])(?:file://)?(?:/[^\s/'"`,;:()\[\]{}<>|]+){2,}/*""")
# Without quotes a path is one that begins by a folder there is here, or usually elsewhere: "/train/cat", said of a zip,
# is none, nor are "/s/m".
_ROOTS = frozenset("Users Volumes data home media mnt opt private root srv tmp usr var workspace".split())
_FRAME = re.compile(r'(?m)^(\s*File )"([^"\n]+)"')
# What is shown of a frame's file begins behind these, wherever the packages or another machine's copy of ours lie.
_PACKAGES = re.compile(r".*/(?:site|dist)-packages/")
_OURS = re.compile(r".*?/(?=(?:sota_core|pages|benchmarks)/)")
_PYTHONS = re.compile(r".*/python\d[\d.]*/")


def _nobody() -> bool:
    return False


_reads_whole: Callable[[], bool] = _nobody


def let_read_whole(who: Callable[[], bool]) -> None:
    """Whoever this is true of, when a text is made for them, reads it with its folders: they can go there."""
    global _reads_whole
    _reads_whole = who


def without_folders(text: str) -> str:
    """Each path by its last part; addresses and paths within the project stay as they are.

    >>> without_folders("[Errno 2] No such file or directory: '/home/Ada L/own sets/7f/a.jpg'")
    "[Errno 2] No such file or directory: 'a.jpg'"
    >>> without_folders("/srv/lab/runs.db is locked, see https://example.org/a/b and sota_core/train/fit.py")
    'runs.db is locked, see https://example.org/a/b and sota_core/train/fit.py'
    """
    if _reads_whole():
        return text
    text = _QUOTED.sub(lambda found: found[1] + _name(found[0].strip(found[1])) + found[1], text)
    return _BARE.sub(lambda found: _name(found[0]) if _root(found[0]) in _ROOTS | _roots_here() else found[0], text)


def traceback_without_folders(text: str) -> str:
    """Its files relative to the project, to the packages or to Python's own, and what it says without folders."""
    return without_folders(_FRAME.sub(lambda found: f'{found[1]}"{_of_frame(found[2])}"', text))


def _of_frame(file: str) -> str:
    if Path(file).is_relative_to(ROOT):
        inside = Path(file).relative_to(ROOT).as_posix()
        return _PACKAGES.sub("", inside)  # a virtual environment stands in the project's folder
    for start in (_PACKAGES, _OURS, _PYTHONS):
        if found := start.match(file):
            return file[found.end() :]
    return _name(file)


def _name(path: str) -> str:
    return PurePosixPath(path).name


def _root(path: str) -> str:
    return PurePosixPath(path.removeprefix("file://")).parts[1]


@cache
def _roots_here() -> frozenset[str]:
    try:
        return frozenset(path.name for path in Path("/").iterdir())
    except OSError:
        return frozenset()
