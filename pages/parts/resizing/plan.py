"""A plan of one to three phases: its knobs, all of them in the address, and what it costs, which moves with them."""

import streamlit as st

from pages.shared.components import charts, sliders
from pages.shared.components.follow import follow
from pages.shared.components.place import place
from pages.shared.components.stage import Stage
from pages.shared.frame.technique import pictured
from pages.shared.session import trouble
from sota_core import words
from sota_core.figures.frames import Knob
from sota_core.figures.resizing import plan_views
from sota_core.figures.resizing.plan import LARGE, SMALL, PlanPhase, epoch_line
from sota_core.functional.resize import epoch_cost
from sota_core.language import tr

STAGE = "resizing.plan"
BARS = "resizing.bars"
PRESIZE = 460

PLAN_SIZES = (32, 64, 96, 128, 160, 192, 224, 256)
BATCHES = (16, 32, 64, 128, 256)
MOST_EPOCHS = 60
# The chapter's progressive run first: four epochs at 128 px, then fine_tune(5), which makes six at 224 px.
START = (PlanPhase(128, 128, 4), PlanPhase(224, 64, 6), PlanPhase(256, 32, 2))
N_PHASES = 2
_PHASES = Knob("phases", "resizing.phases", (1, 2, 3), N_PHASES)  # chosen and not dragged


def _of_phase(i: int) -> tuple[Knob, Knob, Knob]:
    start = START[i - 1]
    return (
        Knob(f"size{i}", f"resizing.size{i}", PLAN_SIZES, start.size, is_choice=True),
        Knob(f"bs{i}", f"resizing.bs{i}", BATCHES, start.bs, is_choice=True),
        Knob(f"epochs{i}", f"resizing.epochs{i}", tuple(range(1, MOST_EPOCHS + 1)), start.n_epochs),
    )


def knobs(n_phases: int) -> tuple[Knob, ...]:
    """The knobs of the first phases."""
    return tuple(knob for i in range(1, n_phases + 1) for knob in _of_phase(i))


def _phase(i: int) -> None:
    of_batches = tr(
        "Pictures in a batch; each batch makes one update of the weights. Twice as many pictures mean half the "
        "updates and about twice the memory for the layers' outputs. The estimate of the seconds ignores the batch "
        "size."
    )
    labels = (tr("{i} · size", i=i), None), (tr("{i} · batch size", i=i), of_batches), (tr("{i} · epochs", i=i), None)
    cells = st.columns((1.2, 1, 1.2), gap="small")
    for cell, knob, (label, help) in zip(cells, _of_phase(i), labels, strict=True):
        with cell:
            sliders.draw(knob, label, help=help)


def standing() -> dict[str, int]:
    """Where the knobs stand; for a phase that is not shown, where they would start."""
    shown = _all_knobs(sliders.standing((_PHASES,))["phases"])
    return {knob.name: knob.default for knob in knobs(len(START))} | sliders.standing(shown)


def following(key: str) -> tuple[PlanPhase, ...]:
    """The plan's phases. Call it at the head of a fragment that depends on them: the fragment is then redrawn after a
    knob has moved (components/follow.py).
    """
    at = standing()
    follow(STAGE, _all_knobs(at["phases"]), at, key=f"resizing.{key}")
    return tuple(PlanPhase(at[f"size{i}"], at[f"bs{i}"], at[f"epochs{i}"]) for i in range(1, at["phases"] + 1))


def _all_knobs(n_phases: int) -> tuple[Knob, ...]:
    """The knobs and, for the sections that follow them, the number of phases."""
    return (_PHASES, *knobs(n_phases))


@trouble.fragment
def _controls() -> None:
    """The knobs: all that the server runs when one comes to rest. What they move is drawn once, outside of it."""
    st.segmented_control(
        tr("Phases"), _PHASES.values, default=N_PHASES, required=True, key=_PHASES.control, bind="query-params"
    )
    for i in range(1, sliders.standing((_PHASES,))["phases"] + 1):
        _phase(i)
    at = standing()
    Stage(STAGE, at, _all_knobs(at["phases"]), plan_views.VIEWS, still=[plan_views.told]).draw()


def section() -> None:
    st.header(tr("A plan of phases"), anchor=False)
    left, right = pictured((1, 1.5), key="plan")
    with left:
        _controls()
    with right:
        place(plan_views.bars(), stage=STAGE, key=BARS)
        place(plan_views.metrics(), stage=STAGE, key="resizing.metrics")


def arithmetic() -> None:
    fixed_s, rate_s = epoch_cost(SMALL, LARGE)
    place(plan_views.sums(), stage=STAGE, key="resizing.sums")
    left, right = st.columns((1, 1), gap="large")
    with left:
        charts.show(epoch_line(), key="resizing.line")
    with right:
        share = (LARGE[0] / SMALL[0]) ** 2
        st.markdown(
            tr(
                "**Why {times} times fewer pixels took half the time.** The book prints {large_s} s an epoch at "
                "{large_px} px and {small_s} s at {small_px} px. The line through these two points reaches zero "
                "pixels at **{fixed_s} s**, {fixed_share} of an epoch at {large_px} px: decoding JPEG, "
                "`Resize({presize})` and fastai's augmentation, which is computed at {presize} px before the crop is "
                "resized, cost the same at every size. The rest grows with the pixels: {large_rest} s at {large_px} "
                "px and {small_rest} s at {small_px} px.  \n\nTwo points make a line, not a law: an estimate for one "
                "card, net and loader. This app's cached loader decodes once, so its epochs do shrink with the pixels.",
                times=words.number(share, 2),
                large_s=LARGE[1],
                large_px=LARGE[0],
                small_s=SMALL[1],
                small_px=SMALL[0],
                fixed_s=words.number(fixed_s, 0),
                fixed_share=words.percent(fixed_s / LARGE[1], 0),
                presize=PRESIZE,
                large_rest=words.number(rate_s * LARGE[0] ** 2, 0),
                small_rest=words.number(rate_s * SMALL[0] ** 2, 0),
            )
        )
        place(plan_views.updates_note(), stage=STAGE, key="resizing.updates")
