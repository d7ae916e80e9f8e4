"""Are the packages here that training needs? Answered without importing them."""

from importlib.util import find_spec

from sota_core.errors import InputError
from sota_core.language import tr
from sota_core.settings import Settings

PACKAGES = ("torch", "torchvision", "fastai", "fastcore")


def missing() -> list[str]:
    """The packages that training needs and this Python lacks. Some tenths of a millisecond; imports nothing."""
    return [name for name in PACKAGES if find_spec(name) is None]


def why_not(settings: Settings, *, here: bool = False) -> str:
    """Why nothing can be trained, in a sentence; "" if something can.

    here  True: on this machine; False: other machines may train it too, Ray's or a dispatcher on the same PostgreSQL
    """
    is_elsewhere = settings.executor == "ray" or not settings.db_url.startswith("sqlite")
    if (is_elsewhere and not here) or not (lacking := missing()):
        return ""
    if len(lacking) == 1:
        return tr("Nothing can be trained here: training needs {package}, and it is not installed.", package=lacking[0])
    return tr(
        "Nothing can be trained here: training needs {packages} and {last}, and they are not installed.",
        packages=", ".join(lacking[:-1]),
        last=lacking[-1],
    )


def require(settings: Settings) -> None:
    """Raises
    InputError  nothing can be trained; the message says what to install.
    """
    if said := why_not(settings):
        raise InputError(said + " " + tr("Install what requirements.txt names, or watch recorded runs."))
