"""What exported models have said, kept for a while: their stored predictions, and their looks at single pictures.

Everything here is shared by all visitors, bounded, and never changed; a move of a weight asks no net.
"""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
import streamlit as st
from PIL import Image

from pages.shared.pictures import datasets
from pages.shared.pictures.models import Choice, fetch, load
from pages.shared.session import cached
from pages.shared.session.caches import cache_resource
from sota_core.data.pictures.images import open_upload_presized
from sota_core.data.pictures.view import Presized
from sota_core.figures.pictures import data_uri
from sota_core.figures.tta.views import BETAS, N_VIEWS, Said
from sota_core.inference import stretched
from sota_core.inference import sweep as sweeps
from sota_core.inference.calibration import Calibration, calibration
from sota_core.inference.model import ExportedModel
from sota_core.inference.named_picture import open_named
from sota_core.inference.predictions import PREDICTIONS, Stored, load_stored
from sota_core.inference.stretched import STRETCHED
from sota_core.inference.sweep import SWEEP, TRAINED, Sweep
from sota_core.inference.view_predictions import Looks, look, stretch
from sota_core.inference.views import STRENGTHS, Draw
from sota_core.language import N_

MOST_EDGE = 128  # of a view on the screen
THUMB = 160  # shorter side of a thumbnail: twice what the screen gives it


@dataclass(frozen=True, slots=True, eq=False)
class Asked:
    """A picture as its run presized it, and what the model says of it. `label` is None for a visitor's own.

    said   the plain view and the augmented ones of every strength, to be combined
    films  data URIs of the plain view and of each augmented one, which has its strengths side by side
    how    what happened in each augmented view, by strength
    """

    picture: Presized
    looks: Looks
    label: int | None
    said: Said
    films: tuple[str, ...]
    how: tuple[tuple[Draw, ...], ...]


def _asked(model: ExportedModel, picture: Presized, seed: int, label: int | None) -> Asked:
    """Ask about all views at all strengths at once, so that number and strength can be moved without asking again."""
    looks = look(model, picture, N_VIEWS, seed)
    others = {s: stretch(model, picture, N_VIEWS, seed, s) for s in STRENGTHS if s != TRAINED}
    seen = others | {TRAINED: (looks.augmented, looks.draws)}
    films = [_film(np.stack([seen[s][0].views[k] for s in STRENGTHS])) for k in range(N_VIEWS)]
    stretched = {s: found.probs for s, (found, _) in others.items()}
    said = Said(model.names, looks.plain.probs[0], looks.augmented.probs, label, stretched)
    how = tuple(tuple(seen[s][1]) for s in STRENGTHS)
    return Asked(picture, looks, label, said, (_film(looks.plain.views), *films), how)


def _film(views: np.ndarray) -> str:
    """Views (V, 3, size, size) side by side, no larger than a tile shows them."""
    strip = Image.fromarray(np.concatenate(views.transpose(0, 2, 3, 1), axis=1))
    edge = min(strip.height, MOST_EDGE)
    return data_uri(np.asarray(strip.resize((len(views) * edge, edge), Image.Resampling.BILINEAR)), is_exact=False)


def stored(choice: Choice, strength: float = TRAINED) -> Stored | None:
    """The choice's predictions; None where its run has left none.

    strength  of the augmented views; training's where the net was asked about no others

    Raises
        DataError  the file is not what a run writes, or holds no probabilities.
    """
    fetch(choice)
    path, others = choice.folder / PREDICTIONS, choice.folder / STRETCHED
    if not path.is_file():
        return None
    found = _stored(str(path), path.stat().st_mtime_ns)
    if strength == TRAINED or not others.is_file():
        return found
    return found.seen_as(_stretched(str(others), others.stat().st_mtime_ns)[strength])


@st.cache_resource(max_entries=2, ttl=600.0, show_spinner=False)  # 1.4 MB, which few ask for
def _stretched(path: str, changed_ns: int) -> dict[float, np.ndarray]:
    return stretched.load(Path(path))


@st.cache_resource(max_entries=4, show_spinner=False)
def _stored(path: str, changed_ns: int) -> Stored:
    return load_stored(Path(path))


def calibrated(choice: Choice) -> Calibration:
    """How sure the choice's plain answers are, and how right; of a choice that has `stored` some.

    Raises
        DataError  the file is not what a run writes.
        ShapeError  it holds no picture.
    """
    path = choice.folder / PREDICTIONS
    return _calibrated(str(path), path.stat().st_mtime_ns)


@st.cache_resource(max_entries=32, show_spinner=False)
def _calibrated(path: str, changed_ns: int) -> Calibration:
    found = _stored(path, changed_ns)
    return calibration(found.plain, found.labels)


def swept(choice: Choice) -> Sweep | None:
    """The choice's validation set under every setting; None where its run has stored no augmented views."""
    found = stored(choice)
    if found is None or not found.n_views:
        return None
    path, done = choice.folder / PREDICTIONS, choice.folder / SWEEP
    return _swept(str(path), path.stat().st_mtime_ns, str(done) if done.is_file() else None)


@cache_resource(max_entries=16, show_spinner=N_("Combining its predictions"), holds_words=False)
def _swept(path: str, changed_ns: int, done: str | None) -> Sweep:
    """`done`: the file of an earlier computation, if there is one."""
    if done is not None:
        return sweeps.load(Path(done))
    return sweeps.sweep(_stored(path, changed_ns), BETAS, N_VIEWS)


def ask(choice: Choice, index: int, seed: int) -> Asked:
    """The model's looks at one of the pictures it was validated on.

    Raises
        DataError, SourceError, ImageError  model or picture is not there, or not readable.
        NotYoursError  the pictures are another visitor's.
    """
    datasets.require_mine(choice.source)
    return _ask(str(choice.folder), (choice.folder / PREDICTIONS).stat().st_mtime_ns, choice, index, seed)


@cache_resource(
    max_entries=24, show_spinner=N_("Asking the net"), holds_words=False, hash_funcs={Choice: lambda c: c.id}
)
def _ask(folder: str, changed_ns: int, choice: Choice, index: int, seed: int) -> Asked:
    model, found = load(choice), _stored(str(choice.folder / PREDICTIONS), changed_ns)
    picture = open_named(choice.source, found.names[index], model.presize, cached.settings())
    return _asked(model, picture, seed, int(found.labels[index]))


# few and short: a stranger's picture is not kept longer than it is looked at
@cache_resource(
    max_entries=6, ttl=300.0, show_spinner=N_("Asking the net"), holds_words=False, hash_funcs={Choice: lambda c: c.id}
)
def ask_own(choice: Choice, data: bytes, seed: int) -> Asked:
    """As `ask`, for a visitor's picture file, which is decoded as the net's own pictures were.

    Raises
        ImageError  it is refused; the text says why.
    """
    model = load(choice)
    picture = open_upload_presized(data, model.presize)
    return _asked(model, picture, seed, None)


def thumb(choice: Choice, name: str) -> np.ndarray:
    """One of the set's pictures, whole and small. (H, W, 3) uint8.

    Raises
        SourceError, ImageError, NotYoursError  as `ask`.
    """
    datasets.require_mine(choice.source)
    return _thumb(choice, name)


@st.cache_resource(max_entries=128, show_spinner=False, hash_funcs={Choice: lambda c: c.id})
def _thumb(choice: Choice, name: str) -> np.ndarray:
    return np.asarray(open_named(choice.source, name, THUMB, cached.settings()))
