"""Floor 2: bytes become arrays: data sets, pictures, caches, loaders. No training, no screen."""

from collections.abc import Callable

Progress = Callable[[int, int | None, str], None]  # how much is done, of how much if that is known, and of what
