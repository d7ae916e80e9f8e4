"""What a plan of phases costs at every step of its sizes and epochs: bars, seconds, pixels and the sums."""

from sota_core import words
from sota_core.figures import palette
from sota_core.figures.frames import Slots
from sota_core.figures.plot import colour
from sota_core.figures.resizing.plan import LARGE, SMALL, PlanPhase, cost, fixed_plan, updates
from sota_core.functional.resize import epoch_cost, plan_seconds
from sota_core.language import cached, tr

MOST_PHASES = 3
N_TRAIN = 10_716  # the texts train on four fifths of 13,394 pictures
_FIXED_S, _RATE_S = epoch_cost(SMALL, LARGE)


def price(phases: int, size1: int, epochs1: int, size2: int, epochs2: int, size3: int, epochs3: int) -> Slots:
    """The plan beside as many epochs at its largest size: its blocks are shares of that plan's seconds."""
    return _price(((size1, epochs1), (size2, epochs2), (size3, epochs3))[:phases])


@cached(4096)
def _price(pairs: tuple[tuple[int, int], ...]) -> Slots:
    plan = tuple(PlanPhase(size, 1, n_epochs) for size, n_epochs in pairs)  # the batch size does not change the cost
    found, fixed = cost(plan), fixed_plan(plan)[0]
    slots: dict[str, str] = {}
    at = 0.0
    for i in range(MOST_PHASES):
        size, n = pairs[i] if i < len(pairs) else (0, 0)
        share = plan_seconds([(size, n)], _FIXED_S, _RATE_S) / found.fixed_seconds if n else 0.0
        pale = n * _FIXED_S / found.fixed_seconds
        slots |= {
            f"pale{i}_x": f"{at:.4g}",
            f"pale{i}_w": f"{pale:.4g}",
            f"full{i}_x": f"{at + pale:.4g}",
            f"full{i}_w": f"{share - pale:.4g}",
            f"middle{i}_x": f"{at + share / 2:.4g}",
            f"phase{i}": f"{n} × {size} px" if n else "",
        }
        at += share
    fixed_pale = fixed.n_epochs * _FIXED_S / found.fixed_seconds
    total, fixed_total = words.clock(found.seconds), words.clock(found.fixed_seconds)
    return slots | {
        "fixed_pale_w": f"{fixed_pale:.4g}",
        "fixed_full_w": f"{1 - fixed_pale:.4g}",
        "fixed_phase": f"{fixed.n_epochs} × {fixed.size} px",
        "total": total,
        "total_x": f"{found.second_share:.4g}",
        "fixed_total": fixed_total,
        "pixel_share": words.percent(found.pixel_share, 0),
        "second_share": words.percent(found.second_share, 0),
        "pixel_terms": " + ".join(f"{n} · {size}²" for size, n in pairs),
        "pixels": words.count(found.pixels),
        "second_terms": " + ".join(f"{n} ({_FIXED_S:.0f} + {words.number(_RATE_S * size**2, 1)})" for size, n in pairs),
        "seconds": f"{found.seconds:.0f}",
        "said_plan": tr(
            "your plan: {total}; largest size only: {fixed_total} by the estimate.",
            total=total,
            fixed_total=fixed_total,
        ),
    }


def steps(
    phases: int,
    size1: int, bs1: int, epochs1: int,
    size2: int, bs2: int, epochs2: int,
    size3: int, bs3: int, epochs3: int,
) -> Slots:  # fmt: skip
    """Updates of the weights, all and phase by phase."""
    plan = (PlanPhase(size1, bs1, epochs1), PlanPhase(size2, bs2, epochs2), PlanPhase(size3, bs3, epochs3))[:phases]
    return {
        "n_updates": words.count(sum(updates(p, N_TRAIN) for p in plan)),
        "updates": ", ".join(
            tr("{n_updates} at {size} px", n_updates=words.count(updates(p, N_TRAIN)), size=p.size) for p in plan
        ),
    }


def told(
    phases: int,
    size1: int, bs1: int, epochs1: int,
    size2: int, bs2: int, epochs2: int,
    size3: int, bs3: int, epochs3: int,
) -> Slots:  # fmt: skip
    """Where the controls were left, in words."""
    now = price(phases, size1, epochs1, size2, epochs2, size3, epochs3)
    made = steps(phases, size1, bs1, epochs1, size2, bs2, epochs2, size3, bs3, epochs3)
    return {
        "said": tr(
            "Estimated training {total}, against {fixed_total} at the largest size only: {pixel_share} of its pixels, "
            "{second_share} of its seconds. Updates: {updates}.",
            total=now["total"],
            fixed_total=now["fixed_total"],
            pixel_share=now["pixel_share"],
            second_share=now["second_share"],
            updates=made["updates"],
        )
    }


VIEWS = (price, steps)


def _block(live: str, role: str, opacity: float) -> str:
    return f'<i class="block" style="background:{colour(role)};opacity:{opacity}" data-live="{live}"></i>'


def _blocks(i: int) -> str:
    return (
        _block(f"--x:pale{i}_x --w:pale{i}_w", "train", 0.35)
        + _block(f"--x:full{i}_x --w:full{i}_w", "train", 0.85)
        + f'<span class="block-name" data-live="text:phase{i} --x:middle{i}_x"></span>'
    )


def _key(role: str, of: str) -> str:
    return f'<span style="color:{colour(role)}">{palette.ROLES[role].glyph} {of}</span>'


@cached(None)
def bars() -> str:
    """The plan's bar over that of as many epochs at its largest size."""
    your_plan, largest = tr("your plan"), tr("largest size only")
    pale = tr("pale: decode, Resize and augment, the same at every size")
    axis = tr("estimated seconds, compared with the largest size only")
    ticks = "".join(f'<span class="tick" style="--x:{p / 100:g}">{p}\u00a0%</span>' for p in (0, 25, 50, 75, 100))
    return (
        f'<p class="key">{_key("train", your_plan)} {_key("published", largest)} <span class="grey">{pale}</span></p>'
        '<div class="plans" role="img" data-live="aria-label:said_plan">'
        f'<div class="plan"><span class="name">{your_plan}</span><span class="track">'
        + "".join(_blocks(i) for i in range(MOST_PHASES))
        + '</span><b data-live="text:total"></b></div>'
        f'<div class="plan"><span class="name">{largest}</span><span class="track">'
        + _block("--w:fixed_pale_w", "published", 0.35)
        + _block("--x:fixed_pale_w --w:fixed_full_w", "published", 0.85)
        + '<span class="block-name" style="--x:0.5" data-live="text:fixed_phase"></span></span>'
        '<b data-live="text:fixed_total"></b></div>'
        f'<div class="plan scale-row"><span class="name"></span><span class="track scale">{ticks}</span><b></b></div>'
        '<div class="plan scale-row"><span></span><span class="grey">'
        f"{axis}</span></div></div>"
    )


def _metric(name: str, slot: str, under: str) -> str:
    number = f'<span class="figure" data-live="text:{slot}"></span>'
    return f'<div><span>{name}</span>{number}<span class="grey">{under}</span></div>'


@cached(None)
def metrics() -> str:
    """What training is estimated to take, which shares of pixels and seconds are left, and the number of updates."""
    at_largest = tr("{time} at the largest size only", time='<span data-live="text:fixed_total"></span>')
    return (
        '<div class="metrics">'
        + _metric(tr("Estimated training"), "total", at_largest)
        + _metric(tr("Pixels"), "pixel_share", tr("compared with the largest size only"))
        + _metric(tr("Seconds"), "second_share", tr("compared with the largest size only"))
        + _metric(tr("Updates"), "n_updates", '<span data-live="text:updates"></span>')
        + "</div>"
    )


@cached(None)
def sums() -> str:
    """The arithmetic of the pixels and of the seconds."""
    pixels, seconds = tr("pixels a picture"), tr("seconds")
    return (
        f'<p class="sum">{pixels} = <span data-live="text:pixel_terms"></span> =\n'
        '<b data-live="text:pixels"></b></p>\n'
        f'<p class="sum">{seconds} = <span data-live="text:second_terms"></span> = '
        '<b data-live="text:seconds"></b></p>'
    )


@cached(None)
def updates_note() -> str:
    """How often the weights are changed."""
    said = tr(
        "Updates of the weights, on the texts' {n} training pictures: {updates}.",
        n=words.count(N_TRAIN),
        updates='<span data-live="text:updates"></span>',
    )
    return f'<p class="note">{said}</p>'
