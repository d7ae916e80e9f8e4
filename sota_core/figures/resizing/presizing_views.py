"""Presizing's boxes at every step of min_scale, all from one draw: they move smoothly instead of jumping."""

import math
from collections.abc import Sequence
from functools import lru_cache

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.frames import Slots, span
from sota_core.figures.plot import BOX, Axes, colour
from sota_core.figures.resizing.presizing import Presized, in_words, presize, share_seen, surroundings
from sota_core.functional.boxes import Box
from sota_core.language import cached, tr

MIN_SCALES = span(0.08, 1.0, 0.01)
MOST_CROPS = 8
NS = tuple(range(1, MOST_CROPS + 1))


@lru_cache(maxsize=1024)
def _drawn(height: int, width: int, size: int, method: str, seed: int, min_scale: float) -> Presized:
    return presize(height, width, size=size, method=method, min_scale=min_scale, n_crops=MOST_CROPS, seed=seed)


def _paths(boxes: Sequence[Box], frame: Box) -> list[str]:
    """Boxes as SVG paths over the picture and whatever of its surroundings is shown."""
    axes = Axes((frame.x1, frame.x2), (frame.y2, frame.y1))  # rows count from the top
    return [axes.path([b.x1, b.x2, b.x2, b.x1], [b.y1, b.y1, b.y2, b.y2]) + "z" for b in boxes]


def squares(height: int, width: int, size: int, method: str, seed: int) -> Slots:
    """What Resize takes in training, and what validation sees: neither depends on min_scale."""
    it = _drawn(height, width, size, method, seed, MIN_SCALES[-1])
    is_pad = method == "pad"
    first, valid = _paths((it.first, it.valid), surroundings(height, width, size, method))
    return {
        "first_d": first,
        "valid_d": valid,
        "inside": "none" if is_pad else "boxed",
        "padded": "boxed" if is_pad else "none",
        "share_seen": words.percent(share_seen(it), 0),
    }


def crops(height: int, width: int, size: int, method: str, seed: int, min_scale: float) -> Slots:
    """Where each random crop lies, and the least a crop may take of the square."""
    it, frame = _drawn(height, width, size, method, seed, min_scale), surroundings(height, width, size, method)
    return {f"crop{k}_d": path for k, path in zip(NS, _paths(it.crops, frame), strict=True)} | {
        "least": words.percent(min_scale, 0),
        "least_side": f"{math.sqrt(min_scale) * size:.0f}",
        "side": f"{size}",
    }


def seen(n_crops: int) -> Slots:
    """How many of the crops are shown."""
    return {f"crop{k}_seen": "visible" if k <= n_crops else "hidden" for k in NS}


def shares(height: int, width: int, size: int, method: str, seed: int, min_scale: float, n_crops: int) -> Slots:
    """The share of the square's area that each crop drawn takes."""
    it = _drawn(height, width, size, method, seed, min_scale)
    return {"shares": ", ".join(_shares(it)[:n_crops])}


@cached(64)
def _shares(of: Presized) -> list[str]:
    return [words.percent(crop.area / of.first.area, 0) for crop in of.crops]


def told(height: int, width: int, size: int, method: str, seed: int, min_scale: float, n_crops: int) -> Slots:
    """The figure in words, for whoever does not see it."""
    it = _drawn(height, width, size, method, seed, min_scale)
    shown = Presized(it.height, it.width, it.first, it.crops[:n_crops], it.valid)
    return {"said": in_words(shown), "said_boxes": in_words(shown)}


VIEWS = (squares, crops, seen, shares)


def _line(slot: str, role: str, dash: str = "", seen: str = "") -> str:
    """A box with a light edge under its own colour: on a photograph one of the two is seen."""
    live = f'data-live="d:{slot}{f" --seen:{seen}" if seen else ""}"'
    dashed = f' stroke-dasharray="{dash}"' if dash else ""
    return (
        f'<path {live} style="stroke:#fff;stroke-width:5"{dashed}/>'
        f'<path {live} style="stroke:{palette.ROLES[role].light};stroke-width:3"{dashed}/>'
    )


def _figure(shown: str, source: str, most: str) -> str:
    lines = (
        "".join(_line(f"crop{k}_d", "train", seen=f"crop{k}_seen") for k in NS)
        + _line("first_d", "published", "14 9")
        + _line("valid_d", "valid", "4 7")
    )
    return (
        f'<div data-live="class:{shown} --most:{most}"><img alt="" data-live="src:{source} alt:said_boxes">'
        f'<svg viewBox="0 0 {BOX} {BOX}" preserveAspectRatio="none" aria-hidden="true">{lines}</svg></div>'
    )


def _key(role: str, of: str) -> str:
    return f'<span style="color:{colour(role)}">{palette.ROLES[role].glyph} {of}</span>'


@cached(None)
def boxes() -> str:
    """The picture under its boxes, and how much the crops take."""
    takes = tr(
        "A crop takes {least} to 100\u00a0% of the square, so at least {least_side} of {side} px a side. "
        "These take {shares}.",
        least='<span data-live="text:least"></span>',
        least_side='<span data-live="text:least_side"></span>',
        side='<span data-live="text:side"></span>',
        shares='<b data-live="text:shares"></b>',
    )
    crops, valid = tr("random crops, solid"), tr("validation, dotted")
    resize = tr("Resize({side}), dashed", side='<span data-live="text:side"></span>')
    return (
        f'<p class="key">{_key("published", resize)} {_key("train", crops)} {_key("valid", valid)}</p>'
        + _figure("inside", "src_inside", "most")
        + _figure("padded", "src_padded", "most_padded")
        + f'<p class="note">{takes}</p>'
    )
