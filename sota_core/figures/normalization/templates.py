"""How the moving figures of normalization are laid out: HTML whose slots are filled by `views`."""

from sota_core.figures import plot
from sota_core.figures.normalization.statistics import CHANNELS, number
from sota_core.figures.normalization.views import AFTER, BEFORE, TALL, base
from sota_core.figures.plot import Axes, colour
from sota_core.published import batch_stats

_HEIGHT = 290
COLOURS = ("red", "green", "blue")
LEAST = {"mean": 0.0, "std": 0.01}  # nothing can be divided by 0
_OWN, _USED = colour("train"), colour("published")
_BATCH = f'<span style="color:{colour("train")}">● this batch</span>'
_DASHED = f'style="stroke:{_USED};stroke-width:1.4" stroke-dasharray="5 4"'


def _names(axes: Axes, slot: str) -> str:
    """Each row's channel, and its numbers beside it."""
    return "".join(
        f'<span class="word at" style="--x:0;--y:{axes.up(base(c) + TALL + 0.1)}"><b style="color:{_OWN}">{name}</b> '
        f'<span class="grey" data-live="text:{slot}_{name}"></span></span>'
        for c, name in enumerate(CHANNELS)
    )


def _marks(slot: str) -> str:
    return "".join(f'<path data-live="d:{slot}_{name}" style="stroke:{_OWN};stroke-width:2.4"/>' for name in CHANNELS)


def _hills(follows: bool) -> str:
    return "".join(
        f'<g{f""" data-live="transform:after_{name}" """ if follows else ""}>'
        f'<path class="hill" data-live="d:hill_{name}" style="color:{_OWN}"/></g>'
        for name in CHANNELS
    )


def _line(x: float, channel: int) -> str:
    bottom, top = (round(1000 * (1 - float(AFTER.up(base(channel) + y)))) for y in (-0.06, TALL + 0.06))
    return f"M{round(1000 * float(AFTER.left(x)))} {bottom}V{top}"


def _handle(what: str, channel: int, y: float, words: str) -> str:
    """A mark of the statistics used that a hand takes: its knob is called as the slider's."""
    name = CHANNELS[channel]
    return (
        f'<span class="handle is-{what}" data-hand="{what}_{name.lower()}" data-at="{what}_x_{name}" tabindex="0" '
        f'role="slider" aria-label="{words} of {COLOURS[channel]}" aria-valuemin="{LEAST[what]:g}" aria-valuemax="1" '
        f'style="--y:{BEFORE.up(base(channel) + y)}" title="Drag it, or type a number. Double click: the default." '
        f'data-live="--x:{what}_x_{name} aria-valuenow:used_{what}_{name} aria-valuetext:used_{what}_{name}"></span>'
    )


# The mean at the head of its line, the standard deviation at the foot of the line beside it, one std to the right.
HANDLES = "".join(
    _handle("mean", c, TALL + 0.06, "Mean") + _handle("std", c, -0.03, "Standard deviation") for c in range(3)
)
_AIMS = "".join(_line(x, channel) for channel in range(3) for x in (-1, 0, 1))

HILLS_BEFORE = plot.box(
    curves="".join(f'<path data-live="d:used_{name}" {_DASHED}/>' for name in CHANNELS) + _hills(False) + _marks("own"),
    over=_names(BEFORE, "before") + f'<div data-live="class:is_typed">{HANDLES}</div>',
    x_title="pixel value, from 0 black to 1 white",
    y_title="",
    x_ticks=[(x / 5, f"{x / 5:.1f}") for x in range(6)],
    n_y_ticks=0,
    height=_HEIGHT,
    live="aria-label:said_before",
)
HILLS_AFTER = plot.box(
    curves=f'<path d="{_AIMS}" {_DASHED}/>' + _hills(True) + _marks("own_after"),
    over=_names(AFTER, "said_after"),
    x_title="normalized value (x − m) / s",
    y_title="",
    x_ticks=[((z + 3) / 6, f"{z}".replace("-", "−")) for z in range(-3, 4)],
    n_y_ticks=0,
    height=_HEIGHT,
    live="aria-label:said_after",
)


HILLS = (
    f'<div class="pair"><section><p class="key"><b>Before</b> {_BATCH} '
    f'<span style="color:{_USED}" data-live="class:is_used">■ statistics used</span> '
    '<span data-live="class:is_typed"><span class="accent">●◆ drag</span></span></p>'
    f"{HILLS_BEFORE}</section>"
    f'<section><p class="key"><b>After</b> {_BATCH} <span style="color:{_USED}">■ mean 0, std 1</span></p>'
    f"{HILLS_AFTER}</section></div>"
)


def pictures(width: int, height: int) -> str:
    """The batch's first pictures, below the hills: those after are moved by the browser. Their sheet is a slot."""
    channels = "".join(
        f'<feFunc{name} type="linear" data-live="slope:slope_{name} intercept:shift_{name}"/>' for name in CHANNELS
    )
    image = f'<image data-live="href:sheet" width="{width}" height="{height}"'
    svg = f'<svg class="sheet" viewBox="0 0 {width} {height}" role="img"'
    return (
        f'<div class="pair"><section>{svg} aria-label="The first pictures as they are">{image}/></svg></section>'
        f'<section>{svg} data-live="aria-label:said_pictures"><filter id="normalized" '
        'color-interpolation-filters="sRGB" x="0" y="0" width="1" height="1">'
        f"<feComponentTransfer>{channels}</feComponentTransfer></filter>"
        f'{image} filter="url(#normalized)"/></svg></section></div><p class="note" data-live="text:caption"></p>'
    )


def _quotient(left: str, x: str, over: str, under: str, result: str, minus: bool) -> str:
    """left = (x − m) / s = numbers = result"""
    take = f'<mo>−</mo><mi style="color:{_USED}">m</mi>' if minus else ""
    took = f"<mo>−</mo>{plot.number('m', _USED)}" if minus else ""
    return (
        f'<p><math>{left}<mo>=</mo><mfrac><mrow>{x}{take}</mrow><mi style="color:{_USED}">s</mi></mfrac><mo>=</mo>'
        f"<mfrac><mrow>{plot.number(over, _OWN)}{took}</mrow>{plot.number(under, _USED)}</mfrac><mo>=</mo></math> "
        f'<b data-live="text:{result}"></b></p>'
    )


def _own(symbol: str) -> str:
    return f'<mrow style="color:{_OWN}">{symbol}</mrow>'


_BAR_X = '<mover accent="true"><mi>x</mi><mo>¯</mo></mover>'
_BAR_Z = '<mover accent="true"><mi>z</mi><mo>¯</mo></mover>'
FORMULAS = (
    '<div data-live="class:is_used"><p>Red: the middle pixel of the first picture, then the batch\'s mean and its '
    "standard deviation.</p>"
    + _quotient("<mi>z</mi>", _own("<mi>x</mi>"), "pixel", "s", "z", True)
    + _quotient(_BAR_Z, _own(_BAR_X), "x_bar", "s", "z_bar", True)
    + _quotient(
        "<msub><mi>σ</mi><mi>z</mi></msub>", _own("<msub><mi>σ</mi><mi>x</mi></msub>"), "sigma", "s", "sigma_z", False
    )
    + '</div><p data-live="class:is_plain">Nothing is subtracted and nothing divided: the net gets pixels between 0 '
    'and 1, all of them positive.</p><p class="note" data-live="text:std_words"></p>'
)


def _row(head: str, mean: str, std: str) -> str:
    cells = "".join(f'<td data-live="text:{of}_{name}"></td>' for of in (mean, std) for name in CHANNELS)
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'


def _printed() -> str:
    rows = []
    for text in ("book", "notes"):
        for when in ("before", "after"):
            of = batch_stats()[f"{text}/{when}"]
            cells = "".join(f"<td>{number(v)}</td>" for v in (*of.mean, *of.std))
            rows.append(f'<tr><th scope="row">{text}, {when}</th>{cells}</tr>')
    return "".join(rows)


TABLE = (
    '<div class="wide" tabindex="0" role="region" aria-label="Table"><table class="numbers"><thead><tr><td></td>'
    '<th scope="col">mean R</th><th scope="col">G</th><th scope="col">B</th>'
    '<th scope="col">std R</th><th scope="col">G</th><th scope="col">B</th></tr></thead><tbody>'
    + _row("<b>This batch</b>, before", "mean", "std")
    + _row("statistics used", "used_mean", "used_std")
    + _row("<b>This batch</b>, after", "mean_after", "std_after")
    + _printed()
    + "</tbody></table></div>"
)

ARITHMETIC = f"""<h3>The arithmetic</h3><div class="pair"><section>{FORMULAS}</section><section>{TABLE}
<p class="note">The texts print one batch before and another after, each normalized with ImageNet's statistics: two
batches, so the second is not exactly the first one moved.</p></section></div>"""
