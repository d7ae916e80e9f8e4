"""Checks and conversions of the arrays that the maths takes: one kind, the right shape, the right range.

No maths here. An error's text reads "function: requirement, what came, likely cause".
"""

import operator
from typing import Any

import array_api_compat
import numpy as np
from array_api_compat import device, is_array_api_obj, is_numpy_array, to_device

from sota_core.errors import InputError, RangeError, ShapeError

_ROW_SUM_TOLERANCE = 1e-2  # bfloat16 keeps three digits; logits given by mistake are off by far more
Array = Any  # a NumPy array or a torch tensor; the array API has no static type of its own


def array_namespace(x: Array) -> Any:
    """The functions for arrays of x's kind, under the array API's names.

    NumPy 2 is such a namespace itself, so it is returned as it is: array_api_compat's wrapper would import all of
    NumPy, f2py included, and the web process would hold 9 MB that it never uses.
    """
    return np if is_numpy_array(x) else array_api_compat.array_namespace(x)


def as_array(function: str, name: str, value: Any) -> Array:
    """An array as it came; a number, list or tuple becomes a NumPy array. InputError unless it holds real numbers."""
    try:
        x: Array = value if is_array_api_obj(value) else np.asarray(value)
    except ValueError as error:
        raise ShapeError(f"{function}: {name} must be a full array, got rows of unequal length") from error
    if array_namespace(x).isdtype(x.dtype, ("bool", "integral", "real floating")):
        return x
    came = type(value).__name__ if x.ndim == 0 else x.dtype
    raise InputError(f"{function}: {name} must hold real numbers, got {came}")


def as_float(function: str, name: str, value: Any) -> Array:
    """As `as_array`; whole numbers become the kind's default float, floats keep their type."""
    x = as_array(function, name, value)
    return array_namespace(x).astype(x, float_dtype(x), copy=False)


def float_dtype(x: Array) -> Any:
    """The type results are computed in: x's own if it is floating, else the default float of x's kind."""
    xp = array_namespace(x)
    if xp.isdtype(x.dtype, "real floating"):
        return x.dtype
    return xp.__array_namespace_info__().default_dtypes()["real floating"]


def as_like(function: str, name: str, value: Any, x: Array, dtype: Any) -> Array:
    """`value` in x's kind, on x's device, of this dtype. NumPy and lists are converted; other kinds: InputError."""
    value = as_array(function, name, value)
    xp = array_namespace(x)
    if array_namespace(value) is xp:
        return to_device(xp.astype(value, dtype, copy=False), device(x))
    if not is_numpy_array(value):
        raise InputError(
            f"{function}: {name} must be NumPy or of the first array's kind ({_kind(x)}), got {_kind(value)}; "
            f"did you mean {name}.numpy(force=True)?"
        )
    # Copied first: torch warns about read-only memory and refuses negative strides.
    return xp.asarray(np.array(value), dtype=dtype, device=device(x))


def as_indices(
    function: str, name: str, value: Any, x: Array, axes: str, below: int, *, below_name: str, **sizes: int
) -> Array:
    """`value` as int64 indices in [0, below), in x's kind; `below_name` is the bound's name in an error's text."""
    value = as_array(function, name, value)
    require_shape(function, name, value, axes, hint=None, **sizes)
    xp = array_namespace(value)
    if not xp.isdtype(value.dtype, "integral"):
        raise InputError(f"{function}: {name} must hold whole numbers, got {value.dtype}")
    value = xp.astype(value, xp.int64, copy=False)  # first: compared with uint8, torch would wrap a bound of 300 to 44
    require_range(function, name, value, 0, below - 1, text=f"[0, {below_name}) = [0, {below})")
    return as_like(function, name, value, x, array_namespace(x).int64)


def as_partner(function: str, partner: Any, x: Array) -> Array:
    """Each picture's partner as an index into the batch x."""
    n = int(x.shape[0])
    return as_indices(function, "partner", partner, x, "B", n, below_name="B", B=n)


def require_shape(function: str, name: str, x: Array, axes: str, *, hint: str | None = None, **sizes: int) -> None:
    """Raise ShapeError unless x has these axes ("B N"), of the sizes given (B=32).

    A leading "…" allows any number of axes in front.
    """
    shape, letters = tuple(int(n) for n in x.shape), axes.split()
    if _fits(shape, letters, sizes):
        return
    text = f"({letters[0]},)" if len(letters) == 1 else f"({', '.join(letters)})"
    known = [sizes[a] for a in letters if a in sizes]
    if known and len(known) == len(letters):
        text += f" = {tuple(known)}"
    elif known:
        text += " with " + ", ".join(f"{a} = {sizes[a]}" for a in letters if a in sizes)
    hint = hint or _guess(name, shape, letters, sizes)
    raise ShapeError(
        f"{function}: {name} must have shape {text}, got {shape}" + (f"; did you mean {hint}?" if hint else "")
    )


def require_range(
    function: str, name: str, x: Array, low: float, high: float, *, text: str | None = None, hint: str = ""
) -> None:
    """Raise RangeError unless every element lies in [low, high]; NaN never does."""
    xp = array_namespace(x)
    flat = xp.reshape(x, (-1,))
    is_bad = ~((flat >= low) & (flat <= high))
    if not bool(xp.any(is_bad)):
        return
    where = int(xp.argmax(xp.astype(is_bad, xp.int8)))
    at = f" at index {where}" if x.ndim == 1 else ""
    raise RangeError(
        f"{function}: {name} must lie in {text or f'[{low:g}, {high:g}]'}, got {flat[where].item():g}{at}"
        + (f"; {hint}" if hint else "")
    )


def require_distribution(function: str, targets: Array) -> None:
    """Raise RangeError unless each row of targets (B, N) is ≥ 0 and sums to 1."""
    xp = array_namespace(targets)
    sums = xp.sum(targets, axis=-1)
    is_good = xp.all(targets >= 0, axis=-1) & (xp.abs(sums - 1) <= _ROW_SUM_TOLERANCE)
    if bool(xp.all(is_good)):
        return
    row = int(xp.argmin(xp.astype(is_good, xp.int8)))
    low = f" with a least of {xp.min(targets[row, ...]).item():g}" if targets.shape[-1] else ""
    raise RangeError(
        f"{function}: each row of targets must be ≥ 0 and sum to 1, got a sum of {sums[row].item():g}{low} "
        f"in row {row}; were logits and targets swapped?"
    )


def require_number(
    function: str,
    name: str,
    value: Any,
    low: float,
    high: float,
    *,
    is_open: bool = False,
    is_above: bool = False,
    hint: str = "",
) -> float:
    """`value` as a float in [low, high], in (low, high) if `is_open`, in (low, high] if `is_above`; else RangeError."""
    try:
        number = float(value)
    except (TypeError, ValueError, RuntimeError):
        number = float("nan")
    is_above = is_above or is_open
    if (low < number if is_above else low <= number) and (number < high if is_open else number <= high):
        return number
    bounds = f"{'(' if is_above else '['}{low:g}, {high:g}{')' if is_open else ']'}"
    raise RangeError(f"{function}: {name} must be a number in {bounds}, got {value!r}" + (f"; {hint}" if hint else ""))


def require_count(function: str, name: str, value: Any, at_least: int) -> int:
    """`value` as an int that is `at_least` or more; else RangeError."""
    try:
        count = operator.index(value)
    except TypeError:
        count = at_least - 1
    if count >= at_least:
        return count
    raise RangeError(f"{function}: {name} must be a whole number ≥ {at_least}, got {value!r}")


def require_rng(function: str, rng: Any) -> None:
    """Raise InputError unless rng draws like a numpy.random.Generator."""
    if not (hasattr(rng, "integers") and hasattr(rng, "uniform")):
        raise InputError(
            f"{function}: rng must be a numpy.random.Generator, got {type(rng).__name__}; "
            "did you mean numpy.random.default_rng(seed)?"
        )


def _kind(x: Array) -> str:
    return f"{type(x).__module__.split('.')[0]}.{type(x).__name__}"


def _fits(shape: tuple[int, ...], letters: list[str], sizes: dict[str, int]) -> bool:
    if letters[0] == "…":
        letters = letters[1:]
        shape = shape[-len(letters) :] if len(shape) > len(letters) else shape
    return len(shape) == len(letters) and all(n == sizes.get(a, n) for n, a in zip(shape, letters, strict=True))


def _guess(name: str, shape: tuple[int, ...], letters: list[str], sizes: dict[str, int]) -> str | None:
    """The code of a one-step change that gives x the right shape, or None."""
    for axis, n in enumerate(shape):
        if n == 1 and _fits(shape[:axis] + shape[axis + 1 :], letters, sizes):
            return f"{name}.squeeze({axis})"
    if len(shape) == 2 and _fits(shape[::-1], letters, sizes):
        return f"{name}.T"
    if _fits((1, *shape), letters, sizes):
        return f"{name}[None]"
    return None
