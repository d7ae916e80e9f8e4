"""How the moving figures of normalization are laid out: HTML whose slots are filled by `views`."""

from sota_core import words
from sota_core.figures import plot
from sota_core.figures.normalization.statistics import CHANNELS, number
from sota_core.figures.normalization.views import AFTER, BEFORE, TALL, base
from sota_core.figures.plot import Axes, colour
from sota_core.language import N_, cached, tr, tr_in
from sota_core.published import batch_stats

_HEIGHT = 290
COLOURS = (N_("red"), N_("green"), N_("blue"))
THIS_BATCH, THIS_BATCH_HEAD = N_("this batch"), N_("This batch")
PRINTED = {
    "book/before": N_("book, before"),
    "book/after": N_("book, after"),
    "notes/before": N_("notes, before"),
    "notes/after": N_("notes, after"),
}
LEAST = {"mean": 0.0, "std": 0.01}  # nothing can be divided by 0
_OWN, _USED = colour("train"), colour("published")
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


def _handle(what: str, channel: int, y: float, label: str) -> str:
    """A mark of the statistics used that can be dragged; its knob has the slider's name."""
    name, title = CHANNELS[channel], tr("Drag it, or type a number. Double click: the default.")
    now = {"mean": f"mean_x_{name}", "std": f"std_now_{name}"}[what]  # with a point in every language
    return (
        f'<span class="handle is-{what}" data-hand="{what}_{name.lower()}" data-at="{what}_x_{name}" tabindex="0" '
        f'role="slider" aria-label="{label}" aria-valuemin="{LEAST[what]:g}" aria-valuemax="1" '
        f'style="--y:{BEFORE.up(base(channel) + y)}" title="{title}" '
        f'data-live="--x:{what}_x_{name} aria-valuenow:{now} aria-valuetext:used_{what}_{name}"></span>'
    )


def _handles() -> str:
    """The mean at the head of its line, the standard deviation at the foot of the line beside it, one std further."""
    return "".join(
        _handle("mean", c, TALL + 0.06, tr("Mean of {colour}", colour=tr(COLOURS[c])))
        + _handle("std", c, -0.03, tr("Standard deviation of {colour}", colour=tr(COLOURS[c])))
        for c in range(3)
    )


_AIMS = "".join(_line(x, channel) for channel in range(3) for x in (-1, 0, 1))


def _before() -> str:
    return plot.box(
        curves="".join(f'<path data-live="d:used_{name}" {_DASHED}/>' for name in CHANNELS)
        + _hills(False)
        + _marks("own"),
        over=_names(BEFORE, "before") + f'<div data-live="class:is_typed">{_handles()}</div>',
        x_title=tr("pixel value, from 0 black to 1 white"),
        y_title="",
        x_ticks=[(x / 5, words.number(x / 5, 1)) for x in range(6)],
        n_y_ticks=0,
        height=_HEIGHT,
        live="aria-label:said_before",
    )


def _after() -> str:
    return plot.box(
        curves=f'<path d="{_AIMS}" {_DASHED}/>' + _hills(True) + _marks("own_after"),
        over=_names(AFTER, "said_after"),
        x_title="",
        x_slot="axis_after",
        y_title="",
        x_ticks=[((z + 3) / 6, f"{z}".replace("-", "−")) for z in range(-3, 4)],
        n_y_ticks=0,
        height=_HEIGHT,
        live="aria-label:said_after",
    )


@cached(None)
def hills() -> str:
    """The batch's channels before and after, side by side."""
    before, after, used, drag, aim = (
        tr("Before"),
        tr("After"),
        tr_in("legend", "statistics used"),
        tr("drag"),
        tr("mean 0, std 1"),
    )
    batch = f'<span style="color:{_OWN}">● {tr(THIS_BATCH)}</span>'
    return (
        f'<div class="pair"><section><p class="key"><b>{before}</b> {batch} '
        f'<span style="color:{_USED}" data-live="class:is_used">■ {used}</span> '
        f'<span data-live="class:is_typed"><span class="accent">●◆ {drag}</span></span></p>'
        f"{_before()}</section>"
        f'<section><p class="key"><b>{after}</b> {batch} <span style="color:{_USED}">■ {aim}</span></p>'
        f"{_after()}</section></div>"
    )


def pictures(width: int, height: int) -> str:
    """The batch's first pictures, below the hills: those after are moved by the browser. Their sheet is a slot."""
    channels = "".join(
        f'<feFunc{name} type="linear" data-live="slope:slope_{name} intercept:shift_{name}"/>' for name in CHANNELS
    )
    image = f'<image data-live="href:sheet" width="{width}" height="{height}"'
    svg = f'<svg class="sheet" viewBox="0 0 {width} {height}" role="img"'
    before = tr("The first pictures as they are")
    return (
        f'<div class="pair"><section>{svg} aria-label="{before}">{image}/></svg></section>'
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


def _formulas() -> str:
    shown = tr(
        "The red channel: the middle pixel of the first picture, then the batch's mean and its standard deviation."
    )
    plain = tr("Nothing is subtracted and nothing divided: the net gets pixels between 0 and 1, none of them negative.")
    return (
        f'<div data-live="class:is_used"><p>{shown}</p>'
        + _quotient("<mi>z</mi>", _own("<mi>x</mi>"), "pixel", "s", "z", True)
        + _quotient(_BAR_Z, _own(_BAR_X), "x_bar", "s", "z_bar", True)
        + _quotient(
            "<msub><mi>σ</mi><mi>z</mi></msub>",
            _own("<msub><mi>σ</mi><mi>x</mi></msub>"),
            "sigma",
            "s",
            "sigma_z",
            False,
        )
        + f'</div><p data-live="class:is_plain">{plain}</p><p class="note" data-live="text:std_words"></p>'
    )


def _row(head: str, mean: str, std: str) -> str:
    cells = "".join(f'<td data-live="text:{of}_{name}"></td>' for of in (mean, std) for name in CHANNELS)
    return f'<tr><th scope="row">{head}</th>{cells}</tr>'


def _printed() -> str:
    rows = []
    for name, head in PRINTED.items():
        of = batch_stats()[name]
        cells = "".join(f"<td>{number(v)}</td>" for v in (*of.mean, *of.std))
        rows.append(f'<tr><th scope="row">{tr(head)}</th>{cells}</tr>')
    return "".join(rows)


def _table() -> str:
    label, mean, std = tr("Table"), tr("mean R"), tr("std R")
    batch = f"<b>{tr(THIS_BATCH_HEAD)}</b>"
    before, after = tr("{this_batch}, before", this_batch=batch), tr("{this_batch}, after", this_batch=batch)
    return (
        f'<div class="wide" tabindex="0" role="region" aria-label="{label}"><table class="numbers"><thead><tr><td></td>'
        f'<th scope="col">{mean}</th><th scope="col">G</th><th scope="col">B</th>'
        f'<th scope="col">{std}</th><th scope="col">G</th><th scope="col">B</th></tr></thead><tbody>'
        + _row(before, "mean", "std")
        + _row(tr("statistics used"), "used_mean", "used_std")
        + _row(after, "mean_after", "std_after")
        + _printed()
        + "</tbody></table></div>"
    )


@cached(None)
def arithmetic() -> str:
    """One pixel, the mean and the standard deviation of red in numbers, and the table of all channels."""
    head, note = (
        tr("The arithmetic"),
        tr(
            "Each text prints one batch before and another one after normalization with ImageNet's statistics. They "
            "are two batches, so the second is not exactly the first, shifted and scaled."
        ),
    )
    return f"""<h2 class="section">{head}</h2><div class="pair"><section>{_formulas()}</section><section>{_table()}
<p class="note">{note}</p></section></div>"""
