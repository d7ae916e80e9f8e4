"""Is there anything here to train with? Asked by processes that import none of it, and by those about to."""

from importlib.util import find_spec

from sota_core.errors import InputError
from sota_core.settings import Settings

PACKAGES = ("torch", "torchvision", "fastai", "fastcore")


def missing() -> list[str]:
    """What training needs and this Python has not. Some tenths of a millisecond; imports nothing."""
    return [name for name in PACKAGES if find_spec(name) is None]


def why_not(settings: Settings, *, here: bool = False) -> str:
    """Why nothing can be trained, in a sentence; empty where something can.

    here  on this machine; else other machines may do it: Ray's, or a dispatcher beside the same PostgreSQL
    """
    is_elsewhere = settings.executor == "ray" or not settings.db_url.startswith("sqlite")
    if (is_elsewhere and not here) or not (lacking := missing()):
        return ""
    them = "it is" if len(lacking) == 1 else "they are"
    return f"Nothing can be trained here: training needs {_listed(lacking)}, and {them} not installed."


def require(settings: Settings) -> None:
    """Raises
    InputError  nothing can be trained; what to install.
    """
    if said := why_not(settings):
        raise InputError(f"{said} Install what requirements.txt names, or watch recorded runs.")


def _listed(names: list[str]) -> str:
    return names[0] if len(names) == 1 else f"{', '.join(names[:-1])} and {names[-1]}"
