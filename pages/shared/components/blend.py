"""Two pictures and λ, blended in the browser: no message to the server while a hand is on it, one when it rests.

The sum is λ·A + (1−λ)·B on bytes, rounded to nearest (ties to even, as the browser's clamped arrays and
numpy.rint both do). Only constants enter html, css and js; names and pictures travel as data.

λ stands in the address and nowhere else. It is a knob of a stage (`knob`): through the stage the picture hears where λ
stands, and a hand moves the numbers beside the picture. Draw both in one fragment, with pictures made by `square`.
"""

import numpy as np

from pages.shared.components import files
from pages.shared.components.data_uri import encoded_once
from pages.shared.session import address
from sota_core.figures.frames import Knob, span
from sota_core.figures.pictures import centre_square, data_uri
from sota_core.language import tr

LAM = "lam"  # in the address
SIDE = 256  # pixels of the canvas: a paint costs about 2 ms
LAMS = span(0.0, 1.0, 0.01)

_component = files.component("sota_blend", __file__)


@encoded_once
def square(picture: np.ndarray) -> str:
    """A picture, (H, W, 3) uint8, as the canvas shows it: a data URI."""
    return data_uri(centre_square(picture, SIDE))


def knob(default: float) -> Knob:
    """λ of a blend: a stage with this knob, and `lam` in its views, moves with it."""
    return Knob("lam", LAM, LAMS, default, is_ours=True)


def blend(pictures: tuple[str, str], names: tuple[str, str], *, stage: str, invites: bool = False) -> None:
    """Show the mix of two squares where the stage of this name says that λ stands.

    The pictures travel with `data`: nothing in it may change when λ does.
    """
    data = {"a": pictures[0], "b": pictures[1], "name_a": names[0], "name_b": names[1]}
    said = {"laid": tr("Two pictures laid over one another: {shares}"), "type": tr("Type an exact value")}
    _component(key=stage, data={**data, **said, "stage": stage, "invites": invites})


def lam_from_url(default: float = 0.7) -> float:
    """λ of the address, on one of the knob's steps; the default where it says none."""
    return round(address.decimal(LAM, default, 0.0, 1.0), 2)
