"""Arrays that a run or a benchmark has stored, read back; whatever is wrong with the file is a DataError."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

import numpy as np

from sota_core.errors import DataError

_NONE: Mapping[str, str] = MappingProxyType({})


def arrays_of(path: Path, what: str, *, maybe: Mapping[str, str] = _NONE, **axes: str) -> dict[str, np.ndarray]:
    """The named arrays of an .npz file. Blocking, some milliseconds; reads no pickle.

    what   what the file should hold, in words
    axes   name → its axes, "V B N": a letter is the same size in all arrays, a digit is itself, and "" a single value.
           After "text" they are those of an array of texts, else of numbers
    maybe  the same of arrays that may be missing

    Raises
        DataError  there is no such file, it is no .npz, an array is missing, or one has other axes.
    """
    try:
        with np.load(path, allow_pickle=False) as found:
            arrays = {name: found[name] for name in (*axes, *(name for name in maybe if name in found))}
    except MemoryError:
        raise
    except Exception as error:  # zipfile's, NumPy's and the operating system's errors share no base below Exception
        raise refused(path, what, str(error)) from error
    sizes: dict[str, int] = {}
    for name, array in arrays.items():
        wanted = {**axes, **maybe}[name]
        letters = wanted.removeprefix("text").split()
        shape = [int(a) if a.isdigit() else sizes.get(a, n) for a, n in zip(letters, array.shape, strict=False)]
        kinds = "U" if wanted.startswith("text") else "biuf"
        if len(letters) != array.ndim or shape != list(array.shape) or array.dtype.kind not in kinds:
            known = ", ".join(f"{a} = {n}" for a, n in sizes.items() if a in letters)
            raise refused(
                path,
                what,
                f"{name} must be {'text' if kinds == 'U' else 'numbers'} of shape ({', '.join(letters)})"
                f"{known and f' with {known}'}, got {array.dtype} of shape {array.shape}",
            )
        sizes |= zip(letters, array.shape, strict=True)
    return arrays


def refused(path: Path, what: str, why: str) -> DataError:
    """The error for a file that does not hold `what`."""
    return DataError(f"'{path}': not {what} ({why})")
