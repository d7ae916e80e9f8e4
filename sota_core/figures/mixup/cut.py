"""CutMix's box at every step of its λ and wherever its centre is dragged to: what is left of both pictures.

At the chapter's own size, so that the box is the one fastai would cut.
"""

from functools import lru_cache

from sota_core import words
from sota_core.figures import plot
from sota_core.figures.frames import Slots, span
from sota_core.figures.plot import colour
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, place_box
from sota_core.language import cached, tr

SIDE = 128  # pixels
GRID = 4  # a centre can be dragged to every fourth pixel: a thousand places instead of sixteen thousand
COLUMNS = SIDE // GRID
LAMS = span(0.0, 1.0, 0.01)
LAM, HOME = 0.6, "64,64"
_PIXELS = range(0, SIDE, GRID)
_PLACES = {f"{x},{y}": (x // GRID, y // GRID) for y in _PIXELS for x in _PIXELS}
CENTRES = tuple(_PLACES)  # row by row, as an address writes them


@lru_cache(maxsize=128)
def _edges(lam: float) -> tuple[tuple[int, int], ...]:
    """From where to where a box reaches along one side, for each place of its centre; the same for both sides."""
    boxes = (place_box(lam, SIDE, SIDE, at, at) for at in _PIXELS)
    return tuple((int(box.x1), int(box.x2)) for box in boxes)


@cached(SIDE * SIDE)
def _shares(width: int, height: int) -> Slots:
    lam = box_lam(Box(0, 0, width, height), SIDE, SIDE)
    shares = {"own": lam, "partners": 1 - lam}
    return {slot: f"{share:.2f}" for slot, share in shares.items()} | {
        f"{slot}_words": words.number(share) for slot, share in shares.items()
    }


@lru_cache(2 * SIDE)
def percent_of_side(pixels: int) -> str:
    """These pixels of a picture's side as a percentage, as a style writes it."""
    return f"{100 * pixels / SIDE:.4g}%"


def asked(lam: float) -> Slots:
    """The box that λ asks for."""
    return {"lam": words.number(lam), "side": words.number(SIDE * (1 - lam) ** 0.5, 0)}


def box(lam: float, centre: str) -> Slots:
    """The part of the box inside the picture, and the λ that it leaves: the weight of picture A and of its target."""
    edges, (column, row) = _edges(lam), _PLACES[centre]
    (x1, x2), (y1, y2) = edges[column], edges[row]
    width, height, middle = x2 - x1, y2 - y1, edges[COLUMNS // 2]
    is_whole = width == height == middle[1] - middle[0]
    return {
        "left": percent_of_side(x1),
        "top": percent_of_side(y1),
        "right": percent_of_side(SIDE - x2),
        "bottom": percent_of_side(SIDE - y2),
        "width": str(width),
        "height": str(height),
        **_shares(width, height),
        "clipped": tr("All of it lies inside.") if is_whole else tr("What sticks out is cut off."),
    }


def classes(names: tuple[str, str]) -> Slots:
    """The target's classes: pictures of one class share it, whatever λ is."""
    is_one = names[0] == names[1]
    return {"name_a": names[0], "name_b": names[1], "when_one": "" if is_one else "none"}


def said(lam: float, centre: str) -> Slots:
    """The figure in words, for whoever does not see it."""
    it, of = box(lam, centre), asked(lam)
    x, y = _PLACES[centre]
    text = tr(
        "λ = {lam} asks for a box of {side} pixels a side; what remains is {width} by {height}, around {x}, {y}. That "
        "makes λ {own}.",
        lam=of["lam"],
        side=of["side"],
        width=it["width"],
        height=it["height"],
        x=GRID * x,
        y=GRID * y,
        own=it["own_words"],
    )
    return {"said": text}


VIEWS = (asked, box, classes)

_A, _B = f'style="color:{colour("picture_a")}"', f'style="color:{colour("picture_b")}"'


def _row(mark: str, slot: str, share: str, role: str) -> str:
    return (
        f'<tr class="own"><th scope="row" style="width:7em;overflow:hidden;text-overflow:ellipsis;'
        f'color:{colour(role)}">{mark} <span data-live="text:{slot}"></span></th>'
        f"<td>{plot.bar('if-own', role, f'{share}_words', share)}</td></tr>"
    )


@cached(None)
def template() -> str:
    lam = '<b data-live="text:lam"></b>'
    side = (
        f'<math><mn>{SIDE}</mn><mo>·</mo><msqrt><mn>1</mn><mo>−</mo><mn data-live="text:lam"></mn></msqrt><mo>=</mo>\n'
        '<mn data-live="text:side"></mn></math>'
    )
    width, height = (f'<span data-live="text:{slot}"></span>' for slot in ("width", "height"))
    asks = tr("λ = {lam} asks for a box of {side} px a side.", lam=lam, side=side)
    remains = tr(
        "Half sides are rounded down. A box of {width} × {height} px remains, and λ is corrected:",
        width=width,
        height=height,
    )
    head, when_one = tr("The target"), tr("Both pictures are of one class, which keeps the whole target.")
    return f"""<p>{asks} <span data-live="text:clipped"></span></p>
<p>{remains}<br>
<math><mn>1</mn><mo>−</mo><mfrac>
<mrow><mn data-live="text:width"></mn><mo>·</mo><mn data-live="text:height"></mn></mrow>
<mrow><mn>{SIDE}</mn><mo>·</mo><mn>{SIDE}</mn></mrow></mfrac><mo>=</mo></math> <b data-live="text:own_words"></b></p>
<table class="bars"><caption>{head}</caption><tbody>{_row("●", "name_a", "own", "picture_a")}
{_row("■", "name_b", "partners", "picture_b")}</tbody></table>
<p class="note" data-live="class:when_one">{when_one}</p>"""
