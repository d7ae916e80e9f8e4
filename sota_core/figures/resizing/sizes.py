"""One picture as a net of any size gets it: its pixels, what they cost, and how that moves with the size.

The screen enlarges every size to one width, a pixel a square. The browser draws them all from one picture, with the
filter that `squared` uses (pages/parts/resizing/sized.js); a test holds every size against it.
"""

import numpy as np

from sota_core import words
from sota_core.data.pictures.view import centre_box
from sota_core.figures.frames import Slots
from sota_core.figures.resizing.plan import LARGE, SMALL
from sota_core.functional.resize import epoch_cost, relative_cost

LEAST, MOST, STEP = 32, 224, 8
SIZES = tuple(range(LEAST, MOST + 1, STEP))
LOUPES = (1, 2, 4)  # the middle of every size, so enlarged, lies between pixels
_FIXED_S, _RATE_S = epoch_cost(SMALL, LARGE)


def square(picture: np.ndarray) -> np.ndarray:
    """What a centre crop takes, in the picture's own pixels.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (min(H, W), min(H, W), 3)  uint8
    """
    top, left, side = centre_box(*picture.shape[:2])
    return picture[top : top + side, left : left + side]


def cost(size: int) -> Slots:
    """What a picture of this size costs."""
    share = relative_cost([(size, 1)], [(MOST, 1)])
    seconds = _FIXED_S + _RATE_S * size**2
    return {
        "size": f"{size}",
        "pixels": words.count(size**2),
        "share": words.percent(share, 0),
        "seconds": f"{seconds:.0f} s",
        "per_pixel": f"{_RATE_S * size**2:.1f}",
        "total": f"{seconds:.1f}",
    }


def made_up(size: int, side: int) -> Slots:
    """Whether the file holds that many pixels; `side` is its square's own."""
    return {f"{of}made_up": "visible" if px > side else "hidden" for of, px in (("", size), ("most_", MOST))}


def closer(loupe: int) -> Slots:
    """How much of the middle is shown."""
    return {"loupe": f"{loupe}"}


def told(size: int, side: int, loupe: int, name: str) -> Slots:
    """The figure in words."""
    is_part = f", its middle enlarged {loupe} times" if loupe > 1 else ""
    more = ", enlarged: more than the file holds" if size > side else ""
    at = cost(size)
    return {
        "said": f"{size} px: {at['pixels']} pixels, {at['share']} of those at {MOST} px; about {at['seconds']} an "
        f"epoch{more}.",
        "said_size": f"{name} at {size} px{is_part}{more}",
        "said_most": f"{name} at {MOST} px{is_part}",
    }


VIEWS = (cost, made_up, closer)


def _number(name: str, slot: str, under: str) -> str:
    number = f'<span class="figure" data-live="text:{slot}"></span>'
    return f'<div><span>{name}</span>{number}<span class="grey">{under}</span></div>'


NUMBERS = (
    '<div class="metrics">'
    + _number("Pixels", "pixels", '<span data-live="text:size"></span>²')
    + _number(f"Of those at {MOST} px", "share", f'(<span data-live="text:size"></span> / {MOST})²')
    + _number(
        "An epoch on the book's card",
        "seconds",
        f'{_FIXED_S:.0f} + {_RATE_S * MOST**2:.0f} (<span data-live="text:size"></span> / {MOST})² = '
        f'{_FIXED_S:.0f} + <span data-live="text:per_pixel"></span> = <span data-live="text:total"></span>',
    )
    + "</div>"
)
