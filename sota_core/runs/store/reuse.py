"""Has exactly this been trained already? Answered here, for the page's offer and for `train --reuse`."""

from sota_core.data.pictures.listing import list_pictures
from sota_core.data.sets.fetching import resolve
from sota_core.errors import SourceError
from sota_core.recipes import Recipe
from sota_core.runs.run import Run
from sota_core.runs.store.store import Store
from sota_core.settings import Settings


def pictures_now(source: str, settings: Settings) -> str | None:
    """The fingerprint of a data set as it is on this machine now; None if it is not here, or is no data set.

    Blocking: names, sizes and times of all its files, a tenth of a second for Imagenette. Pages keep it for a while.
    """
    try:
        root = resolve(source, settings)
        return list_pictures(root).fingerprint() if root is not None else None
    except (SourceError, OSError):  # a folder that is gone, or that is being changed while it is read
        return None


def earlier_run(store: Store, recipe: Recipe, pictures: str | None) -> Run | None:
    """The newest finished run of the same recipe, seed included, on the same pictures with the same code.

    pictures  what `pictures_now` returned; None: nothing to compare with, so the answer is None
    """
    return store.history.find_finished(recipe, data=pictures) if pictures else None
