"""Pictures taken by a browser's camera become a zip of class folders, like any other set that a visitor sends."""

import base64
import binascii
import io
import unicodedata
import zipfile
from collections.abc import Iterator

from sota_core.data.pictures.names import is_hidden
from sota_core.data.sets.own import title_of
from sota_core.data.sets.zipped import TRAIN, VALID
from sota_core.errors import InputError
from sota_core.language import tr

FEWEST_CLASSES, MOST_CLASSES = 2, 5
LEAST, ENOUGH = 8, 20  # pictures of a class
HELD_OUT = 4  # one in so many of a class's pictures is held out, those taken last
MAX_SHOT_BYTES = 2**20
_START = "data:image/jpeg;base64,"


def camera_zip(told: object) -> tuple[bytes, str]:
    """`[{name, shots: [data URI, …]}, …]`, shots in the order they were taken, as a zip of `train/` and `valid/`.

    Returns the zip, and what to call the set: its classes.

    Pictures taken in a row are nearly the same. If a random fifth were held out, each would have near copies among the
    training pictures, and every net would seem good; so each class's last pictures are held out. What a browser sends
    is not to be trusted: whether these bytes are pictures is seen when the zip is read.

    Raises
        InputError  `told` has another form; too few or too many classes or pictures; two classes of one name.
    """
    file = io.BytesIO()
    names: dict[str, str] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_STORED) as archive:
        for name, shots in _classes(told):
            known = unicodedata.normalize("NFC", name).casefold()  # the zip's reader composes names
            if known in names:
                raise InputError(tr("Two classes are called {name}; give each a name of its own.", name=repr(name)))
            names[known] = name
            n_train = len(shots) - len(shots) // HELD_OUT
            for i, shot in enumerate(shots):
                archive.writestr(f"{TRAIN if i < n_train else VALID}/{name}/{i + 1:02}.jpg", shot)
    return file.getvalue(), title_of(", ".join(names.values()))


def _classes(told: object) -> Iterator[tuple[str, list[bytes]]]:
    if not isinstance(told, list) or not FEWEST_CLASSES <= len(told) <= MOST_CLASSES:
        said = tr("A set from the camera has {least} to {most} classes.", least=FEWEST_CLASSES, most=MOST_CLASSES)
        raise InputError(said)
    for one in told:
        name, shots = (one.get("name"), one.get("shots")) if isinstance(one, dict) else (None, None)
        if not isinstance(name, str) or not name.strip() or not isinstance(shots, list):
            raise InputError(tr("A class from the camera needs a name and pictures."))
        if not LEAST <= len(shots) <= ENOUGH:
            said = tr("A class needs {least} to {most} pictures, got {n}.", least=LEAST, most=ENOUGH, n=len(shots))
            raise InputError(said)
        called = title_of(name.strip().lstrip("."))
        yield called.lstrip("_") if is_hidden(called) else called, [_bytes(shot) for shot in shots]


def _bytes(shot: object) -> bytes:
    if not isinstance(shot, str) or not shot.startswith(_START) or len(shot) > MAX_SHOT_BYTES:
        raise InputError(tr("A picture from the camera must be a JPEG of at most a megabyte."))
    try:
        return base64.b64decode(shot[len(_START) :], validate=True)
    except (binascii.Error, ValueError) as bad:
        raise InputError(tr("A picture from the camera arrived damaged; take it again.")) from bad
