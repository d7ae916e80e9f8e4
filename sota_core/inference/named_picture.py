"""Opens the very picture a stored prediction is about, by the name the run wrote down."""

import io
import re
from pathlib import Path

from PIL import Image

from sota_core.data.pictures.decoding import decoded, undecodable
from sota_core.data.pictures.names import path_of
from sota_core.data.pictures.view import Presized, load_presized
from sota_core.data.sample.drawn_set import JPEG_QUALITY, DrawnSet
from sota_core.data.sample.drawn_sets import DRAWN
from sota_core.data.sets import sources
from sota_core.errors import ImageError, SourceError
from sota_core.later import later
from sota_core.settings import Settings

_DRAWN_NAME = re.compile(r"(train|val)/(\w+)/(\d{3})\.jpg")


def open_named(source: str, name: str, presize: int, settings: Settings) -> Presized:
    """The picture `name` (a path below the data set's folder), its shorter side at most `presize`. Blocking.

    Pictures of a set that is drawn here are drawn, not read: the bytes are those of its folder, which need not exist.

    Raises
        SourceError  the data set is not here.
        ImageError   it holds no such picture, or one that cannot be decoded.
    """
    if source in DRAWN:
        return _drawn(DRAWN[source], name, presize)
    root = sources.resolve(source, settings)
    if root is None:
        raise SourceError(
            later("open_named('{source}'): this data set is not here; fetch it on the data page", source=source)
        )
    path = path_of(root, name).resolve()
    if not path.is_relative_to(root.resolve()):
        raise ImageError(
            later("open_named('{source}'): {name} leaves the data set's folder", source=source, name=repr(name))
        )

    def cannot_be_opened(why: Exception) -> ImageError:
        return ImageError(
            later(
                "open_named('{source}'): {name} cannot be opened ({broken})",
                source=source,
                name=Path(name).name,
                broken=str(why),
            )
        )

    with undecodable(cannot_be_opened):  # for a file that is gone, too
        return load_presized(path, presize)


def _drawn(of: DrawnSet, name: str, presize: int) -> Presized:
    found = _DRAWN_NAME.fullmatch(name)
    if not found or found[2] not in of.classes:
        raise ImageError(later("open_named('{id}'): there is no picture {name}", id=of.id, name=repr(name)))
    file = io.BytesIO()
    pixels = of.draw(found[2], found[1], int(found[3]))
    Image.fromarray(pixels).save(file, "JPEG", quality=JPEG_QUALITY)
    with Image.open(file) as image:
        return Presized(decoded(image, presize), presize)
