"""Takes this machine's folders out of texts, for readers who are not its operator.

An error message, from Python, a library or our own code, gives the full path of a file, and with it the name of a home
folder or a user, or where the pictures lie. Its reader needs only the file's own name. Logs and the command line keep
every text whole.
"""

import re
from collections.abc import Callable
from functools import cache
from pathlib import Path, PurePosixPath

from sota_core.paths import ROOT

# In quotes, a folder's name may have spaces. Without quotes, a path must not continue a word, a URL or another path.
_QUOTED = re.compile(r"""(['"`])(?:file://)?(?:/[^'"`\n/]+){2,}/*\1""")
_BARE = re.compile(r"""(?<![\w:/.<~])(?:file://)?(?:/[^\s/'"`,;:()\[\]{}<>|]+){2,}/*""")
# Without quotes, only a path whose first folder exists on this machine, or usually does on others, is shortened:
# "/train/cat" inside a zip is left alone, and so is "/s/m".
_ROOTS = frozenset("Users Volumes data home media mnt opt private root srv tmp usr var workspace".split())
_FRAME = re.compile(r'(?m)^(\s*File )"([^"\n]+)"')
# A traceback shows a frame's file from the end of such a match on, wherever the packages, another machine's copy of
# this project or Python itself are installed.
_PACKAGES = re.compile(r".*/(?:site|dist)-packages/")
_OURS = re.compile(r".*?/(?=(?:sota_core|pages|benchmarks)/)")
_PYTHONS = re.compile(r".*/python\d[\d.]*/")


def _nobody() -> bool:
    return False


_reads_whole: Callable[[], bool] = _nobody


def let_read_whole(who: Callable[[], bool]) -> None:
    """Set the test for readers who get every text whole, with its folders. It is asked for each text."""
    global _reads_whole
    _reads_whole = who


def without_folders(text: str) -> str:
    """The text with each path cut to its last part. URLs and paths relative to the project stay as they are.

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
    """A traceback with its files relative to the project, to the packages or to Python's library, and no folders."""
    return without_folders(_FRAME.sub(lambda found: f'{found[1]}"{_of_frame(found[2])}"', text))


def _of_frame(file: str) -> str:
    if Path(file).is_relative_to(ROOT):
        inside = Path(file).relative_to(ROOT).as_posix()
        return _PACKAGES.sub("", inside)  # a virtual environment may lie in the project's folder
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
