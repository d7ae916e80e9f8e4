"""CutMix of a batch at every α: one λ and one box for all items, and what they leave of each picture.

No picture is cut here: the browser lays each partner's picture over the own one and clips it to the box.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from sota_core import words
from sota_core.figures.frames import Slots, span
from sota_core.figures.mixup.cut import SIDE, percent_of_side
from sota_core.figures.mixup.draws import lam_draws
from sota_core.figures.plot import colour, slot
from sota_core.functional.boxes import Box
from sota_core.functional.cutmix import box_lam, place_box
from sota_core.language import cached, tr

ALPHAS = span(0.05, 4.0, 0.05)
ALPHA = 1.0  # fastai's own default for CutMix
SHOWN = 4  # items of the batch
_STREAM = 5  # not mixup's numbers for the same seed; with the page's own seed the box reaches out of the picture
Names = tuple[tuple[str, str], ...]  # of each item: its class and its partner's


@dataclass(frozen=True, slots=True)
class Cut:
    """What CutMix draws for a batch.

    drawn_lam  not folded
    asked_px   the box's side before it is rounded to whole pixels and clipped at the borders
    lam        corrected to what the box leaves
    """

    drawn_lam: float
    asked_px: float
    box: Box
    lam: float


@lru_cache(maxsize=1024)
def draw_cut(cut_alpha: float, seed: int) -> Cut:
    """Draw λ and box, from the same random numbers for every α: both move smoothly with it. Mixup's α moves neither."""
    stream = (seed, _STREAM)
    lam = float(lam_draws(cut_alpha, 1, stream, is_folded=False)[0])
    rng = np.random.default_rng((*stream, 1))
    box = place_box(lam, SIDE, SIDE, *(int(at) for at in rng.integers(0, SIDE, 2)))
    return Cut(lam, SIDE * (1 - lam) ** 0.5, box, box_lam(box, SIDE, SIDE))


def box(cut_alpha: float, seed: int) -> Slots:
    """The λ that was drawn, the box, and the λ that it leaves."""
    cut = draw_cut(cut_alpha, seed)
    x1, y1, x2, y2 = (int(edge) for edge in cut.box)
    return {
        "drawn": words.number(cut.drawn_lam),
        "asked": words.number(cut.asked_px, 0),
        "left": percent_of_side(x1),
        "top": percent_of_side(y1),
        "right": percent_of_side(SIDE - x2),
        "bottom": percent_of_side(SIDE - y2),
        "seen": "visible" if cut.box.area else "hidden",
        "width": str(x2 - x1),
        "height": str(y2 - y1),
        "own": f"{cut.lam:.3f}",
        "partners": f"{1 - cut.lam:.3f}",
        "own_words": words.number(cut.lam),
        "partners_words": words.number(1 - cut.lam),
    }


def pictured(cut_alpha: float, seed: int, names: Names) -> Slots:
    """What each picture shows, for whoever does not see it."""
    lam = draw_cut(cut_alpha, seed).lam
    own, partners = words.percent(lam, 0), words.percent(1 - lam, 0)
    return {f"alt{i}": f"{own} {a}, {partners} {b}" for i, (a, b) in enumerate(names)}


def classes(names: Names) -> Slots:
    """The targets' classes: partners of one class share it, whatever λ is."""
    found = {}
    for i, (a, b) in enumerate(names):
        found |= {f"name_a{i}": a, f"name_b{i}": b, f"target{i}": "target is-one" if a == b else "target"}
    return found


def said(cut_alpha: float, seed: int) -> Slots:
    """The figure in words, for whoever does not see it."""
    it = box(cut_alpha, seed)
    text = tr(
        "At α = {alpha} this seed draws λ = {drawn}; what remains is a box of {width} by {height} pixels, so λ is "
        "{own}.",
        alpha=words.number(cut_alpha),
        drawn=it["drawn"],
        width=it["width"],
        height=it["height"],
        own=it["own_words"],
    )
    return {"said": text}


VIEWS = (box, pictured, classes)


@cached(None)
def in_words() -> str:
    """From the λ that was drawn to the λ that counts."""
    drawn = tr(
        "One λ for the whole batch, not folded: {drawn} was drawn. It asks for a box of {side} · √(1 − {again}) = "
        "{asked} px a side, centred anywhere.",
        drawn=slot("drawn", "b"),
        again=slot("drawn"),
        side=SIDE,
        asked=slot("asked"),
    )
    remains = tr(
        "Half sides are rounded down, and what sticks out is cut off: a box of {width} × {height} px remains, and λ is "
        "corrected:",
        width=slot("width"),
        height=slot("height"),
    )
    alike = tr("It applies to the pictures and targets of all items.")
    return f"""<p>{drawn}</p>
<p>{remains}<br>
<math><mn>1</mn><mo>−</mo><mfrac>
<mrow><mn data-live="text:width"></mn><mo>·</mo><mn data-live="text:height"></mn></mrow>
<mrow><mn>{SIDE}</mn><mo>·</mo><mn>{SIDE}</mn></mrow></mfrac><mo>=</mo></math> {slot("own_words", "b")}. {alike}</p>"""


@cached(None)
def strip() -> str:
    """The pictures side by side, each with the box of its partner and its target."""
    items = "".join(_item(i) for i in range(SHOWN))
    return (
        '<ul class="cut-batch" data-live="--own:own --partners:partners --l:left --t:top --r:right --b:bottom '
        f'--seen:seen">{items}</ul>'
    )


def _item(i: int) -> str:
    both = f'<img alt="" data-live="src:a{i} alt:alt{i}"><img alt="" data-live="src:b{i}"><i></i>'
    own, partners = (
        _bar("a", "●", "picture_a", f"name_a{i}", "own"),
        _bar("b", "■", "picture_b", f"name_b{i}", "partners"),
    )
    lam = f"CutMix, λ = {slot('own_words')}"
    return (
        f'<li><div class="edge"><div class="inner">{both}</div></div>'
        f'<div data-live="class:target{i}">{own}{partners}</div><span>{lam}</span></li>'
    )


def _bar(side: str, mark: str, role: str, name: str, share: str) -> str:
    whole = f'<span class="if-one">{words.number(1.0)}</span>' if side == "a" else ""
    of = f'{mark} <span class="of" data-live="text:{name}"></span>'
    return (
        f'<span class="{side} name" style="color:{colour(role)}">{of}</span>'
        f'<span class="{side} line"><i style="background:{colour(role)};--w:var(--{share})"></i></span>'
        f'<span class="{side} weight"><span class="if-two" data-live="text:{share}_words"></span>{whole}</span>'
    )


def pictures(own: Sequence[str], partner: Sequence[int]) -> dict[str, str]:
    """The slots of the pictures, which no knob moves.

    own      the data: address of every picture of the batch
    partner  for every picture, its partner's place in the batch
    """
    found = {}
    for i in range(SHOWN):
        found |= {f"a{i}": own[i], f"b{i}": own[partner[i]]}
    return found
