"""One picture as a net of any size gets it: its pixels, what they cost, and how that moves with the size.

The screen enlarges every size to one width, a pixel a square. The browser draws them all from one picture, with the
filter that `squared` uses (pages/parts/resizing/sized.js); a test holds every size against it.
"""

import numpy as np

from sota_core import words
from sota_core.figures.frames import Slots
from sota_core.figures.resizing.plan import LARGE, SMALL
from sota_core.functional.boxes import valid_box
from sota_core.functional.resize import epoch_cost, relative_cost
from sota_core.language import cached, tr

LEAST, MOST, STEP = 32, 224, 8
SIZES = tuple(range(LEAST, MOST + 1, STEP))
LOUPES = (1, 2, 4)  # enlargements at which the middle of every size lies between pixels
_FIXED_S, _RATE_S = epoch_cost(SMALL, LARGE)


def square(picture: np.ndarray) -> np.ndarray:
    """What a centre crop takes, in the picture's own pixels.

    Shapes
        picture  (H, W, 3)  uint8
        returns  (min(H, W), min(H, W), 3)  uint8
    """
    x1, y1, x2, y2 = map(int, valid_box(*picture.shape[:2]))
    return picture[y1:y2, x1:x2]


def cost(size: int) -> Slots:
    """What a picture of this size costs."""
    share = relative_cost([(size, 1)], [(MOST, 1)])
    seconds = _FIXED_S + _RATE_S * size**2
    return {
        "size": f"{size}",
        "pixels": words.count(size**2),
        "share": words.percent(share, 0),
        "seconds": f"{seconds:.0f} s",
        "per_pixel": words.number(_RATE_S * size**2, 1),
        "total": words.number(seconds, 1),
    }


def made_up(size: int, side: int) -> Slots:
    """Whether the file holds that many pixels; `side` is its square's own."""
    return {f"{of}made_up": "visible" if px > side else "hidden" for of, px in (("", size), ("most_", MOST))}


def closer(loupe: int) -> Slots:
    """How many times a piece of it is enlarged."""
    return {"loupe": f"{loupe}"}


def told(size: int, side: int, loupe: int, name: str) -> Slots:
    """The figure in words."""
    at = cost(size)
    said = tr(
        "{size} px: {pixels} pixels, {share} of those at {most} px; about {seconds} an epoch.",
        size=size,
        pixels=at["pixels"],
        share=at["share"],
        most=MOST,
        seconds=at["seconds"],
    )
    if size > side:
        said = tr(
            "{size} px: {pixels} pixels, {share} of those at {most} px; about {seconds} an epoch, enlarged: more than "
            "the file holds.",
            size=size,
            pixels=at["pixels"],
            share=at["share"],
            most=MOST,
            seconds=at["seconds"],
        )
    return {
        "said": said,
        "said_size": _said(name, size, loupe, is_enlarged=size > side),
        "said_most": _said(name, MOST, loupe),
    }


def _said(name: str, size: int, loupe: int, *, is_enlarged: bool = False) -> str:
    """One of the two pictures in words."""
    if is_enlarged and loupe > 1:
        return tr(
            "{name} at {size} px, a piece of it enlarged {n} times, enlarged: more than the file holds",
            name=name,
            size=size,
            n=loupe,
        )
    if is_enlarged:
        return tr("{name} at {size} px, enlarged: more than the file holds", name=name, size=size)
    if loupe > 1:
        return tr("{name} at {size} px, a piece of it enlarged {n} times", name=name, size=size, n=loupe)
    return tr("{name} at {size} px", name=name, size=size)


VIEWS = (cost, made_up, closer)


def _number(name: str, slot: str, under: str) -> str:
    number = f'<span class="figure" data-live="text:{slot}"></span>'
    return f'<div><span>{name}</span>{number}<span class="grey">{under}</span></div>'


@cached(None)
def numbers() -> str:
    """What a picture of this size costs, in pixels and in the book's seconds."""
    size = '<span data-live="text:size"></span>'
    return (
        '<div class="metrics">'
        + _number(tr("Pixels"), "pixels", f"{size}²")
        + _number(tr("Of those at {most} px", most=MOST), "share", f"({size} / {MOST})²")
        + _number(
            tr("An epoch on the book's card"),
            "seconds",
            f"{_FIXED_S:.0f} + {_RATE_S * MOST**2:.0f} ({size} / {MOST})² = "
            f'{_FIXED_S:.0f} + <span data-live="text:per_pixel"></span> = <span data-live="text:total"></span>',
        )
        + "</div>"
    )
