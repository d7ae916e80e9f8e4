"""CutMix's box at every step of its λ and wherever its centre is drawn to: what is left of both pictures.

At the chapter's own size, so that the box is the one fastai would cut.
"""

from functools import lru_cache

from sota_core.figures import plot
from sota_core.figures.frames import Slots, span
from sota_core.figures.plot import colour
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, place_box
from sota_core.language import cached

SIDE = 128  # pixels
GRID = 4  # a centre is drawn to every fourth pixel: a thousand places instead of sixteen thousand
COLUMNS = SIDE // GRID
LAMS = span(0.0, 1.0, 0.01)
LAM, HOME = 0.6, "64,64"
_PIXELS = range(0, SIDE, GRID)
_PLACES = {f"{x},{y}": (x // GRID, y // GRID) for y in _PIXELS for x in _PIXELS}
CENTRES = tuple(_PLACES)  # row by row, as an address writes them


@lru_cache(maxsize=128)
def _edges(lam: float) -> tuple[tuple[int, int], ...]:
    """From where to where a box reaches along one side, for each place of its centre; both sides are as long."""
    boxes = (place_box(lam, SIDE, SIDE, at, at) for at in _PIXELS)
    return tuple((int(box.x1), int(box.x2)) for box in boxes)


@cached(SIDE * SIDE)
def _shares(width: int, height: int) -> tuple[str, str]:
    lam = box_lam(Box(0, 0, width, height), SIDE, SIDE)
    return f"{lam:.2f}", f"{1 - lam:.2f}"


@cached(2 * SIDE)
def _percent(pixels: int) -> str:
    return f"{100 * pixels / SIDE:.4g}%"


def asked(lam: float) -> Slots:
    """The box that λ asks for."""
    return {"lam": f"{lam:.2f}", "side": f"{SIDE * (1 - lam) ** 0.5:.0f}"}


def box(lam: float, centre: str) -> Slots:
    """What is left of it inside the picture, and the λ that leaves: the weight of picture A and of its target."""
    edges, (column, row) = _edges(lam), _PLACES[centre]
    (x1, x2), (y1, y2) = edges[column], edges[row]
    width, height, middle = x2 - x1, y2 - y1, edges[COLUMNS // 2]
    own, partners = _shares(width, height)
    is_whole = width == height == middle[1] - middle[0]
    return {
        "left": _percent(x1),
        "top": _percent(y1),
        "right": _percent(SIDE - x2),
        "bottom": _percent(SIDE - y2),
        "width": str(width),
        "height": str(height),
        "own": own,
        "partners": partners,
        "clipped": "All of it lies inside." if is_whole else "What sticks out is cut off.",
    }


def classes(names: tuple[str, str]) -> Slots:
    """The target's classes: pictures of one class share it, whatever λ is."""
    is_one = names[0] == names[1]
    return {"name_a": names[0], "name_b": names[1], "when_one": "" if is_one else "none"}


def said(lam: float, centre: str) -> Slots:
    """For whoever does not see it."""
    it, of = box(lam, centre), asked(lam)
    return {
        "said": f"λ = {of['lam']} asks for a box of {of['side']} pixels a side; left is one of {it['width']} by "
        f"{it['height']} around {centre.replace(',', ', ')}. λ is {it['own']}."
    }


VIEWS = (asked, box, classes)

_A, _B = f'style="color:{colour("picture_a")}"', f'style="color:{colour("picture_b")}"'


def _row(mark: str, slot: str, share: str, role: str) -> str:
    return (
        f'<tr class="own"><th scope="row" style="width:7em;overflow:hidden;text-overflow:ellipsis;'
        f'color:{colour(role)}">{mark} <span data-live="text:{slot}"></span></th>'
        f"<td>{plot.bar('if-own', role, share, share)}</td></tr>"
    )


TEMPLATE = f"""<p>λ = <b data-live="text:lam"></b> asks for a box of
<math><mn>{SIDE}</mn><mo>·</mo><msqrt><mn>1</mn><mo>−</mo><mn data-live="text:lam"></mn></msqrt><mo>=</mo>
<mn data-live="text:side"></mn></math> px a side. <span data-live="text:clipped"></span></p>
<p>What remains is a box of <span data-live="text:width"></span> × <span data-live="text:height"></span> px, so λ
is corrected:<br>
<math><mn>1</mn><mo>−</mo><mfrac>
<mrow><mn data-live="text:width"></mn><mo>·</mo><mn data-live="text:height"></mn></mrow>
<mrow><mn>{SIDE}</mn><mo>·</mo><mn>{SIDE}</mn></mrow></mfrac><mo>=</mo></math> <b data-live="text:own"></b></p>
<table class="bars"><caption>The target</caption><tbody>{_row("●", "name_a", "own", "picture_a")}
{_row("■", "name_b", "partners", "picture_b")}</tbody></table>
<p class="note" data-live="class:when_one">Both pictures are of one class: it keeps the whole target.</p>"""
