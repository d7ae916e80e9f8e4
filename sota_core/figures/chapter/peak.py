"""The one-cycle schedule with a slider for its peak: the rate's curve and its sums, at every step of the slider."""

import numpy as np

from sota_core import words
from sota_core.figures import plot
from sota_core.figures.frames import Slots
from sota_core.figures.plot import Axes, colour
from sota_core.functional.schedule import DIV, DIV_FINAL, MOMS, PCT_START, one_cycle
from sota_core.language import cached, tr, tr_n

LOWEST_MOMENTUM, HIGHEST_MOMENTUM = 0.8, 1.0
N_POINTS = 120  # of a curve: no more can be told apart
N_LINES = 5  # of the grid
HEIGHT = 200


@cached(64)
def rates(peak: float, n_steps: int, top: float) -> Slots:
    """The curve of the rate, on an axis from 0 to `top`, and what the first, highest and last step take."""
    found, _ = one_cycle(n_steps, peak)
    kept = _kept(n_steps)
    digits, _, exponent = f"{found[-1]:.1e}".partition("e")
    return {
        "rates": Axes((0, n_steps), (0, top)).path(kept, found[kept]),
        "first": words.short(peak / DIV),
        "peak": words.short(peak),
        "last": words.short(float(digits)),
        "exponent": str(int(exponent)).replace("-", "−"),
    }


@cached(8)
def axis(n_steps: int, top: float) -> Slots:
    """What is the same for every peak: momentum, and the numbers at the axis."""
    _, momenta = one_cycle(n_steps, top)
    kept = _kept(n_steps)
    path = Axes((0, n_steps), (LOWEST_MOMENTUM, HIGHEST_MOMENTUM)).path(kept, momenta[kept])
    return {"momenta": path} | {f"y_tick{i}": words.short(top * i / (N_LINES - 1)) for i in range(N_LINES)}


def said(peak: float, n_steps: int, n_epochs: int) -> Slots:
    """The figure in words."""
    text = in_words(peak, one_cycle(n_steps, peak)[0], n_epochs)
    return {"said": text, "said_figure": text}


def in_words(peak: float, rates: np.ndarray, n_epochs: int) -> str:
    """What the two curves do. `rates` of every step."""
    return tr_n(
        "Over {n} epoch the learning rate rises from {start} to {peak} after {peak_at} of them, then falls to {end}; "
        "momentum falls from {high} to {low} and comes back.",
        "Over {n} epochs the learning rate rises from {start} to {peak} after {peak_at} of them, then falls to {end}; "
        "momentum falls from {high} to {low} and comes back.",
        n_epochs,
        start=words.short(peak / DIV, 2),
        peak=words.short(peak, 2),
        peak_at=words.short(PCT_START * n_epochs, 6),
        end=words.short(float(rates[-1]), 1),
        high=words.short(MOMS[0]),
        low=words.short(MOMS[1]),
    )


VIEWS = (rates, axis)


def _kept(n_steps: int) -> np.ndarray:
    return np.unique(np.linspace(0, n_steps - 1, N_POINTS).round().astype(int))


def template(n_steps: int, n_epochs: int) -> str:
    """Both curves, and under them the sums."""
    share = Axes((0, 1), (LOWEST_MOMENTUM, HIGHEST_MOMENTUM))
    ends = "".join(
        f'<b class="word at{side}" style="color:{colour("published")};--x:{x};--y:{share.up(momentum)}">'
        f"{words.short(momentum)}</b>"
        for x, momentum, side in ((PCT_START, MOMS[1], " centred"), (1, MOMS[2], " before"))
    )
    figure = plot.box(
        curves=plot.curve("momenta", "published", is_dashed=True, look="stroke-width:2")
        + plot.curve("rates", "train", look="stroke-width:2"),
        over=ends, x_title=tr("epoch"), y_title=tr("rate"), n_y_ticks=N_LINES, height=HEIGHT,
        x_ticks=[(k / n_epochs, str(k)) for k in range(n_epochs + 1)], live="aria-label:said_figure",
    )  # fmt: skip
    peak = plot.slot("peak", "b")
    sums = tr(
        "first step {peak} / {div} = {first}; peak {peak}, after a quarter of the steps; end {peak} / {div_final}: "
        "the last of {n_steps} steps has rate {last}",
        peak=peak,
        div=words.short(DIV),
        first=plot.slot("first", "b"),
        div_final=f"10<sup>{round(np.log10(DIV_FINAL))}</sup>",
        n_steps=words.count(n_steps),
        last=f'<b>{plot.slot("last")} · 10<sup data-live="text:exponent"></sup></b>',
    )
    return f'{figure}<p class="note">{sums}</p>'
