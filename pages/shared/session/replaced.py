"""What this app replaces of Streamlit's own: each by a function marked with `replaces`, put in force by `apply`.

`ALL` is the list of them, which a test compares with what is written there: look through it after an upgrade.
"""

import functools
import inspect
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType
from typing import Any, TypeVar

Ours = TypeVar("Ours", bound=Callable[..., Any])


@dataclass
class Replacement:
    owner: Any  # a class or a module of Streamlit's
    name: str
    ours: Callable[..., Any]
    is_in_force: bool = False

    def apply(self) -> None:
        theirs = inspect.getattr_static(self.owner, self.name)
        is_property = isinstance(theirs, property)
        called: Any = theirs.fget if is_property else theirs

        @functools.wraps(called)
        def call(*args: Any, **named: Any) -> Any:
            return self.ours(called, *args, **named)

        setattr(self.owner, self.name, property(call) if is_property else call)
        self.is_in_force = True


ALL: list[Replacement] = []


def replaces(owner: Any, name: str) -> Callable[[Ours], Ours]:
    """From `apply` on, the decorated function is called in the place of `owner.name`, a function, method or property.

    Its first argument is what stood there before, which may be another replacement: that of a module named earlier.
    """

    def register(ours: Ours) -> Ours:
        ALL.append(Replacement(owner, name, ours))
        return ours

    return register


def apply(*modules: ModuleType) -> None:
    """Put in force what these modules replace, in this order, for the whole process; what is in force stays so."""
    for module in modules:
        for one in ALL:
            if one.ours.__module__ == module.__name__ and not one.is_in_force:
                one.apply()
